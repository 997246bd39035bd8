use super::*;
use crate::recording::RecordingLine;

const SECRET: &str = "p@ss wörd/\"quoted\"";
const MARK: &str = "***0f0f0f0f";

fn secrets(value: &str) -> Secrets {
    let mut secrets = Secrets::named(vec!["X-Mine".to_owned()]);
    secrets.add(value, MARK);
    secrets
}

fn hidden(value: &str, text: &str) -> String {
    secrets(value).hide(text).into_owned()
}

#[test]
fn hides_a_value_however_it_is_written() {
    for text in [
        SECRET,
        "p%40ss%20w%C3%B6rd%2F%22quoted%22",
        "p%40ss%20w%c3%b6rd%2f%22quoted%22",
        "p@ss%20w%C3%B6rd/%22quoted%22",
        "p%2540ss%2520w%25C3%25B6rd%252F%2522quoted%2522",
        "p@ss+wörd/\"quoted\"",
        "cEBzcyB3w7ZyZC8icXVvdGVkIg==",
        "cEBzcyB3w7ZyZC8icXVvdGVkIg",
        "p@ss wörd/\\\"quoted\\\"",
        "p@ss w\\u00f6rd/\\\"quoted\\\"",
        "p@ss w\\xc3\\xb6rd/\"quoted\"",
    ] {
        assert_eq!(hidden(SECRET, &format!("a {text} b")), format!("a {MARK} b"), "{text}");
    }
    assert_eq!(hidden(SECRET, "nothing"), "nothing");
}

#[test]
fn hides_a_short_value_only_as_a_word() {
    assert_eq!(
        hidden("abcd", "abcd xabcd =abcd abcde %3Dabcd"),
        format!("{MARK} xabcd ={MARK} abcde %3D{MARK}")
    );
    assert_eq!(hidden("12345678", "12345678 912345678"), format!("{MARK} 912345678"));
    assert_eq!(hidden("abc", "abc"), "abc");
}

#[test]
fn hides_the_rest_of_a_value_where_a_text_was_cut() {
    assert_eq!(hidden("abcdefghijkl", "efghijkl and abcdefg…"), format!("{MARK} and {MARK}…"));
    assert_eq!(hidden("abcdefghijkl", "kl and abc"), "kl and abc");
}

#[test]
fn hides_the_longer_of_two_values() {
    let mut secrets = secrets("secretvalue");
    secrets.add("user:secretvalue", "***pair");
    assert_eq!(secrets.hide("user:secretvalue"), "***pair");
    assert_eq!(secrets.hide("other:secretvalue"), format!("other:{MARK}"));
}

#[test]
fn hides_unknown_secrets_by_their_place() {
    let shown = |text: &str| Secrets::named(vec!["X-Mine".to_owned()]).hide(text).into_owned();
    for (text, expected) in [
        ("get http://u:p@h/a@b failed", "get http://***@h/a@b failed"),
        ("\"http://u:p/w@h/\" has no port", "\"http://***@h/\" has no port"),
        ("http://h:80/a@b http://[::1]:80/@", "http://h:80/a@b http://[::1]:80/@"),
        ("http://h/?a=1&api_key=x+y&b=2#token=z", "http://h/?a=1&api_key=***&b=2#token=z"),
        ("'http://h/?filter[sig]=x'", "'http://h/?filter[sig]=***'"),
        ("http://h/?filter%5Bsig%5D=x", "http://h/?filter%5Bsig%5D=***"),
        ("/todos?x-mine=1", "/todos?x-mine=***"),
        ("> Authorization: Basic dTpw\n> Accept: */*", "> Authorization: ***\n> Accept: */*"),
        ("{'X-Auth-Token': 'abc', 'b': 1}", "{'X-Auth-Token': '***', 'b': 1}"),
        ("{\"set-cookie\":\"a=b\"}", "{\"set-cookie\":\"***\"}"),
        ("x-mine:1", "x-mine:***"),
        ("bad key: too short, http://h/?keyword=x", "bad key: too short, http://h/?keyword=x"),
        ("Authorization: ", "Authorization: "),
    ] {
        assert_eq!(shown(text), expected);
        assert_eq!(shown(expected), expected, "once is as good as twice");
    }
}

#[test]
fn hides_the_value_of_a_secret_header_and_keeps_its_mark() {
    let header = |name: &str, value: &str| {
        let mut header = Header { name: name.to_owned(), value: value.to_owned() };
        secrets("Bearer abcdef").hide_header(&mut header);
        header.value
    };
    assert_eq!(header("Authorization", "Bearer abcdef"), MARK);
    assert_eq!(header("Authorization", "x"), HIDDEN);
    assert_eq!(header("X-Mine", "y"), HIDDEN);
    assert_eq!(header("Accept", "text/html"), "text/html");
}

#[test]
fn hides_a_secret_in_the_places_of_a_profile() {
    let place = |text: &str| {
        format!(
            r#"{{"line":"trial","id":1,"arm":"a@1","stage":{{"is":"profile"}},"process":0,"outcome":{{"ran":{{
            "started":"1","finished":"2","usage":{{}},"columns":{{}},"profile":{{"times":[],"places":[
            {{"file":"{text}/my.py","line":1,"function":"{text}","library":"{text}","inner":"{text}"}}],
            "samples":{{"time":[],"thread":[],"state":[],"place":[]}}}}}}}}}}"#
        )
    };
    let read = |text: &str| serde_json::from_str::<RecordingLine>(text).expect("is a line");
    let mut line = read(&place("secretvalue"));
    secrets("secretvalue").hide_in_line(&mut line);
    assert_eq!(line, read(&place(MARK)));
}
