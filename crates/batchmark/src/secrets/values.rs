//! Finds the secret values in headers, URLs, bodies and user names with passwords.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

/// A user name of this many characters may be a token.
const LONG_USER_NAME: usize = 8;

/// The secrets of a header whose name says that it holds one: the whole value, and its parts.
pub(super) fn of_header(name: &str, value: &str) -> Vec<String> {
    let mut values = vec![value.to_owned()];
    if let Some((scheme, token)) = value.split_once(' ') {
        values.push(token.trim().to_owned());
        let is_basic = scheme.eq_ignore_ascii_case("basic");
        let pair = STANDARD.decode(token.trim()).ok().filter(|_| is_basic);
        values.extend(of_pair(
            &pair.and_then(|pair| String::from_utf8(pair).ok()).unwrap_or_default(),
        ));
    }
    if name.eq_ignore_ascii_case("cookie") {
        let parts = value.split(';').filter_map(|part| part.split_once('='));
        values.extend(parts.map(|(_name, value)| value.trim().to_owned()));
    }
    values
}

/// The secrets of a URL: its user name and password, and the query values whose names are secret.
pub(super) fn of_url(url: &str, is_secret: impl Fn(&str) -> bool) -> Vec<String> {
    let mut values = Vec::new();
    if let Some((_scheme, rest)) = url.split_once("://") {
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let userinfo = authority.rsplit_once('@').map(|(userinfo, _host)| userinfo);
        values.extend(userinfo.map(of_userinfo).unwrap_or_default());
    }
    let query = url.split_once('?').map_or("", |(_path, query)| query);
    values.extend(of_form(query.split('#').next().unwrap_or_default(), &is_secret));
    values
}

/// The secrets of `user:password`, as a URL contains it.
pub(super) fn of_userinfo(userinfo: &str) -> Vec<String> {
    let mut values = of_pair(&decoded(userinfo));
    values.push(userinfo.to_owned());
    values
}

/// The secrets of a user name with a password: both together, the password, and the user name if it
/// may be a token.
fn of_pair(pair: &str) -> Vec<String> {
    let (user, password) = pair.split_once(':').unwrap_or((pair, ""));
    let mut values = vec![pair.to_owned(), format!("{user}:{password}"), password.to_owned()];
    if password.is_empty() || user.chars().count() >= LONG_USER_NAME {
        values.push(user.to_owned());
    }
    values
}

/// The secrets of a body: a form or JSON.
pub(super) fn of_body(body: &str, is_secret: impl Fn(&str) -> bool) -> Vec<String> {
    let mut values = of_form(body, &is_secret);
    if let Ok(json) = serde_json::from_str(body) {
        of_json(&json, &is_secret, &mut values);
    }
    values
}

/// The secrets of `name=value&name=value`.
fn of_form(form: &str, is_secret: impl Fn(&str) -> bool) -> Vec<String> {
    let pairs = form.split('&').filter_map(|pair| pair.split_once('='));
    let secret = pairs.filter(|(name, _)| is_secret(&decoded(name)));
    secret
        .flat_map(|(_, value)| {
            [value.to_owned(), decoded(value), decoded(&value.replace('+', " "))]
        })
        .collect()
}

fn of_json(json: &Value, is_secret: &impl Fn(&str) -> bool, values: &mut Vec<String>) {
    match json {
        Value::Array(items) => items.iter().for_each(|item| of_json(item, is_secret, values)),
        Value::Object(fields) => {
            for (name, value) in fields {
                match value {
                    Value::String(value) if is_secret(name) => values.push(value.clone()),
                    Value::Number(value) if is_secret(name) => values.push(value.to_string()),
                    value => of_json(value, is_secret, values),
                }
            }
        }
        _ => {}
    }
}

/// A text without percent-encoding.
fn decoded(text: &str) -> String {
    percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned()
}
