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

/// The number of characters to add, remove or replace between two texts (Levenshtein distance,
/// computed row by row).
fn edit_distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (line, from) in from.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = line + 1;
        for (column, &to) in to.iter().enumerate() {
            let replaced = diagonal + usize::from(from != to);
            diagonal = row[column + 1];
            row[column + 1] = replaced.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn computes_textbook_distances() {
        assert_eq!(edit_distance("kitten", "sitting"), 3);
        assert_eq!(edit_distance("", "abc"), 3);
        assert_eq!(edit_distance("same", "same"), 0);
    }

    #[test]
    fn suggests_only_near_names() {
        let names = ["ureq/sequential", "ureq/threads", "hyper/async", "sequential"];
        assert_eq!(suggestion("thread", names), ": did you mean ureq/threads?");
        assert_eq!(suggestion("ureq/theads", names), ": did you mean ureq/threads?");
        assert_eq!(suggestion("seqential", names), ": did you mean sequential or ureq/sequential?");
        assert_eq!(suggestion("seq", names), ": did you mean sequential or ureq/sequential?");
        assert_eq!(suggestion("xyzzy", names), "");
        assert_eq!(suggestion("", names), "");
    }
}
