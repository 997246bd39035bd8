//! A command with placeholders for the URLs and the certificates.

/// The placeholder for the batch's URLs.
pub(super) const URLS: &str = "{urls}";
/// The placeholder for the path of the trusted certificates.
pub(super) const CERTIFICATES: &str = "{cacert}";

/// A command with placeholders.
#[derive(Clone, Debug)]
pub(super) enum CommandTemplate {
    /// A program and its arguments. The argument `{urls}` becomes one argument per URL; inside a
    /// longer argument, the URLs are joined by spaces.
    Words(Vec<String>),
    /// A script for `sh -c`, in which every URL and the path are quoted.
    Script(String),
}

impl CommandTemplate {
    /// The program.
    pub(super) fn program(&self) -> &str {
        match self {
            Self::Words(words) => words.first().map_or("", String::as_str),
            Self::Script(_) => "sh",
        }
    }

    /// Whether it contains the placeholder for certificates.
    pub(super) fn uses_certificates(&self) -> bool {
        match self {
            Self::Words(words) => words.iter().any(|word| word.contains(CERTIFICATES)),
            Self::Script(script) => script.contains(CERTIFICATES),
        }
    }

    /// The program's arguments with these URLs and this path.
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

/// Replaces both placeholders. A URL that contains a placeholder stays unchanged.
fn fill(text: &str, urls: &str, certificates: &str) -> String {
    let parts: Vec<String> =
        text.split(URLS).map(|part| part.replace(CERTIFICATES, certificates)).collect();
    parts.join(urls)
}

/// The text as one word of a shell.
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
    fn the_placeholder_alone_becomes_an_argument_per_url() {
        let words = ["curl", "{urls}", "--all={urls}", "--cacert", "{cacert}"];
        let template = CommandTemplate::Words(words.map(str::to_owned).to_vec());
        assert_eq!(template.program(), "curl");
        assert!(template.uses_certificates());
        let [first, second] = [&urls()[0], &urls()[1]];
        let expected = [first, second, &format!("--all={first} {second}"), "--cacert", "/c a.pem"]
            .map(String::from);
        assert_eq!(template.arguments(&urls(), "/c a.pem"), expected);
    }

    #[test]
    fn a_script_gets_each_url_and_the_path_in_quotes() {
        let template = CommandTemplate::Script("get --cacert {cacert} {urls}; wait".to_owned());
        assert_eq!(template.program(), "sh");
        let script = r"get --cacert '/c a.pem' 'http://a/?x=1&y='\''' 'http://a/{cacert}'; wait";
        assert_eq!(template.arguments(&urls(), "/c a.pem"), ["-c", script]);
    }

    #[test]
    fn a_command_without_the_placeholder_uses_no_certificates() {
        assert!(!CommandTemplate::Words(vec!["a".to_owned()]).uses_certificates());
        assert!(!CommandTemplate::Script("a {urls}".to_owned()).uses_certificates());
    }
}
