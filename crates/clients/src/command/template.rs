//! A command with placeholders for the URLs, the headers and the certificates.

use model::target::Header;

/// The placeholder for the batch's URLs.
pub(super) const URLS: &str = "{urls}";
/// The placeholder for the headers, as curl's options.
pub(super) const HEADERS: &str = "{headers}";
/// The placeholder for the path of the trusted certificates.
pub(super) const CERTIFICATES: &str = "{cacert}";

/// A command with placeholders.
#[derive(Clone, Debug)]
pub(super) enum CommandTemplate {
    /// A program and its arguments. The argument `{urls}` becomes one argument per URL, and
    /// `{headers}` becomes `-H` and `Name: value` per header. Inside a longer argument, the URLs are
    /// joined by spaces, and the words of the headers are quoted for a shell.
    Words(Vec<String>),
    /// A script for `sh -c`, in which every URL, every word of the headers and the path are quoted.
    Script(String),
}

/// What replaces the placeholders.
#[derive(Clone, Debug, Default)]
pub(super) struct Replacements<'a> {
    /// The batch's URLs.
    pub(super) urls: &'a [String],
    /// The words of the headers, as [`header_words`] makes them.
    pub(super) headers: &'a [String],
    /// The path of the trusted certificates.
    pub(super) certificates: &'a str,
}

/// The headers as words for curl: `-H` and `Name: value`. An empty value is written `Name;`, as
/// curl's `Name:` removes a header.
pub(super) fn header_words(headers: &[Header]) -> Vec<String> {
    let word = |Header { name, value }: &Header| match value.as_str() {
        "" => format!("{name};"),
        value => format!("{name}: {value}"),
    };
    headers.iter().flat_map(|header| ["-H".to_owned(), word(header)]).collect()
}

impl CommandTemplate {
    /// The program.
    pub(super) fn program(&self) -> &str {
        match self {
            Self::Words(words) => words.first().map_or("", String::as_str),
            Self::Script(_) => "sh",
        }
    }

    /// Whether it contains a placeholder.
    pub(super) fn contains(&self, placeholder: &str) -> bool {
        match self {
            Self::Words(words) => words.iter().any(|word| word.contains(placeholder)),
            Self::Script(script) => script.contains(placeholder),
        }
    }

    /// The program's arguments.
    pub(super) fn arguments(&self, by: &Replacements<'_>) -> Vec<String> {
        match self {
            Self::Words(words) => {
                words.iter().skip(1).flat_map(|word| fill_word(word, by)).collect()
            }
            Self::Script(script) => {
                vec![
                    "-c".to_owned(),
                    fill(
                        script,
                        [&quoted_all(by.urls), &quoted_all(by.headers), &quoted(by.certificates)],
                    ),
                ]
            }
        }
    }
}

fn fill_word(word: &str, by: &Replacements<'_>) -> Vec<String> {
    match word {
        URLS => by.urls.to_vec(),
        HEADERS => by.headers.to_vec(),
        _ => {
            let headers = quoted_all(by.headers);
            vec![fill(word, [&by.urls.join(" "), &headers, by.certificates])]
        }
    }
}

/// Replaces the placeholders of URLs, headers and certificates. What replaces one stays unchanged,
/// even if it contains another.
fn fill(text: &str, [urls, headers, certificates]: [&str; 3]) -> String {
    let by = [(URLS, urls), (HEADERS, headers), (CERTIFICATES, certificates)];
    let mut filled = String::new();
    let mut rest = text;
    while let Some(start) = rest.find('{') {
        filled.push_str(&rest[..start]);
        rest = &rest[start..];
        let found = by.iter().find(|(placeholder, _)| rest.starts_with(placeholder));
        let (taken, replacement) = found.map_or((1, "{"), |(taken, by)| (taken.len(), *by));
        filled.push_str(replacement);
        rest = &rest[taken..];
    }
    filled + rest
}

/// The texts as words of a shell.
fn quoted_all(texts: &[String]) -> String {
    texts.iter().map(|text| quoted(text)).collect::<Vec<_>>().join(" ")
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
        assert!(template.contains(CERTIFICATES));
        let [first, second] = [&urls()[0], &urls()[1]];
        let expected = [first, second, &format!("--all={first} {second}"), "--cacert", "/c a.pem"]
            .map(String::from);
        let by =
            Replacements { urls: &urls(), certificates: "/c a.pem", ..Replacements::default() };
        assert_eq!(template.arguments(&by), expected);
    }

    #[test]
    fn a_script_gets_each_url_and_the_path_in_quotes() {
        let template = CommandTemplate::Script("get --cacert {cacert} {urls}; wait".to_owned());
        assert_eq!(template.program(), "sh");
        let script = r"get --cacert '/c a.pem' 'http://a/?x=1&y='\''' 'http://a/{cacert}'; wait";
        let by =
            Replacements { urls: &urls(), certificates: "/c a.pem", ..Replacements::default() };
        assert_eq!(template.arguments(&by), ["-c", script]);
    }

    #[test]
    fn headers_become_words_of_curl_that_are_safe_in_a_shell() {
        let header =
            |name: &str, value: &str| Header { name: name.to_owned(), value: value.to_owned() };
        let headers =
            header_words(&[header("Authorization", "Bearer it's {urls}"), header("X", "")]);
        assert_eq!(headers, ["-H", "Authorization: Bearer it's {urls}", "-H", "X;"]);
        let by = Replacements { headers: &headers, urls: &urls()[..1], ..Replacements::default() };
        let words = ["curl", "{headers}", "{urls}"].map(str::to_owned).to_vec();
        let expected = [&headers[..], &urls()[..1]].concat();
        assert_eq!(CommandTemplate::Words(words).arguments(&by), expected);
        let quoted = r"get '-H' 'Authorization: Bearer it'\''s {urls}' '-H' 'X;'";
        let script = CommandTemplate::Script("get {headers}".to_owned());
        assert_eq!(script.arguments(&by), ["-c", quoted]);
        let inner = ["sh", "-c", "get {headers}"].map(str::to_owned).to_vec();
        assert_eq!(CommandTemplate::Words(inner).arguments(&by), ["-c", quoted]);
    }

    #[test]
    fn without_headers_the_placeholder_disappears() {
        let words = ["curl", "{headers}", "{other}", "{"].map(str::to_owned).to_vec();
        let arguments = CommandTemplate::Words(words).arguments(&Replacements::default());
        assert_eq!(arguments, ["{other}", "{"]);
    }

    #[test]
    fn a_command_without_a_placeholder_does_not_contain_it() {
        assert!(!CommandTemplate::Words(vec!["a".to_owned()]).contains(CERTIFICATES));
        assert!(!CommandTemplate::Script("a {urls}".to_owned()).contains(HEADERS));
    }
}
