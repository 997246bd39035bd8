//! The words that `unequal_protocols` and `unequal_facts` share: a fact in which the arms differ.

use explain::caveats::{TimingFact, UnequalFact};

use super::parts::{first_that_fits, labels, values};

pub(super) fn short(unequal: &UnequalFact) -> String {
    let (what, remedy) = (short_observation(unequal.fact), short_remedy(unequal));
    first_that_fits([
        format!("{what}, {}: {remedy}", values(&unequal.difference)),
        format!("{what}: {remedy}"),
    ])
}

pub(super) fn sentence(unequal: &UnequalFact) -> String {
    format!(
        "{}: {}. {} {}",
        observation(unequal.fact),
        values(&unequal.difference),
        meaning(unequal.fact),
        remedy(unequal)
    )
}

const fn observation(fact: TimingFact) -> &'static str {
    match fact {
        TimingFact::Http => "The arms used different protocols",
        TimingFact::TlsVersion => "The arms used different TLS versions",
        TimingFact::Handshakes => "Only some arms resumed TLS sessions",
        TimingFact::Resumption => "Only some arms offer to resume TLS sessions",
        TimingFact::Verification => "Only some arms verify certificates",
        TimingFact::Connections => "Only some arms keep connections within a batch",
        TimingFact::Session => "Only some arms keep connections from batch to batch",
        TimingFact::Compression => "The arms ask for different compressions",
        TimingFact::Redirects => "The server redirects, and only some arms follow",
        TimingFact::Bodies => "The arms read bodies in different ways",
    }
}

const fn meaning(fact: TimingFact) -> &'static str {
    match fact {
        TimingFact::Http => "The ratio includes the difference of the protocols.",
        TimingFact::TlsVersion => "The ratio includes the round trips of the handshakes.",
        TimingFact::Handshakes => "A full handshake costs both sides more.",
        TimingFact::Resumption => "If the server accepts, their handshakes cost less.",
        TimingFact::Verification => "The others save that work, and accept any server.",
        TimingFact::Connections => "Each new connection costs round trips and a handshake.",
        TimingFact::Session => "Those arms save the setup of their connections.",
        TimingFact::Compression => {
            "A compressed body is smaller, and costs CPU time on both sides."
        }
        TimingFact::Redirects => "Those that follow make more requests.",
        TimingFact::Bodies => "A client that does not read a body does not wait for it.",
    }
}

fn remedy(unequal: &UnequalFact) -> String {
    match unequal.fact {
        TimingFact::Http => match unequal.adjustable.is_empty() {
            true => "Set all clients to one protocol.".to_owned(),
            false => {
                format!("Set one protocol: http=1.1 or http=2 on {}.", labels(&unequal.adjustable))
            }
        },
        TimingFact::TlsVersion => "Set all clients to one TLS version.".to_owned(),
        TimingFact::Handshakes | TimingFact::Resumption => match unequal.adjustable.is_empty() {
            true if has_own_code(unequal) => "Set resumption alike in your code.".to_owned(),
            true => "No condition changes it here: compare strategies of one library.".to_owned(),
            false => format!("Set resume=off on {}.", labels(&unequal.adjustable)),
        },
        TimingFact::Verification => match unequal.already_set {
            true => "-k is set, but some clients verify all the same: turn it off in their code.",
            false => "Verify in all clients, or in none (-k).",
        }
        .to_owned(),
        TimingFact::Connections => "Send all requests of a batch over one session.".to_owned(),
        TimingFact::Session => match unequal.adjustable.is_empty() {
            true => {
                "Close the session at the end of each batch, or keep it in all arms.".to_owned()
            }
            false => format!(
                "Close the session at the end of each batch, or set session=warm on {}.",
                labels(&unequal.adjustable)
            ),
        },
        TimingFact::Compression => match unequal.already_set {
            true => "Accept-Encoding is set, but some clients replace it: set it in their code.",
            false => "Ask for the same with -H 'Accept-Encoding: identity'.",
        }
        .to_owned(),
        TimingFact::Redirects => "Measure the URL to which the redirect leads.".to_owned(),
        TimingFact::Bodies => "Read every body to its end in all arms.".to_owned(),
    }
}

/// Whether one of the arms runs the user's own code, which can change what no condition changes.
fn has_own_code(unequal: &UnequalFact) -> bool {
    let labels = unequal.difference.groups.iter().flat_map(|group| &group.labels);
    labels.into_iter().any(|label| label.0.starts_with("own/") || label.0.starts_with("command/"))
}

const fn short_observation(fact: TimingFact) -> &'static str {
    match fact {
        TimingFact::Http => "protocols differ",
        TimingFact::TlsVersion => "TLS versions differ",
        TimingFact::Handshakes => "only some arms resume TLS sessions",
        TimingFact::Resumption => "only some arms offer TLS resumption",
        TimingFact::Verification => "only some arms verify certificates",
        TimingFact::Connections => "some arms open a connection per request",
        TimingFact::Session => "only some arms keep connections",
        TimingFact::Compression => "compressions differ",
        TimingFact::Redirects => "only some arms follow redirects",
        TimingFact::Bodies => "only some arms read bodies to the end",
    }
}

fn short_remedy(unequal: &UnequalFact) -> &'static str {
    match unequal.fact {
        TimingFact::Http => "set all to one protocol",
        TimingFact::TlsVersion => "set all to one version",
        TimingFact::Handshakes | TimingFact::Resumption => match unequal.adjustable.is_empty() {
            true if has_own_code(unequal) => "set it alike in your code",
            true => "compare strategies of one library",
            false => "set resume=off",
        },
        TimingFact::Verification => match unequal.already_set {
            true => "turn it off in the code",
            false => "verify in all, or in none (-k)",
        },
        TimingFact::Connections => "use one session",
        TimingFact::Session => "close it, or set session=warm",
        TimingFact::Compression => match unequal.already_set {
            true => "set Accept-Encoding in the code",
            false => "use -H 'Accept-Encoding: identity'",
        },
        TimingFact::Redirects => "measure the final URL",
        TimingFact::Bodies => "read them in all",
    }
}

#[cfg(test)]
pub(super) mod testing {
    use super::super::parts::testing::{arm, label};
    use super::*;
    use explain::caveats::{FactDifference, FactGroup};

    /// A fact in which a/x and b/y have these values.
    pub(in crate::caveats) fn unequal(fact: TimingFact, values: &[&str; 2]) -> UnequalFact {
        let groups = ["a/x", "b/y"].into_iter().zip(values).map(|(strategy, value)| FactGroup {
            value: (*value).to_owned(),
            labels: vec![label(strategy)],
            arms: vec![arm(&format!("{strategy}@4"))],
        });
        let difference = FactDifference { fact: fact.to_string(), groups: groups.collect() };
        UnequalFact { fact, difference, adjustable: Vec::new(), already_set: false }
    }
}

#[cfg(test)]
mod tests {
    use super::super::parts::testing::{assert_short, label};
    use super::testing::unequal;
    use super::*;

    #[test]
    fn the_remedy_knows_what_the_command_line_can_set() {
        let mut handshakes = unequal(TimingFact::Handshakes, &["resumed", "only full handshakes"]);
        assert!(sentence(&handshakes).ends_with("compare strategies of one library."));
        handshakes.difference.groups[0].labels = vec![label("own/fetch")];
        assert!(sentence(&handshakes).ends_with("Set resumption alike in your code."));
        handshakes.adjustable = vec![label("a/x")];
        assert!(sentence(&handshakes).ends_with("Set resume=off on a/x."));
        let mut verification = unequal(TimingFact::Verification, &["on", "off"]);
        assert!(sentence(&verification).ends_with("Verify in all clients, or in none (-k)."));
        verification.already_set = true;
        assert!(sentence(&verification).contains("-k is set"));
        let mut compression = unequal(TimingFact::Compression, &["gzip", "identity"]);
        compression.already_set = true;
        assert!(!sentence(&compression).contains("-H"), "{}", sentence(&compression));
    }

    #[test]
    fn every_fact_has_a_short_line_that_fits_and_a_whole_sentence() {
        for fact in TimingFact::ALL {
            for already_set in [false, true] {
                let mut found = unequal(fact, &["a value of a fact that is long", "other"]);
                found.already_set = already_set;
                assert_short(&short(&found));
                assert!(sentence(&found).ends_with('.'), "{}", sentence(&found));
                found.adjustable = vec![label("a/x")];
                assert_short(&short(&found));
            }
        }
    }
}
