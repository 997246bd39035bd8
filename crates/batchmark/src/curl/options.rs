//! The options of curl: which take a value, and what each means for a request.

use super::{BadCurl, known};
use crate::nearest::suggestion;

/// What an option means for a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// A URL; also of a word that is no option.
    Url,
    /// `-X`.
    Method,
    /// `-I`: the method HEAD.
    Head,
    /// `-G`: the data belongs to the URL.
    Get,
    /// `-H`.
    Header,
    /// A header with this name.
    Named(&'static str),
    /// `-r`.
    Range,
    /// `-u`.
    User,
    /// `--oauth2-bearer`.
    Bearer,
    /// `-b`.
    Cookie,
    /// `-d`: `@` names a file, without its line breaks.
    Data,
    /// `--data-raw`: the text.
    DataRaw,
    /// `--data-binary`: `@` names a file.
    DataBinary,
    /// `--data-urlencode`.
    DataUrlencode,
    /// `--json`.
    Json,
    /// `--compressed`.
    Compressed,
    /// `-k`.
    Insecure,
    /// `--cacert`.
    CaCert,
    /// `-g`.
    Globoff,
    /// It changes what curl prints or stores, or how often it tries.
    NoRequest,
    /// It is ignored for this reason.
    Ignored(&'static str),
    /// It is refused for this reason.
    Refused(&'static str),
}

/// An option of curl.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spec {
    short: Option<char>,
    /// The name behind `--`.
    pub(super) long: &'static str,
    has_value: bool,
    meaning: Meaning,
}

/// An option that was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Given {
    /// As it was typed, for messages.
    pub(super) typed: String,
    pub(super) meaning: Meaning,
    /// Empty for an option without a value.
    pub(super) value: String,
}

const fn flag(short: char, long: &'static str, meaning: Meaning) -> Spec {
    Spec { short: Some(short), long, has_value: false, meaning }
}

const fn long_flag(long: &'static str, meaning: Meaning) -> Spec {
    Spec { short: None, long, has_value: false, meaning }
}

const fn value(short: char, long: &'static str, meaning: Meaning) -> Spec {
    Spec { short: Some(short), long, has_value: true, meaning }
}

const fn long_value(long: &'static str, meaning: Meaning) -> Spec {
    Spec { short: None, long, has_value: true, meaning }
}

const REDIRECTS: Meaning = Meaning::Ignored("whether redirects are followed is up to each client");
const VERSION: Meaning = Meaning::Ignored("each client has its own version of HTTP");
const TLS: Meaning = Meaning::Ignored("each client has its own settings of TLS and TCP");
const LIMIT: Meaning = Meaning::Ignored("--timeout limits a batch of requests");
const ADDRESS: Meaning = Meaning::Refused("clients look up the host of the URL themselves");
const PROXY: Meaning = Meaning::Refused("no client uses a proxy; leave it out");
const CERTIFICATE: Meaning = Meaning::Refused("clients send no certificate of their own");
const SCHEME: Meaning = Meaning::Refused("clients authenticate with headers only: write -H");
const UPLOAD: Meaning = Meaning::Refused("write the body with --data-binary @FILE");
const FORM: Meaning =
    Meaning::Refused("it sends a multipart form: write the body and its -H 'Content-Type: …'");
const SEVERAL: Meaning = Meaning::Refused("all requests of a run have the same options: copy one");
const CONFIG: Meaning = Meaning::Refused("write its options themselves");

/// The options that browsers copy and people write.
pub(super) const OPTIONS: &[Spec] = &[
    long_value("url", Meaning::Url),
    value('X', "request", Meaning::Method),
    flag('I', "head", Meaning::Head),
    flag('G', "get", Meaning::Get),
    value('H', "header", Meaning::Header),
    value('A', "user-agent", Meaning::Named("User-Agent")),
    value('e', "referer", Meaning::Named("Referer")),
    value('r', "range", Meaning::Range),
    value('u', "user", Meaning::User),
    long_value("oauth2-bearer", Meaning::Bearer),
    value('b', "cookie", Meaning::Cookie),
    value('d', "data", Meaning::Data),
    long_value("data-ascii", Meaning::Data),
    long_value("data-raw", Meaning::DataRaw),
    long_value("data-binary", Meaning::DataBinary),
    long_value("data-urlencode", Meaning::DataUrlencode),
    long_value("json", Meaning::Json),
    long_flag("compressed", Meaning::Compressed),
    flag('k', "insecure", Meaning::Insecure),
    long_value("cacert", Meaning::CaCert),
    flag('g', "globoff", Meaning::Globoff),
    flag('L', "location", REDIRECTS),
    long_flag("location-trusted", REDIRECTS),
    long_value("max-redirs", REDIRECTS),
    flag('0', "http1.0", VERSION),
    long_flag("http1.1", VERSION),
    long_flag("http2", VERSION),
    long_flag("http2-prior-knowledge", VERSION),
    long_flag("http3", VERSION),
    long_flag("http3-only", VERSION),
    long_flag("no-http2", VERSION),
    flag('1', "tlsv1", TLS),
    long_flag("tlsv1.2", TLS),
    long_flag("tlsv1.3", TLS),
    long_value("tls-max", TLS),
    long_value("ciphers", TLS),
    long_value("tls13-ciphers", TLS),
    long_value("curves", TLS),
    long_flag("tcp-nodelay", TLS),
    long_flag("no-keepalive", TLS),
    long_value("keepalive-time", TLS),
    long_flag("no-alpn", TLS),
    flag('4', "ipv4", TLS),
    flag('6', "ipv6", TLS),
    value('m', "max-time", LIMIT),
    long_value("connect-timeout", LIMIT),
    value('y', "speed-time", LIMIT),
    value('Y', "speed-limit", LIMIT),
    flag('s', "silent", Meaning::NoRequest),
    flag('S', "show-error", Meaning::NoRequest),
    flag('v', "verbose", Meaning::NoRequest),
    flag('i', "include", Meaning::NoRequest),
    long_flag("show-headers", Meaning::NoRequest),
    flag('f', "fail", Meaning::NoRequest),
    long_flag("fail-with-body", Meaning::NoRequest),
    long_flag("fail-early", Meaning::NoRequest),
    flag('#', "progress-bar", Meaning::NoRequest),
    long_flag("no-progress-meter", Meaning::NoRequest),
    flag('N', "no-buffer", Meaning::NoRequest),
    value('o', "output", Meaning::NoRequest),
    flag('O', "remote-name", Meaning::NoRequest),
    flag('J', "remote-header-name", Meaning::NoRequest),
    long_flag("remote-name-all", Meaning::NoRequest),
    long_value("output-dir", Meaning::NoRequest),
    long_flag("create-dirs", Meaning::NoRequest),
    value('w', "write-out", Meaning::NoRequest),
    value('D', "dump-header", Meaning::NoRequest),
    value('c', "cookie-jar", Meaning::NoRequest),
    long_value("stderr", Meaning::NoRequest),
    long_value("trace", Meaning::NoRequest),
    long_value("trace-ascii", Meaning::NoRequest),
    long_flag("trace-time", Meaning::NoRequest),
    flag('Z', "parallel", Meaning::NoRequest),
    long_value("parallel-max", Meaning::NoRequest),
    long_flag("parallel-immediate", Meaning::NoRequest),
    long_value("retry", Meaning::NoRequest),
    long_value("retry-delay", Meaning::NoRequest),
    long_value("retry-max-time", Meaning::NoRequest),
    long_flag("retry-all-errors", Meaning::NoRequest),
    long_flag("retry-connrefused", Meaning::NoRequest),
    flag('q', "disable", Meaning::NoRequest),
    flag('j', "junk-session-cookies", Meaning::NoRequest),
    long_flag("path-as-is", Meaning::NoRequest),
    long_value("noproxy", Meaning::NoRequest),
    value('x', "proxy", PROXY),
    value('U', "proxy-user", PROXY),
    long_value("socks5", PROXY),
    long_value("socks5-hostname", PROXY),
    long_value("resolve", ADDRESS),
    long_value("connect-to", ADDRESS),
    long_value("unix-socket", ADDRESS),
    long_value("interface", ADDRESS),
    value('E', "cert", CERTIFICATE),
    long_value("key", CERTIFICATE),
    long_value("cert-type", CERTIFICATE),
    long_value("pass", CERTIFICATE),
    long_flag("digest", SCHEME),
    long_flag("ntlm", SCHEME),
    long_flag("negotiate", SCHEME),
    long_flag("anyauth", SCHEME),
    long_value("aws-sigv4", SCHEME),
    flag('n', "netrc", SCHEME),
    long_flag("basic", Meaning::NoRequest),
    value('F', "form", FORM),
    long_value("form-string", FORM),
    value('T', "upload-file", UPLOAD),
    flag(':', "next", SEVERAL),
    value('K', "config", CONFIG),
];

/// The options among the words behind `curl`.
///
/// # Errors
/// If one is unknown or lacks its value.
pub(super) fn parse(words: impl Iterator<Item = String>) -> Result<Vec<Given>, BadCurl> {
    let mut words = words;
    let mut all = Vec::new();
    let mut only_urls = false;
    while let Some(word) = words.next() {
        if only_urls || word == "-" || !word.starts_with('-') {
            all.push(Given { typed: word.clone(), meaning: Meaning::Url, value: word });
        } else if word == "--" {
            only_urls = true;
        } else if let Some(name) = word.strip_prefix("--") {
            let spec = find_long(name)?;
            let value = if spec.has_value { words.next() } else { Some(String::new()) };
            all.push(given(word.clone(), spec, value)?);
        } else {
            parse_shorts(&word[1..], &mut words, &mut all)?;
        }
    }
    Ok(all)
}

/// One-letter options, several in a word. The rest of the word may be the last one's value.
fn parse_shorts(
    letters: &str,
    words: &mut impl Iterator<Item = String>,
    all: &mut Vec<Given>,
) -> Result<(), BadCurl> {
    for (at, letter) in letters.char_indices() {
        let typed = format!("-{letter}");
        let spec = OPTIONS.iter().find(|spec| spec.short == Some(letter));
        let unknown = || BadCurl::UnknownOption { typed: typed.clone(), suggestion: String::new() };
        let spec = spec.ok_or_else(unknown)?;
        if spec.has_value {
            let rest = &letters[at + letter.len_utf8()..];
            let value = if rest.is_empty() { words.next() } else { Some(rest.to_owned()) };
            all.push(given(typed, spec, value)?);
            return Ok(());
        }
        all.push(given(typed, spec, Some(String::new()))?);
    }
    Ok(())
}

fn given(typed: String, spec: &Spec, value: Option<String>) -> Result<Given, BadCurl> {
    match value {
        Some(value) => Ok(Given { typed, meaning: spec.meaning, value }),
        None => Err(BadCurl::NoValue(typed)),
    }
}

fn find_long(name: &str) -> Result<&'static Spec, BadCurl> {
    OPTIONS.iter().find(|spec| spec.long == name).ok_or_else(|| BadCurl::UnknownOption {
        typed: format!("--{}", name.split('=').next().unwrap_or_default()),
        suggestion: suggestion(name, known()),
    })
}
