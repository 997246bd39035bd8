//! A command with places left open, and how they are filled.

/// Stands for the batch's URLs.
pub(super) const URLS: &str = "{urls}";
/// Stands for the path of the certificates that are to be trusted.
pub(super) const CERTIFICATES: &str = "{cacert}";

/// A command with places left open.
#[derive(Clone, Debug)]
pub(super) enum Template {
    /// A program and its arguments. An argument that is `{urls}` becomes one for each URL; within a
    /// longer one, the URLs are joined by spaces.
    Words(Vec<String>),
    /// A script for `sh -c`, into which every URL and the path are put in quotes.
    Script(String),
}

impl Template {
    /// The program.
    pub(super) fn program(&self) -> &str {
        match self {
            Self::Words(words) => words.first().map_or("", String::as_str),
            Self::Script(_) => "sh",
        }
    }

    /// Whether it has a place for the path of certificates.
    pub(super) fn wants_certificates(&self) -> bool {
        match self {
            Self::Words(words) => words.iter().any(|word| word.contains(CERTIFICATES)),
            Self::Script(script) => script.contains(CERTIFICATES),
        }
    }

    /// The arguments of the program, with these URLs and this path.
    pub(super) fn arguments(&self, urls: &[String], certificates: &str) -> Vec<String> {
        match self {
            Self::Words(words) => {
                words.iter().skip(1).flat_map(|word| fill_word(word, urls, certificates)).collect()
            }
            Self::Script(script) => {
                let urls: Vec<String> = urls.iter().map(|url| quoted(url)).collect();
                vec!["-c".to_owned(), fill(script, &urls.join(" "), &quoted(certificates))]
            }
        }
    }
}

fn fill_word(word: &str, urls: &[String], certificates: &str) -> Vec<String> {
    if word == URLS { urls.to_vec() } else { vec![fill(word, &urls.join(" "), certificates)] }
}

/// Fills both places; what is put into one is not looked at for the other.
fn fill(text: &str, urls: &str, certificates: &str) -> String {
    let parts: Vec<String> =
        text.split(URLS).map(|part| part.replace(CERTIFICATES, certificates)).collect();
    parts.join(urls)
}

/// A text that a shell takes for one word, whatever it holds.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn urls() -> Vec<String> {
        vec!["http://a/?x=1&y='".to_owned(), "http://a/{cacert}".to_owned()]
    }

    #[test]
    fn a_word_alone_becomes_a_word_for_each_url() {
        let words = ["curl", "{urls}", "--all={urls}", "--cacert", "{cacert}"];
        let template = Template::Words(words.map(str::to_owned).to_vec());
        assert_eq!(template.program(), "curl");
        assert!(template.wants_certificates());
        let [first, second] = [&urls()[0], &urls()[1]];
        let expected = [first, second, &format!("--all={first} {second}"), "--cacert", "/c a.pem"]
            .map(String::from);
        assert_eq!(template.arguments(&urls(), "/c a.pem"), expected);
    }

    #[test]
    fn a_shell_sees_each_url_and_the_path_in_quotes() {
        let template = Template::Script("get --cacert {cacert} {urls}; wait".to_owned());
        assert_eq!(template.program(), "sh");
        let script = r"get --cacert '/c a.pem' 'http://a/?x=1&y='\''' 'http://a/{cacert}'; wait";
        assert_eq!(template.arguments(&urls(), "/c a.pem"), ["-c", script]);
    }

    #[test]
    fn a_command_without_the_place_wants_no_certificates() {
        assert!(!Template::Words(vec!["a".to_owned()]).wants_certificates());
        assert!(!Template::Script("a {urls}".to_owned()).wants_certificates());
    }
}
