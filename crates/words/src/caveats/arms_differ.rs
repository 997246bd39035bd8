//! The words of `arms_differ`.

use explain::caveats::ArmsDiffer;

use super::parts::first_that_fits;
use crate::list::counted;

pub(super) const TITLE: &str = "The arms differ in ways that the command line did not set";

pub(super) const PAGE: &str = "\
# arms_differ

The arms differ in ways that the command line did not set.

## What it means

Clients of different libraries differ in more than their strategy: TLS library, trust store,
compression, name lookup, versions. These are the *uncontrolled differences*. A ratio compares all
of them at once. The report lists them before the times. Those that are known to change times
appear as caveats of their own: `unequal_protocols` and `unequal_facts`.

## How it is detected

Drivers report facts about each arm, and the endpoint observes others. Every fact in which arms of
the same batch size differ is listed, unless their conditions ask for the difference.

## What to do

- If you compare libraries as they are, nothing: the differences are part of what you compare.
- If you compare ways of using them, such as threads against async, set the arms alike, or compare
  strategies of one library.
";

pub(super) fn short(found: &ArmsDiffer) -> String {
    let count = counted(found.differences.len(), "uncontrolled difference");
    first_that_fits([
        format!("uncontrolled differences ({}): set the arms alike", facts(found)),
        format!("{count} between arms: set the arms alike"),
    ])
}

pub(super) fn sentence(found: &ArmsDiffer) -> String {
    format!(
        "The arms differ in ways that the command line did not set: {}. A ratio compares all of this \
         at once. Set the arms alike in what you do not want to compare.",
        facts(found)
    )
}

fn facts(found: &ArmsDiffer) -> String {
    let facts = found.differences.iter().map(|difference| difference.fact.replace('_', " "));
    facts.collect::<Vec<String>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::super::parts::testing::assert_short;
    use super::super::unequal_fact::testing::unequal;
    use super::*;
    use explain::caveats::TimingFact;
    use insta::assert_snapshot;

    #[test]
    fn lists_the_facts_in_words() {
        let differ = |facts: &[TimingFact]| ArmsDiffer {
            differences: facts.iter().map(|fact| unequal(*fact, &["p", "q"]).difference).collect(),
        };
        let found = differ(&[TimingFact::TlsVersion, TimingFact::Bodies]);
        assert_snapshot!(sentence(&found), @"The arms differ in ways that the command line did not set: tls version, bodies. A ratio compares all of this at once. Set the arms alike in what you do not want to compare.");
        assert_snapshot!(short(&found), @"uncontrolled differences (tls version, bodies): set the arms alike");
        assert_short(&short(&differ(&TimingFact::ALL)));
    }
}
