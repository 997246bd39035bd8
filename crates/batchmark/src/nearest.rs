//! The names that a person may have meant.

/// How many suggestions are made at most.
const MOST: usize = 3;

/// Those of `names` that are nearest to `typed`, the nearest first; none that is far from it.
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

/// The sentence's end that suggests them: `: did you mean a, b or c?`, or nothing.
pub fn suggestion<'a>(typed: &str, names: impl IntoIterator<Item = &'a str>) -> String {
    match nearest(typed, names).as_slice() {
        [] => String::new(),
        [only] => format!(": did you mean {only}?"),
        [firsts @ .., last] => format!(": did you mean {} or {last}?", firsts.join(", ")),
    }
}

/// How far a name is from what was typed, unless it is too far to have been meant. A name's part
/// behind its slash may stand for the whole, and so may a beginning.
fn distance(typed: &str, name: &str) -> Option<usize> {
    let part = name.rsplit_once('/').map(|(_, mode)| mode);
    [Some(name), part].into_iter().flatten().filter_map(|name| distance_to(typed, name)).min()
}

fn distance_to(typed: &str, name: &str) -> Option<usize> {
    /// Below this, too many names begin alike.
    const TELLING: usize = 3;
    if typed.len() >= TELLING && name.starts_with(typed) {
        return Some(1);
    }
    let distance = edit_distance(typed, name);
    let tolerated = (typed.len().min(name.len()) / 3).max(1);
    (distance <= tolerated).then_some(distance)
}

/// How many characters must be added, removed or replaced to make one text of the other
/// (Levenshtein's distance, one row at a time).
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
    fn distances_are_those_of_the_textbooks() {
        assert_eq!(edit_distance("kitten", "sitting"), 3);
        assert_eq!(edit_distance("", "abc"), 3);
        assert_eq!(edit_distance("same", "same"), 0);
    }

    #[test]
    fn near_names_are_suggested_and_far_ones_are_not() {
        let names = ["ureq/sequential", "ureq/threads", "hyper/async", "sequential"];
        assert_eq!(suggestion("thread", names), ": did you mean ureq/threads?");
        assert_eq!(suggestion("ureq/theads", names), ": did you mean ureq/threads?");
        assert_eq!(suggestion("seqential", names), ": did you mean sequential or ureq/sequential?");
        assert_eq!(suggestion("seq", names), ": did you mean sequential or ureq/sequential?");
        assert_eq!(suggestion("xyzzy", names), "");
        assert_eq!(suggestion("", names), "");
    }
}
