//! Which names of headers, query parameters and fields say that their value is a secret.

/// The words of which one makes a name secret, as in `api_key`, `X-Auth-Token` and `clientSecret`.
const WORDS: [&str; 37] = [
    "accesskey",
    "accesstoken",
    "apikey",
    "apitoken",
    "auth",
    "authorization",
    "authtoken",
    "bearer",
    "clientsecret",
    "cookie",
    "credential",
    "credentials",
    "hmac",
    "idtoken",
    "jsessionid",
    "jwt",
    "key",
    "otp",
    "pass",
    "passcode",
    "passphrase",
    "passwd",
    "password",
    "phpsessid",
    "privatekey",
    "privatetoken",
    "pwd",
    "refreshtoken",
    "secret",
    "secretkey",
    "sessionid",
    "sessiontoken",
    "sid",
    "sig",
    "signature",
    "subscriptionkey",
    "token",
];

/// Whether a name says that its value is a secret.
pub(super) fn is_usual(name: &str) -> bool {
    words(name).iter().any(|word| WORDS.contains(&word.as_str()))
}

/// The words of a name in lower case: `X-Api-Key` and `xApiKey` have three.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut before = ' ';
    for letter in name.chars() {
        let starts = letter.is_uppercase() && before.is_lowercase();
        if starts || !letter.is_alphanumeric() {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| letter.is_alphanumeric()) {
            word.extend(letter.to_lowercase());
        }
        before = letter;
    }
    words
}

#[cfg(test)]
mod tests {
    use super::is_usual;

    #[test]
    fn recognizes_names_of_secrets_by_their_words() {
        for name in [
            "Authorization",
            "proxy-authorization",
            "Cookie",
            "Set-Cookie",
            "X-Api-Key",
            "api_key",
            "apikey",
            "APIKEY",
            "clientSecret",
            "X-Amz-Signature",
            "filter[token]",
            "sig",
        ] {
            assert!(is_usual(name), "{name}");
        }
        for name in ["", "keyword", "author", "q", "page", "passenger", "Accept", "design"] {
            assert!(!is_usual(name), "{name}");
        }
    }
}
