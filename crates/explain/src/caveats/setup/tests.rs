use super::*;
use crate::analyse;
use crate::caveats::tests::named;
use crate::caveats::{Caveat, FactGroup, Reason, ShadowedModule, UnequalFacts, UnequalProtocols};
use model::arm::ArmName;
use model::driver_protocol::ModuleVersion;
use model::plan::PlannedTarget;
use model::recording::{ArmFacts, Recording, StopReason};
use model::target::{Header, Trust};
use model::time::Span;
use model::witness::{TlsAgreement, Witness};
use stats::verdict::Verdict;
use test_support::sample::{Sample, connection_row, request_row};

/// The arms of most recordings here.
const PAIR: [&str; 2] = ["a/x", "b/y"];

/// Ten blocks of these strategies, two requests each; `change` gets the strategy of each trial.
fn run(labels: &[&str], change: impl Fn(&str, &mut Sample)) -> Sample {
    let arms: Vec<(&str, u32)> = labels.iter().map(|label| (*label, 2)).collect();
    let mut sample = Sample::new(&arms);
    for block in 0..10 {
        sample.block(&[]);
        for label in labels {
            sample.add_trial(&format!("{label}@2"), 100 + block % 3);
            change(label, &mut sample);
        }
    }
    sample
}

fn end(sample: Sample) -> Recording {
    sample.end(StopReason::Blocks)
}

/// A pair without witness, whose drivers report these values of a fact.
fn reporting(fact: &str, values: [&str; 2]) -> Sample {
    let mut sample = run(&PAIR, |_, _| {});
    for (label, value) in PAIR.into_iter().zip(values) {
        sample.report_facts(&format!("{label}@2"), &[(fact, value)]);
    }
    sample
}

/// Makes the target a server other than the embedded endpoint.
fn elsewhere(mut sample: Sample) -> Sample {
    sample.plan().targets[0].link = None;
    sample
}

#[test]
fn a_strategy_that_leaves_headers_out_has_a_caveat_and_no_difference() {
    let mut sample = run(&PAIR, |_, _| {});
    sample.report_facts("a/x@2", &[("headers", "not sent")]);
    let recording = end(sample);
    assert_eq!(codes(&recording), ["headers_not_sent"]);
    let found = audit(&recording);
    assert_eq!(named(&found, "headers_not_sent").arms(), [ArmName("a/x@2".to_owned())]);
}

fn audit(recording: &Recording) -> Vec<Caveat> {
    let caveats = analyse(recording).caveats;
    caveats.into_iter().filter(Caveat::concerns_setup).collect()
}

fn codes(recording: &Recording) -> Vec<&'static str> {
    audit(recording).iter().map(|caveat| caveat.code().name()).collect()
}

/// The differences, as `fact: value (label, label); value (label)`.
fn differing(recording: &Recording) -> Vec<String> {
    let found = audit(recording);
    let differences = found.iter().find_map(Caveat::differences).unwrap_or_default();
    differences.iter().map(line).collect()
}

fn line(difference: &FactDifference) -> String {
    let group = |group: &FactGroup| {
        let labels: Vec<&str> = group.labels.iter().map(|label| label.0.as_str()).collect();
        format!("{} ({})", group.value, labels.join(", "))
    };
    let groups: Vec<String> = difference.groups.iter().map(group).collect();
    format!("{}: {}", difference.fact, groups.join("; "))
}

/// The one fact other than a protocol that changes times.
fn unequal_fact(found: &[Caveat]) -> &UnequalFact {
    let caveat = named(found, "unequal_facts");
    let Reason::UnequalFacts(UnequalFacts(unequal)) = caveat.reason() else { panic!("{caveat:?}") };
    unequal
}

#[test]
fn finds_no_difference_between_arms_that_are_alike() {
    assert_eq!(codes(&end(run(&PAIR, |_, _| {}))), [""; 0]);
    assert_eq!(codes(&end(reporting("dns", ["looked up once"; 2]))), [""; 0]);
}

#[test]
fn lists_a_fact_with_the_arms_of_each_value() {
    let recording = end(reporting("dns", ["looked up once", "looked up for each request"]));
    let lines = differing(&recording);
    assert_eq!(lines, ["dns: looked up once (a/x); looked up for each request (b/y)"]);
    assert_eq!(codes(&recording), ["arms_differ"]);
    let found = audit(&recording);
    assert_eq!(found[0].arms(), [ArmName("a/x@2".to_owned()), ArmName("b/y@2".to_owned())]);
    assert_eq!(analyse(&recording).ratios[0].verdict, Verdict::PracticallyEqual);
}

#[test]
fn lists_unknown_facts_after_known_ones() {
    let mut sample = run(&PAIR, |_, _| {});
    sample.report_facts("a/x@2", &[("colour", "red"), ("gil", "on"), ("trust", "few")]);
    sample.report_facts("b/y@2", &[("colour", "blue"), ("gil", "off"), ("trust", "many")]);
    let facts: Vec<String> = differing(&end(sample))
        .iter()
        .map(|line| line.split(':').next().expect("a part").to_owned())
        .collect();
    assert_eq!(facts, ["trust", "gil", "colour"]);
}

#[test]
fn ignores_a_fact_that_one_arm_does_not_report() {
    let mut sample = run(&PAIR, |_, _| {});
    sample.report_facts("a/x@2", &[("gil", "on")]);
    assert_eq!(codes(&end(sample)), [""; 0]);
}

#[test]
fn joins_the_values_of_an_arms_processes() {
    let mut sample = reporting("runtime", ["3.11", "3.11"]);
    sample.report_facts("b/y@2", &[("runtime", "3.12")]);
    assert_eq!(differing(&end(sample)), ["runtime: 3.11 (a/x); 3.11 and 3.12 (b/y)"]);
}

#[test]
fn compares_only_arms_of_one_batch_size() {
    let mut sample = Sample::new(&[("a/x", 1), ("b/y", 4)]);
    for _ in 0..10 {
        sample.block(&[("a/x@1", 10), ("b/y@4", 20)]);
    }
    sample.report_facts("a/x@1", &[("dns", "once")]);
    sample.report_facts("b/y@4", &[("dns", "often")]);
    assert_eq!(codes(&end(sample)), [""; 0]);
}

#[test]
fn compares_no_controls_and_no_arms_that_never_ran() {
    let mut sample = reporting("dns", ["once", "often"]);
    sample.set_role(1, "b/y@2", model::arm::Role::Aa);
    assert_eq!(codes(&end(sample)), [""; 0]);
    let mut recording = end(reporting("dns", ["once", "often"]));
    recording.trials.retain(|trial| trial.arm.0 == "a/x@2");
    assert_eq!(codes(&recording), [""; 0]);
}

#[test]
fn ignores_a_difference_that_a_condition_decides() {
    let resumption = |conditions: [(&str, &str); 2]| {
        let mut sample = elsewhere(reporting("resumption", ["offered", "never"]));
        for (arm, (name, value)) in sample.plan().arms.iter_mut().zip(conditions) {
            arm.conditions.insert(name.to_owned(), value.to_owned());
        }
        codes(&end(sample))
    };
    let both = ["arms_differ", "unequal_protocols"];
    assert_eq!(resumption([("resume", "on"), ("resume", "off")]), [""; 0]);
    assert_eq!(resumption([("resume", "on"), ("resume", "on")]), both);
    assert_eq!(resumption([("resume", "on"), ("other", "off")]), both);
    assert_eq!(resumption([("pool", "1"), ("pool", "2")]), both);
}

#[test]
fn what_own_code_decides_by_itself_is_no_intended_difference() {
    let differing = |pool: &str| {
        let mut sample = run(&["own/x", "b/y"], |_, _| {});
        for (arm, value) in sample.plan().arms.iter_mut().zip([pool, "10"]) {
            arm.conditions.insert("pool".to_owned(), value.to_owned());
        }
        for (arm, value) in [("own/x@2", "one for each request"), ("b/y@2", "kept")] {
            sample.report_facts(arm, &[("connections", value)]);
        }
        differing(&end(sample)).len()
    };
    assert_eq!((differing("native"), differing("4")), (1, 0));
}

#[test]
fn ignores_what_conditions_change_in_one_strategy() {
    let differ = |drivers: [usize; 2]| {
        let labels = ["a/x:context=shared", "a/x"];
        let mut sample = run(&labels, |_, _| {});
        sample.report_facts("a/x:context=shared@2", &[("trust", "loaded once")]);
        sample.report_facts("a/x@2", &[("trust", "loaded for each connection")]);
        for (arm, driver) in sample.plan().arms.iter_mut().zip(drivers) {
            arm.driver.0 = driver;
        }
        !codes(&end(sample)).is_empty()
    };
    assert!(!differ([0, 0]));
    assert!(differ([0, 1]));
}

#[test]
fn leaves_out_an_arm_whose_conditions_make_it_differ() {
    let labels = ["a/x:resume=off", "a/x", "c/z"];
    let mut sample = elsewhere(run(&labels, |_, _| {}));
    for (arm, resume) in sample.plan().arms.iter_mut().zip(["off", "on"]) {
        arm.conditions.insert("resume".to_owned(), resume.to_owned());
    }
    for (label, value) in labels.into_iter().zip(["never", "offered", "never"]) {
        sample.report_facts(&format!("{label}@2"), &[("resumption", value)]);
    }
    assert_eq!(differing(&end(sample)), ["resumption: offered (a/x); never (c/z)"]);
}

#[test]
fn unequal_verification_changes_times() {
    let mut recording = end(reporting("verification", ["on", "off"]));
    recording.plan.as_mut().expect("has a plan").targets[0].target.trust = Trust::Default;
    assert_eq!(codes(&recording), ["arms_differ", "unequal_facts"]);
    let found = audit(&recording);
    let unequal = unequal_fact(&found);
    assert_eq!(unequal.fact, TimingFact::Verification);
    assert_eq!(line(&unequal.difference), "verification: on (a/x); off (b/y)");
    assert!(!unequal.already_set);
}

#[test]
fn compression_matters_with_a_server_that_may_compress() {
    let asked = || reporting("compression", ["identity", "gzip, deflate"]);
    assert_eq!(codes(&end(asked())), ["arms_differ"]);
    let recording = end(elsewhere(asked()));
    assert_eq!(codes(&recording), ["arms_differ", "unequal_facts"]);
    let found = audit(&recording);
    assert_eq!(unequal_fact(&found).fact, TimingFact::Compression);
}

#[test]
fn compression_matters_if_one_arm_fetches_from_another_server() {
    let mut sample = reporting("compression", ["identity", "gzip, deflate"]);
    let plan = sample.plan();
    let other = PlannedTarget { link: None, target: plan.targets[0].target.clone() };
    plan.targets.push(other);
    plan.arms[1].target.0 = 1;
    assert_eq!(codes(&end(sample)), ["arms_differ", "unequal_facts"]);
}

#[test]
fn redirects_matter_if_there_was_one() {
    let with_status = |status: u16| {
        let mut sample = run(&PAIR, |label, sample| {
            let status = if label == "a/x" { 200 } else { status };
            sample.last_run().columns.status = Some(vec![Some(200), Some(status)]);
        });
        sample.report_facts("a/x@2", &[("redirects", "followed")]);
        sample.report_facts("b/y@2", &[("redirects", "not followed")]);
        codes(&end(sample))
    };
    assert_eq!(with_status(200), ["arms_differ"]);
    assert_eq!(with_status(304), ["arms_differ"]);
    assert_eq!(with_status(302), ["arms_differ", "unequal_facts"]);
}

/// A pair whose trials have this witness, and bodies of 80 bytes each.
fn witnessed(witness: impl Fn(&str) -> Witness) -> Sample {
    run(&PAIR, |label, sample| {
        sample.last_trial().witness = Some(witness(label));
        sample.last_run().columns.bytes = Some(vec![Some(80), Some(80)]);
    })
}

/// A connection for each entry, with the requests that it carried: each by when it arrived and when
/// it was answered, in milliseconds. A connection is accepted as its first request arrives.
fn carrying(connections: &[&[(u64, u64)]]) -> Witness {
    let mut witness = Witness { drained: true, ..Witness::default() };
    for (id, requests) in (0..).zip(connections) {
        let mut row = connection_row(id, false);
        row.accepted = Span::from_millis(requests.first().map_or(0, |request| request.0));
        witness.connections.push(row);
        for (ordinal, &(arrived, answered)) in (0..).zip(*requests) {
            let mut request = request_row();
            request.connection = id;
            request.ordinal = ordinal;
            request.path = format!("/todos/{}", witness.requests.len() + 1);
            request.last_byte_in = Span::from_millis(arrived);
            request.first_byte_out = Some(Span::from_millis(answered));
            request.last_byte_out = Some(Span::from_millis(answered));
            witness.requests.push(request);
        }
    }
    witness
}

/// Two requests one after another on one connection.
fn sequential() -> Witness {
    carrying(&[&[(0, 10), (20, 30)]])
}

#[test]
fn what_the_endpoint_observed_overrules_what_drivers_report() {
    let reported = |fact, witness: Witness| {
        let mut sample = witnessed(|_| witness.clone());
        sample.report_facts("a/x@2", &[(fact, "one")]);
        sample.report_facts("b/y@2", &[(fact, "other")]);
        codes(&end(sample))
    };
    // Where the endpoint saw them alike, it did not matter.
    for fact in ["resumption", "bodies"] {
        assert_eq!(reported(fact, sequential()), ["arms_differ"], "{fact}");
    }
    assert_eq!(reported("http", sequential()), [""; 0]);
    let elsewhere = |fact| codes(&end(elsewhere(reporting(fact, ["one", "other"]))));
    assert_eq!(elsewhere("http"), ["arms_differ", "unequal_protocols"]);
    assert_eq!(elsewhere("resumption"), ["arms_differ", "unequal_protocols"]);
    assert_eq!(elsewhere("bodies"), ["arms_differ", "unequal_facts"]);
}

/// The unequal protocols, as lines, where the connections of both arms settled `terms`.
fn unequal_protocols(terms: impl Fn(&str) -> TlsAgreement) -> Vec<String> {
    let recording = end(witnessed(|label| {
        let mut witness = sequential();
        witness.connections[0].tls = Some(terms(label));
        witness
    }));
    let analysis = analyse(&recording);
    assert_ne!(analysis.ratios[0].verdict, Verdict::Vetoed);
    let protocol = |caveat: &Caveat| match caveat.reason() {
        Reason::UnequalProtocols(UnequalProtocols(unequal)) => Some(line(&unequal.difference)),
        _ => None,
    };
    analysis.caveats.iter().filter_map(protocol).collect()
}

#[test]
fn reports_different_handshakes_without_a_veto() {
    let agreed = |version: &str, alpn: Option<&str>, resumed| TlsAgreement {
        version: version.to_owned(),
        alpn: alpn.map(str::to_owned),
        resumed,
    };
    let usual = agreed("TLSv1.3", Some("http/1.1"), false);
    assert_eq!(unequal_protocols(|_| usual.clone()), [""; 0]);
    let first = |label: &str, other: TlsAgreement| {
        if label == "a/x" { agreed("TLSv1.3", None, false) } else { other }
    };
    assert_eq!(unequal_protocols(|label| first(label, usual.clone())), [""; 0]);
    let with = |second: TlsAgreement| unequal_protocols(|label| first(label, second.clone()));
    let tls_version = with(agreed("TLSv1.2", None, false));
    assert_eq!(tls_version, ["tls_version: TLSv1.3 (a/x); TLSv1.2 (b/y)"]);
    let alpn = with(agreed("TLSv1.3", Some("h2"), false));
    assert_eq!(alpn, [""; 0], "requests show the version that counts");
    let handshakes = with(agreed("TLSv1.3", None, true));
    assert_eq!(handshakes, ["handshakes: only full handshakes (a/x); resumed (b/y)"]);
}

/// What differs in connections, and the codes beside it, where a/x asks in turn on one connection
/// and b/y does this.
fn connections(other: &Witness) -> (Vec<String>, Vec<&'static str>) {
    let recording =
        end(witnessed(|label| if label == "a/x" { sequential() } else { other.clone() }));
    (differing(&recording), codes(&recording))
}

#[test]
fn a_connection_for_each_request_differs_from_one_that_is_kept() {
    let (lines, codes) = connections(&carrying(&[&[(0, 10)], &[(20, 30)]]));
    assert_eq!(lines, ["connections: reused within a batch (a/x); one for each request (b/y)"]);
    assert_eq!(codes, ["arms_differ", "unequal_facts"]);
}

#[test]
fn concurrent_requests_do_not_show_whether_connections_are_kept() {
    assert_eq!(connections(&carrying(&[&[(0, 10)], &[(5, 15)]])), (Vec::new(), Vec::new()));
}

#[test]
fn connections_kept_between_batches_differ_from_those_opened_in_each() {
    let mut older = sequential();
    older.connections.clear();
    let (lines, found) = connections(&older);
    assert_eq!(lines, ["session: opened in each batch (a/x); kept from batch to batch (b/y)"]);
    assert_eq!(found, ["arms_differ", "unequal_facts"]);
    let mut sample = witnessed(|label| if label == "a/x" { sequential() } else { older.clone() });
    sample.plan().arms[1].conditions.insert("session".to_owned(), "warm".to_owned());
    assert_eq!(codes(&end(sample)), [""; 0]);
}

#[test]
fn unread_bodies_differ_from_read_ones() {
    let sample = run(&PAIR, |label, sample| {
        sample.last_trial().witness = Some(sequential());
        let read = if label == "a/x" { 80 } else { 0 };
        sample.last_run().columns.bytes = Some(vec![Some(80), Some(read)]);
    });
    let lines = differing(&end(sample));
    assert_eq!(lines, ["bytes_read: all that was sent (a/x); 80 of 160 bytes (b/y)"]);
}

/// A pair of which each arm has a driver of its own, with these versions of urllib3.
fn with_urllib3(modules: [(&str, Option<&str>); 2]) -> Recording {
    let mut sample = run(&PAIR, |_, _| {});
    sample.plan().arms[1].driver.0 = 1;
    let mut recording = end(sample);
    let driver = recording.header.drivers[0].clone();
    recording.header.drivers.push(driver);
    for (driver, (version, distribution)) in recording.header.drivers.iter_mut().zip(modules) {
        driver.versions = vec![ModuleVersion {
            module: "urllib3".to_owned(),
            version: version.to_owned(),
            distribution: distribution.map(str::to_owned),
        }];
    }
    recording
}

#[test]
fn two_versions_of_one_module_differ() {
    assert_eq!(codes(&with_urllib3([("2.5.0", None), ("2.5.0", None)])), [""; 0]);
    let recording = with_urllib3([("2.5.0", None), ("2.6.0", None)]);
    assert_eq!(differing(&recording), ["version of urllib3: 2.5.0 (a/x); 2.6.0 (b/y)"]);
    assert_eq!(codes(&recording), ["arms_differ"]);
}

#[test]
fn the_version_that_an_arm_loads_overrules_the_one_that_its_driver_found() {
    let mut recording = with_urllib3([("2.6.0", None), ("2.6.0", None)]);
    recording.facts.push(ArmFacts {
        arm: ArmName("b/y@2".to_owned()),
        facts: [("version of urllib3".to_owned(), "1.26.20".to_owned())].into(),
    });
    assert_eq!(differing(&recording), ["version of urllib3: 2.6.0 (a/x); 1.26.20 (b/y)"]);
}

#[test]
fn reports_a_module_of_another_package_even_where_all_arms_have_it() {
    let future = ("2.12.900", Some("urllib3-future"));
    let recording = with_urllib3([future, future]);
    assert_eq!(codes(&recording), ["shadowed_module"]);
    let found = audit(&recording);
    assert_eq!(found[0].arms().len(), 2);
    let Reason::ShadowedModule(shadowed) = found[0].reason() else { panic!("{found:?}") };
    let ShadowedModule { module, version, distribution } = shadowed;
    let expected = ("urllib3", "2.12.900", "urllib3-future");
    assert_eq!((module.as_str(), version.as_str(), distribution.as_str()), expected);
    let recording = with_urllib3([("2.12.900", Some("urllib3")), future]);
    assert_eq!(codes(&recording), ["arms_differ", "shadowed_module"]);
    assert_eq!(audit(&recording)[1].arms(), [ArmName("b/y@2".to_owned())]);
}

#[test]
fn reports_an_unusual_interpreter_even_where_all_arms_have_it() {
    for (fact, usual, odd, code) in
        [("asyncio_debug", "off", "on", "asyncio_debug"), ("gil", "on", "off", "free_threading")]
    {
        assert_eq!(codes(&end(reporting(fact, [usual, usual]))), [""; 0]);
        assert_eq!(codes(&end(reporting(fact, [odd, odd]))), [code]);
        let recording = end(reporting(fact, [usual, odd]));
        assert_eq!(codes(&recording), ["arms_differ", code]);
        let found = audit(&recording);
        assert_eq!(found[1].arms(), [ArmName("b/y@2".to_owned())]);
        let labels = match found[1].reason() {
            Reason::AsyncioDebug(found) => &found.labels,
            Reason::FreeThreading(found) => &found.labels,
            _ => panic!("{found:?}"),
        };
        assert_eq!(labels.iter().map(|label| label.0.as_str()).collect::<Vec<_>>(), ["b/y"]);
    }
}

#[test]
fn audits_a_recording_without_drivers() {
    let mut recording = end(reporting("dns", ["once", "often"]));
    recording.header.drivers.clear();
    recording.facts.push(ArmFacts { arm: ArmName("nobody@2".to_owned()), facts: [].into() });
    assert_eq!(codes(&recording), ["arms_differ"]);
}

#[test]
fn names_the_strategies_whose_condition_decides_a_fact() {
    let mut sample = elsewhere(reporting("resumption", ["offered", "never"]));
    sample.plan().arms[0].conditions.insert("resume".to_owned(), "on".to_owned());
    let found = audit(&end(sample));
    let caveat = named(&found, "unequal_protocols");
    let Reason::UnequalProtocols(UnequalProtocols(unequal)) = caveat.reason() else {
        panic!("{caveat:?}")
    };
    assert_eq!(unequal.adjustable, [model::arm::Label("a/x".to_owned())]);
}

#[test]
fn knows_that_the_command_line_sets_the_compression() {
    let mut sample = elsewhere(reporting("compression", ["identity", "gzip"]));
    let header = Header { name: "accept-encoding".to_owned(), value: "identity".to_owned() };
    sample.plan().targets[0].target.headers.push(header);
    assert!(unequal_fact(&audit(&end(sample))).already_set);
}
