//! The resources: todos that look like jsonplaceholder's, each computed from its number alone.

use std::sync::Arc;

use crate::splitmix::splitmix64;

/// How many todos the list has. `GET /todos/{n}` serves any number.
const LISTED: u64 = 200;

/// How many todos one user has.
const PER_USER: u64 = 20;

const WORDS: [&str; 32] = [
    "walk", "the", "dog", "before", "rain", "write", "letter", "to", "aunt", "water", "plants",
    "on", "balcony", "return", "books", "library", "call", "about", "boiler", "buy", "bread",
    "and", "apples", "mend", "bicycle", "learn", "three", "chords", "find", "other", "sock",
    "again",
];

/// The byte that fills a body up to its size.
pub(crate) const FILLER: u8 = b'x';

/// A body: text, filler, and more text. The filler is a length, so that the largest body needs no
/// memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Body {
    /// The text before the filler.
    pub(crate) before: Arc<[u8]>,
    /// How many bytes of [`FILLER`] follow.
    pub(crate) filler: u64,
    /// The text after the filler.
    pub(crate) after: &'static [u8],
}

impl Body {
    /// A body without filler.
    pub(crate) fn from_text(text: &str) -> Self {
        Self { before: text.as_bytes().into(), filler: 0, after: b"" }
    }

    /// Its length in bytes.
    pub(crate) fn length(&self) -> u64 {
        (self.before.len() + self.after.len()) as u64 + self.filler
    }

    /// Its first half.
    pub(crate) fn first_half(&self) -> Self {
        let kept = self.length() / 2;
        let before =
            usize::try_from(kept).map_or(self.before.len(), |kept| kept.min(self.before.len()));
        let filler = self.filler.min(kept - before as u64);
        // Half of the body is cut off, so `after` is long enough for what remains of it.
        let after = usize::try_from(kept - before as u64 - filler).unwrap_or(self.after.len());
        Self { before: self.before[..before].into(), filler, after: &self.after[..after] }
    }
}

/// The text after a todo's title.
const fn ending(completed: bool) -> &'static str {
    if completed { "\",\n  \"completed\": true\n}" } else { "\",\n  \"completed\": false\n}" }
}

/// The todo of this number, with exactly `size` bytes if a size is given.
///
/// The title is cut or filled to reach the size, so that the body stays valid JSON. If an empty
/// title is still too long, the text itself is cut.
pub(crate) fn todo(number: u64, size: Option<u64>) -> Body {
    let bits = splitmix64(number);
    let ending = ending(bits & 1 == 1);
    let user = number.saturating_sub(1) / PER_USER + 1;
    let mut text = format!("{{\n  \"userId\": {user},\n  \"id\": {number},\n  \"title\": \"");
    let frame = (text.len() + ending.len()) as u64;
    let title = title(bits);
    let room = size.map_or(title.len() as u64, |size| size.saturating_sub(frame));
    let kept = usize::try_from(room).map_or(title.len(), |room| room.min(title.len()));
    text.push_str(&title[..kept]);
    let filler = room - kept as u64;
    if let Some(size) = size
        && size < frame
    {
        text.push_str(ending);
        text.truncate(usize::try_from(size).unwrap_or(usize::MAX));
        return Body::from_text(&text);
    }
    Body { before: text.into_bytes().into(), filler, after: ending.as_bytes() }
}

/// The list of the first todos.
pub(crate) fn list() -> Body {
    let mut text = String::from("[\n");
    for number in 1..=LISTED {
        let todo = todo(number, None);
        for line in [&*todo.before, todo.after].concat().split_inclusive(|&byte| byte == b'\n') {
            text.push_str("  ");
            text.push_str(&String::from_utf8_lossy(line));
        }
        text.push_str(if number < LISTED { ",\n" } else { "\n" });
    }
    text.push(']');
    Body::from_text(&text)
}

/// The number of a todo that is added to the list.
pub(crate) const fn next_number() -> u64 {
    LISTED + 1
}

/// Between three and eight words.
fn title(bits: u64) -> String {
    let count = 3 + (bits >> 1) % 6;
    let words: Vec<&str> = (0..count)
        .map(|place| WORDS[usize::try_from(bits >> (8 + 5 * place) & 31).unwrap_or(0)])
        .collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn text(body: &Body) -> Vec<u8> {
        let filler = vec![FILLER; usize::try_from(body.filler).expect("small in tests")];
        [&*body.before, &filler, body.after].concat()
    }

    fn parsed(body: &Body) -> Value {
        serde_json::from_slice(&text(body)).expect("valid JSON")
    }

    #[test]
    fn a_todo_has_four_fields_and_is_the_same_in_every_run() {
        let todo_21 = parsed(&todo(21, None));
        let keys: Vec<&String> = todo_21.as_object().expect("an object").keys().collect();
        assert_eq!(keys, ["completed", "id", "title", "userId"]);
        assert_eq!(todo_21["id"], 21);
        assert_eq!(todo_21["userId"], 2);
        assert_eq!(todo(21, None), todo(21, None));
        assert_ne!(todo_21["title"], parsed(&todo(22, None))["title"]);
        assert!(parsed(&todo(u64::MAX, None)).is_object());
    }

    #[test]
    fn the_list_has_the_todos_that_are_served_one_by_one() {
        let list = parsed(&list());
        assert_eq!(list.as_array().expect("an array").len(), 200);
        assert_eq!(list[20], parsed(&todo(21, None)));
    }

    #[test]
    fn half_of_a_body_is_its_beginning() {
        for size in [None, Some(0), Some(1), Some(100), Some(5001)] {
            let whole = todo(7, size);
            let half = whole.first_half();
            assert_eq!(half.length(), whole.length() / 2);
            assert!(text(&whole).starts_with(&text(&half)));
        }
        let mostly_after = Body { before: b"a"[..].into(), filler: 2, after: b"bcdefgh" };
        assert_eq!(text(&mostly_after.first_half()), b"axxbc");
    }

    #[test]
    fn a_body_has_exactly_the_given_size() {
        for size in [0, 1, 10, 60, 70, 80, 100, 200, 5000] {
            let todo = todo(7, Some(size));
            assert_eq!(todo.length(), size);
            assert_eq!(text(&todo).len() as u64, size);
            if size >= 70 {
                assert_eq!(parsed(&todo)["id"], 7, "of {size} bytes");
            }
        }
        assert_eq!(todo(7, Some(1 << 30)).length(), 1 << 30);
    }
}
