use clap::Parser;
use model::index::DriverIndex;
use model::link::Link;
use model::strategy::Conditions;

use super::*;

fn arguments(words: &[&str]) -> RunArguments {
    let words = ["batchmark"].iter().chain(words);
    crate::arguments::Arguments::try_parse_from(words).expect("reads").run
}

fn choice(label: &str, link: Option<Link>) -> Choice {
    Choice {
        label: Label(label.to_owned()),
        strategy: label.to_owned(),
        conditions: Conditions::new(),
        null: None,
        link,
        driver: DriverIndex(0),
    }
}

fn sizes(typed: &[u32], urls: Option<usize>) -> Vec<u32> {
    batch_sizes(typed, urls).expect("are sizes").into_iter().map(|size| size.0).collect()
}

#[test]
fn batch_sizes_fit_the_list_or_are_refused() {
    assert_eq!(sizes(&[], None), [4, 16]);
    assert_eq!(sizes(&[], Some(100)), [4, 16]);
    assert_eq!(sizes(&[], Some(7)), [4]);
    assert_eq!(sizes(&[], Some(3)), [3]);
    assert_eq!(sizes(&[16, 1, 16], None), [16, 1]);
    let sentence =
        |typed: &[u32], urls| batch_sizes(typed, urls).expect_err("is refused").to_string();
    assert_eq!(sentence(&[0], None), "a batch size is a whole number from 1 on, not 0");
    assert_eq!(
        sentence(&[4, 32], Some(16)),
        "a batch of 32 needs 32 URLs, and there are 16: write -b 16, or more URLs such as '…/[1-32]'"
    );
}

#[test]
fn only_the_default_and_precision_stop_early() {
    assert_eq!(stop_rule(&arguments(&[])), StopRule::DEFAULT);
    assert_eq!(stop_rule(&arguments(&["-n", "7"])), StopRule::Blocks { blocks: 7 });
    assert!(matches!(
        stop_rule(&arguments(&["--precision", "1%"])),
        StopRule::Precision { least: 10, most: Some(1000), half_width, looks: 3 } if (half_width - 0.01).abs() < 1e-12
    ));
    assert!(matches!(
        stop_rule(&arguments(&["--precision", "1%", "-n", "20"])),
        StopRule::Precision { most: Some(20), .. }
    ));
}

#[test]
fn the_baseline_is_the_first_or_the_one_that_is_named() {
    let choices = [choice("lib/sequential", None), choice("lib/threads", None)];
    let named = |typed| baseline(typed, &choices).map(|label| label.0);
    assert_eq!(named(None).expect("is one"), "lib/sequential");
    assert_eq!(named(Some("lib/threads")).expect("is one"), "lib/threads");
    assert_eq!(named(Some("threads")).expect("is one"), "lib/threads");
    let sentence = named(Some("thread")).expect_err("is refused").to_string();
    assert!(sentence.contains("did you mean lib/threads?"), "{sentence}");
}

#[test]
fn every_choice_is_measured_at_every_size_over_its_own_link() {
    let off = Link { tls: false, ..Link::default() };
    let choices = [choice("a", Some(Link::default())), choice("b", Some(off.clone()))];
    let arguments = arguments(&["--seed", "5"]);
    let target = |link| PlannedTarget {
        link: Some(link),
        target: target(Vec::new(), Trust::Default, &arguments.request).expect("is a target"),
    };
    let targets = vec![target(Link::default()), target(off)];
    let plan = plan(&arguments, &choices, &[BatchSize(4), BatchSize(16)], targets).expect("plans");
    let arms: Vec<(&str, usize)> =
        plan.arms.iter().map(|arm| (arm.name.0.as_str(), arm.target.0)).collect();
    assert_eq!(arms, [("a@4", 0), ("b@4", 1), ("a@16", 0), ("b@16", 1)]);
    assert_eq!(plan.seed, 5);
}

#[test]
fn a_body_of_a_get_must_be_more_than_an_empty_object() {
    let least = |words: &[&str]| {
        let arguments = arguments(words).request;
        target(Vec::new(), Trust::Default, &arguments).expect("is a target").checks.min_bytes
    };
    assert_eq!(least(&[]), 3);
    assert_eq!(least(&["-X", "DELETE"]), 0);
    assert_eq!(least(&["--expect-min-bytes", "0"]), 0);
    assert!(target(Vec::new(), Trust::Default, &arguments(&["--timeout", "0"]).request).is_err());
}

#[test]
fn too_few_files_for_the_connections_is_told_before_the_run() {
    let arguments = arguments(&[]);
    let mut choice = choice("a", None);
    choice.conditions.insert("workers".to_owned(), "400".to_owned());
    let target = target(Vec::new(), Trust::Default, &arguments.request).expect("is a target");
    let targets = vec![PlannedTarget { link: None, target }];
    let plan = plan(&arguments, &[choice], &[BatchSize(1000)], targets).expect("plans");
    assert!(check_files(&plan, None).is_ok());
    assert!(check_files(&plan, Some(864)).is_ok());
    let sentence = check_files(&plan, Some(863)).expect_err("is refused").to_string();
    assert!(sentence.starts_with("400 connections at once need 864 open files"), "{sentence}");
}

#[test]
fn whom_to_trust_is_found_out_before_the_run() {
    let trust = |words: &[&str]| trust(&arguments(words).request);
    assert_eq!(trust(&[]).expect("is fine"), Trust::Default);
    assert_eq!(trust(&["-k"]).expect("is fine"), Trust::Anyone);
    let sentence = trust(&["--cacert", "/nonexistent"]).expect_err("is refused").to_string();
    assert!(sentence.starts_with("/nonexistent cannot be read"), "{sentence}");
}
