//! Did you mean: the names nearest to what was typed.

/// The maximum number of suggestions.
const MOST: usize = 3;

/// The `names` that are close to `typed`, nearest first.
pub fn nearest<'a>(typed: &str, names: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let typed = typed.to_lowercase();
    let mut near: Vec<(usize, &str)> = names
        .into_iter()
        .filter_map(|name| Some((distance(&typed, &name.to_lowercase())?, name)))
        .collect();
    near.sort_unstable();
    near.dedup();
    near.truncate(MOST);
    near.into_iter().map(|(_, name)| name).collect()
}

/// The end of a sentence that suggests names: `: did you mean a, b or c?`, or nothing.
pub fn suggestion<'a>(typed: &str, names: impl IntoIterator<Item = &'a str>) -> String {
    match nearest(typed, names).as_slice() {
        [] => String::new(),
        [only] => format!(": did you mean {only}?"),
        [firsts @ .., last] => format!(": did you mean {} or {last}?", firsts.join(", ")),
    }
}

/// The distance of a name from what was typed; none if it is too far. The part of a name behind its
/// slash counts as the name, and so does a beginning.
fn distance(typed: &str, name: &str) -> Option<usize> {
    let part = name.rsplit_once('/').map(|(_, mode)| mode);
    [Some(name), part].into_iter().flatten().filter_map(|name| distance_to(typed, name)).min()
}

fn distance_to(typed: &str, name: &str) -> Option<usize> {
    /// Shorter beginnings match too many names.
    const SHORTEST_BEGINNING: usize = 3;
    if typed.len() >= SHORTEST_BEGINNING && name.starts_with(typed) {
        return Some(1);
    }
    let distance = edit_distance(typed, name);
    let tolerated = (typed.len().min(name.len()) / 3).max(1);
    (distance <= tolerated).then_some(distance)
}

/// The number of characters to add, remove, replace or swap with their neighbour between two texts
/// (optimal string alignment: Damerau's distance where no text between two swapped characters changes).
fn edit_distance(from: &str, to: &str) -> usize {
    let (from, to): (Vec<char>, Vec<char>) = (from.chars().collect(), to.chars().collect());
    let mut rows: Vec<Vec<usize>> = vec![(0..=to.len()).collect()];
    for line in 1..=from.len() {
        let mut row = vec![line];
        for column in 1..=to.len() {
            let above = &rows[line - 1];
            let replaced = above[column - 1] + usize::from(from[line - 1] != to[column - 1]);
            let least = replaced.min(above[column] + 1).min(row[column - 1] + 1);
            let are_swapped = line > 1
                && column > 1
                && from[line - 1] == to[column - 2]
                && from[line - 2] == to[column - 1];
            row.push(if are_swapped { least.min(rows[line - 2][column - 2] + 1) } else { least });
        }
        rows.push(row);
    }
    rows[from.len()][to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn computes_textbook_distances() {
        assert_eq!(edit_distance("kitten", "sitting"), 3);
        assert_eq!(edit_distance("", "abc"), 3);
        assert_eq!(edit_distance("same", "same"), 0);
        assert_eq!(edit_distance("lwa", "law"), 1);
        assert_eq!(edit_distance("ca", "abc"), 3);
    }

    #[test]
    fn suggests_only_near_names() {
        let names = ["ureq/sequential", "ureq/threads", "hyper/async", "sequential"];
        assert_eq!(suggestion("lwa", ["path", "law", "law2"]), ": did you mean law?");
        assert_eq!(suggestion("ureq/thraeds", names), ": did you mean ureq/threads?");
        assert_eq!(suggestion("thread", names), ": did you mean ureq/threads?");
        assert_eq!(suggestion("ureq/theads", names), ": did you mean ureq/threads?");
        assert_eq!(suggestion("seqential", names), ": did you mean sequential or ureq/sequential?");
        assert_eq!(suggestion("seq", names), ": did you mean sequential or ureq/sequential?");
        assert_eq!(suggestion("xyzzy", names), "");
        assert_eq!(suggestion("", names), "");
    }
}
