//! The fairness audit in words.

use model::arm::Label;

use super::listed;
use crate::caveats::{Difference, FactGroup, ShadowedModule, TimingFact};

pub(super) fn arms_differ(differences: &[Difference]) -> String {
    let facts = listed(differences.iter().map(|difference| in_words(&difference.fact)));
    format!(
        "The arms differ in more than was asked for: {facts}. A ratio compares all of this at once; \
         make them alike in what should not be compared."
    )
}

pub(super) fn unequal(aspect: TimingFact, difference: &Difference) -> String {
    let groups: Vec<String> = difference.groups.iter().map(group).collect();
    let (what, remedy) = unequal_in(aspect);
    format!("{what}: {}. {remedy}", groups.join("; "))
}

fn group(group: &FactGroup) -> String {
    format!("{} ({})", group.value, ways(&group.labels))
}

/// What is unequal, and what it means and what to do about it.
const fn unequal_in(aspect: TimingFact) -> (&'static str, &'static str) {
    match aspect {
        TimingFact::Http | TimingFact::Alpn => (
            "The arms spoke different protocols",
            "A ratio holds the protocol's share too; set the clients to one protocol to take it out.",
        ),
        TimingFact::TlsVersion => (
            "The arms agreed on different TLS versions",
            "A ratio holds the handshakes' round trips too; set the clients to one version to take \
             them out.",
        ),
        TimingFact::Handshakes => (
            "Not all arms resumed TLS sessions",
            "A full handshake costs both sides more; set resumption alike (resume=off, where a \
             strategy knows it) to take that out.",
        ),
        TimingFact::Resumption => (
            "Not all arms offer to resume TLS sessions",
            "Where the server takes the offer, a handshake costs both sides less; set resumption \
             alike (resume=off, where a strategy knows it) to take that out.",
        ),
        TimingFact::Verification => (
            "Not all arms verify certificates",
            "Those that do not are spared the work, and talk to anyone; let all of them verify, or \
             none (-k).",
        ),
        TimingFact::Connections => (
            "Not all arms keep connections for the next request of a batch",
            "Each new connection costs round trips and a handshake; make all requests of a batch \
             over one session.",
        ),
        TimingFact::Session => (
            "Not all arms open their connections in each batch",
            "Those that keep them are spared the opening; keep them in all (session=warm, where a \
             strategy knows it), or close the session at the end of each batch.",
        ),
        TimingFact::Compression => (
            "The arms ask for differently compressed bodies",
            "A server that compresses sends less, and takes longer over it; ask for the same with \
             -H 'Accept-Encoding: identity'.",
        ),
        TimingFact::Redirects => (
            "The server redirects, and not all arms follow",
            "Those that do make more requests; measure the URL that it leads to.",
        ),
        TimingFact::Bodies => (
            "The arms do not read bodies alike",
            "A body that is not read is not waited for; read all of them to their end.",
        ),
    }
}

pub(super) fn shadowed_module(
    ShadowedModule { module, version, distribution }: &ShadowedModule,
) -> String {
    format!(
        "The module {module} is that of {distribution} {version} and not {module}'s own: whatever \
         imports it is another client under the same name, with other times. To measure {module} \
         itself, choose an environment without {distribution} (--python PATH)."
    )
}

pub(super) fn asyncio_debug(on: &[Label]) -> String {
    format!(
        "asyncio's debug mode is on: {}. It watches every step of the event loop, and makes these \
         times longer than they usually are. Unset PYTHONASYNCIODEBUG and PYTHONDEVMODE, and run \
         again.",
        ways(on)
    )
}

pub(super) fn free_threading(without: &[Label]) -> String {
    format!(
        "Python runs without its global lock: {}. Threads then run its code at the same time, which \
         they do not in the usual build. Read these times as this build's, or choose another \
         (--python PATH).",
        ways(without)
    )
}

fn ways(labels: &[Label]) -> String {
    listed(labels.iter().map(Label::to_string))
}

fn in_words(fact: &str) -> String {
    fact.replace('_', " ")
}
