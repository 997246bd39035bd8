//! The names of what can be linked to. They depend on nothing but what they name, so links to a page of the
//! same recording stay valid.

use explain::Finding;
use model::arm::ArmName;

/// The characters of names that are left as they are: those that need no encoding in a link.
const fn is_plain(letter: char) -> bool {
    letter.is_ascii_alphanumeric()
        || matches!(letter, '-' | '_' | '.' | '/' | ':' | '@' | '=' | ',' | '!' | '*' | '+')
}

/// A name in which every other character is written as `~` and its number: `hyper/async@4~23~aa`. Two
/// names never become one.
fn encoded(name: &str) -> String {
    let mut out = String::new();
    for letter in name.chars() {
        if is_plain(letter) {
            out.push(letter);
        } else {
            out.push_str(&format!("~{:x}~", u32::from(letter)));
        }
    }
    out
}

/// The picture of a chapter that shows an arm: `path-hyper/async@16`.
pub(crate) fn arm(chapter: &str, arm: &ArmName) -> String {
    format!("{chapter}-{}", encoded(&arm.0))
}

/// A finding: `finding-worker_limit-ureq/threads@16`.
pub(crate) fn finding(finding: &Finding) -> String {
    format!("finding-{}-{}", finding.code, encoded(&finding.arm.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_what_links_may_hold_and_encodes_the_rest() {
        assert_eq!(encoded("ureq/threads:workers=4@16"), "ureq/threads:workers=4@16");
        assert_eq!(encoded("a#b c"), "a~23~b~20~c");
        assert_ne!(encoded("a~20~b"), encoded("a b"));
        assert!(
            encoded("<script>\u{1b}\"'&").chars().all(|letter| is_plain(letter) || letter == '~')
        );
    }
}
