use std::collections::BTreeSet;

use super::*;
use crate::extra_arms;
use crate::sample::{self, target, trial};
use explain::Estimate;
use model::experiment::{FactorKind, FactorReason};
use model::link::Link;
use model::strategy::{ConditionSpec, Conditions, ValueRule};
use model::time::{Moment, Span};

fn condition(name: &str, default: &str, values: ValueRule) -> ConditionSpec {
    ConditionSpec {
        name: name.to_owned(),
        default: default.to_owned(),
        values,
        summary: String::new(),
    }
}

/// A client with every condition that can be toggled, a bare one, and own code on which conditions are
/// imposed.
fn drivers() -> Vec<DriverHello> {
    let words = |words: &[&str]| ValueRule::words(words);
    let work = ValueRule { time_after: Some("sleep:".to_owned()), ..words(&["network"]) };
    let spec = |name: &str, conditions| StrategySpec {
        name: name.to_owned(),
        alias: None,
        summary: String::new(),
        conditions,
        columns: Vec::new(),
        only_http: None,
    };
    let rich = vec![
        condition("session", "cold", words(&["cold", "warm"])),
        condition("workers", "6", ValueRule::count_from(1)),
        condition("pool", "10", ValueRule::count_from(1)),
        condition("context", "default", words(&["default", "shared"])),
        condition("resume", "off", words(&["on", "off"])),
        condition("trust_env", "on", words(&["on", "off"])),
        condition("work", "network", work),
    ];
    let switch = |name: &str, word: &str| condition(name, "native", words(&["native", word]));
    let count = |name: &str| {
        condition(name, "native", ValueRule { count_from: Some(1), ..words(&["native"]) })
    };
    let imposed = vec![
        count("workers"),
        count("concurrency"),
        count("pool"),
        condition("context", "default", words(&["default", "shared"])),
        switch("trust_env", "off"),
        switch("lookups", "cached"),
        switch("nodelay", "on"),
        switch("compression", "off"),
        switch("sleeps", "skipped"),
        switch("gc", "frozen"),
        switch("uvloop", "on"),
    ];
    vec![DriverHello {
        protocol: 1,
        driver: "test".to_owned(),
        now: Moment::from_nanos(0),
        versions: Vec::new(),
        missing: Vec::new(),
        profiles: false,
        packed: false,
        samples: false,
        strategies: vec![
            spec("rich/threads", rich),
            spec("bare/own", Vec::new()),
            spec("own/f", imposed),
        ],
    }]
}

fn arm(strategy: &str, size: u32) -> Arm {
    let drivers = drivers();
    let spec = drivers[0].strategies.iter().find(|spec| spec.name == strategy);
    sample::arm(strategy, size, spec.expect("is offered").complete(&Conditions::new()))
}

fn plan(arms: &[(&str, u32)], link: Option<Link>) -> Plan {
    sample::plan(arms.iter().map(|&(strategy, size)| arm(strategy, size)).collect(), link)
}

/// A batch of 100 ms that spends all but its waiting before its first request.
fn cold() -> Observation {
    let millis = Span::from_millis;
    Observation {
        batch: millis(100),
        client: millis(4),
        connecting: millis(12),
        preparation: millis(60),
        handshake: millis(12),
        waiting: millis(12),
        path_requests: 1,
        most_in_flight: Some(4),
        opened: Some(4),
        ..Observation::default()
    }
}

/// A batch of 100 ms that only waits.
fn waiting() -> Observation {
    let batch = Span::from_millis(100);
    Observation { batch, waiting: batch, path_requests: 1, ..Observation::default() }
}

fn settings(experiment: &Experiment) -> Vec<&str> {
    experiment.factors.iter().map(|factor| factor.setting.as_str()).collect()
}

fn chosen(seen: &Observation, size: u32, link: Option<&Link>) -> Vec<String> {
    chosen_of("rich/threads", seen, size, link)
}

/// What is imposed on own code that fetches a batch of 16 from a foreign server.
fn imposed(seen: &Observation) -> Vec<String> {
    chosen_of("own/f", seen, 16, None)
}

fn chosen_of(strategy: &str, seen: &Observation, size: u32, link: Option<&Link>) -> Vec<String> {
    let factors = factors(&arm(strategy, size), seen, link, &|_| None);
    factors.into_iter().map(|factor| factor.setting).collect()
}

/// The factors for an arm, of whose changes this is predicted.
fn factors(
    arm: &Arm,
    seen: &Observation,
    link: Option<&Link>,
    predict: choice::Predict<'_>,
) -> Vec<Factor> {
    let drivers = drivers();
    let spec = drivers[0].strategies.iter().find(|spec| spec.name == arm.strategy);
    let spec = spec.expect("is offered");
    choice::choose(&ArmInQuestion { arm, spec, link, observation: seen }, predict)
}

/// A pilot in which nothing is predicted.
fn unpredicted<'p>(
    plan: &'p Plan,
    trials: &'p [Trial],
    drivers: &'p [DriverHello],
    observe: Observe,
) -> PilotView<'p> {
    PilotView { plan, trials, drivers, observe, gain: &|_, _| None }
}

/// A gain of this many milliseconds.
fn millis_gained(millis: f64) -> Gain {
    let seconds = millis / 1e3;
    let saved = Estimate { seconds, low: Some(seconds - 1e-3), high: Some(seconds + 1e-3) };
    Gain { saved, extrapolated: false }
}

/// What settings together gain, in milliseconds, of a batch of 100 ms of four requests with TLS.
fn chosen_by(gain: impl Fn(&[&str]) -> Option<f64>) -> Vec<Factor> {
    let predict = |factors: &[&Factor]| {
        let settings: Vec<&str> = factors.iter().map(|factor| factor.setting.as_str()).collect();
        gain(&settings).map(millis_gained)
    };
    factors(&arm("rich/threads", 16), &cold(), Some(&Link::default()), &predict)
}

fn settings_of(factors: &[Factor]) -> Vec<&str> {
    factors.iter().map(|factor| factor.setting.as_str()).collect()
}

#[test]
fn explains_slower_arms_but_not_the_fastest_or_its_equals() {
    let arms = [("rich/threads", 4), ("bare/own", 4)];
    let names = |pilot: &[Trial]| -> Vec<(String, Option<String>)> {
        let found = experiments(unpredicted(
            &plan(&arms, Some(Link::default())),
            pilot,
            &drivers(),
            |_, _, _| Some(cold()),
        ));
        let names = |one: Experiment| (one.arm.0, one.versus.map(|versus| versus.0));
        found.experiments.into_iter().map(names).collect()
    };
    let slower = [("rich/threads@4".to_owned(), Some("bare/own@4".to_owned()))];
    assert_eq!(names(&[trial("rich/threads@4", 106), trial("bare/own@4", 100)]), slower);
    assert_eq!(names(&[trial("rich/threads@4", 105), trial("bare/own@4", 100)]), []);
    // An arm that failed is no comparison, but the other is not the only arm either.
    assert_eq!(names(&[trial("rich/threads@4", 105)]), []);
}

#[test]
fn explains_the_only_arm_if_a_cause_can_be_removed() {
    let found = |observe: Observe| {
        let plan = plan(&[("rich/threads", 4)], Some(Link::default()));
        experiments(unpredicted(&plan, &[trial("rich/threads@4", 100)], &drivers(), observe))
    };
    let with_causes = found(|_, _, _| Some(cold()));
    assert_eq!(with_causes.experiments[0].versus, None);
    let without = found(|_, _, _| Some(waiting()));
    assert_eq!((without.experiments.len(), without.doses.len()), (0, 1));
}

#[test]
fn makes_a_cell_for_every_meaningful_combination() {
    let plan = plan(&[("rich/threads", 4), ("bare/own", 4)], Some(Link::default()));
    let pilot = [trial("rich/threads@4", 100), trial("bare/own@4", 50)];
    let drivers = drivers();
    let found = experiments(unpredicted(&plan, &pilot, &drivers, |_, _, _| {
        Some(Observation { handshake: Span::ZERO, ..cold() })
    }));
    let [experiment] = &found.experiments[..] else { panic!("one is slower") };
    assert_eq!(settings(experiment), ["session=warm", "context=shared", "tls=off"]);
    let cells: Vec<&str> = experiment.cells.iter().map(|cell| cell.arm.0.as_str()).collect();
    assert_eq!(
        cells,
        [
            "rich/threads@4",
            "rich/threads@4#session=warm",
            "rich/threads@4#context=shared",
            "rich/threads@4#session=warm,context=shared",
            "rich/threads@4#tls=off",
            "rich/threads@4#session=warm,tls=off",
        ]
    );
    assert_eq!(experiment.cells[0].on, BTreeSet::new());
    let both = BTreeSet::from([FactorKind::WarmSession, FactorKind::PlainText]);
    assert_eq!(experiment.cells[5].on, both);
    assert!(found.arms.iter().all(|extra| extra.arm.role == Role::Toggle));
    let toggled = |name: &str| {
        let extra = found.arms.iter().find(|extra| extra.arm.name.0 == name);
        extra.expect("is added")
    };
    let both = toggled("rich/threads@4#session=warm,tls=off");
    assert_eq!(both.arm.conditions["session"], "warm");
    assert!(!both.arm.conditions.contains_key("tls"));
    assert_eq!(both.link.as_ref().map(|link| link.tls), Some(false));
    assert_eq!(toggled("rich/threads@4#context=shared").link, None);
}

#[test]
fn puts_doses_behind_slower_servers_and_shares_targets() {
    let thinking = Link { think: Span::from_millis(3), ..Link::default() };
    let plan = plan(&[("bare/own", 1), ("bare/own", 2)], Some(thinking));
    let pilot = [trial("bare/own@1", 50), trial("bare/own@2", 50)];
    let found = experiments(unpredicted(&plan, &pilot, &drivers(), |_, _, _| None));
    assert!(found.experiments.is_empty(), "nothing of theirs could be taken away");
    let doses: Vec<(Span, &str)> =
        found.doses[0].doses.iter().map(|dose| (dose.think, dose.arm.0.as_str())).collect();
    let millis = Span::from_millis;
    assert_eq!(doses[0], (Span::ZERO, "bare/own@1"));
    assert_eq!(doses[3], (millis(5), "bare/own@1#think=5ms"));
    let open = |link: &Link| Ok::<_, ()>(target(Some(link.clone())));
    let completed = extra_arms::add(plan, found.arms, open).expect("opens");
    let thinks: Vec<Option<Span>> = completed
        .targets
        .iter()
        .map(|target| target.link.as_ref().map(|link| link.think))
        .collect();
    assert_eq!(thinks, [3, 4, 5, 8, 13].map(|think| Some(millis(think))));
    let targets: Vec<usize> = completed.arms.iter().map(|arm| arm.target.0).collect();
    assert_eq!(targets, [0, 0, 1, 2, 3, 4, 1, 2, 3, 4]);
}

#[test]
fn changes_neither_tls_nor_think_time_of_a_foreign_server() {
    let plan = plan(&[("rich/threads", 4)], None);
    let pilot = [trial("rich/threads@4", 100)];
    let found = experiments(unpredicted(&plan, &pilot, &drivers(), |_, _, _| Some(cold())));
    assert!(found.doses.is_empty());
    let expected = ["session=warm", "context=shared", "resume=on"];
    assert_eq!(settings(&found.experiments[0]), expected);
}

#[test]
fn does_not_remove_a_cause_that_explains_little() {
    assert_eq!(chosen(&waiting(), 4, Some(&Link::default())), [""; 0]);
    let slow_client = |millis| Observation {
        client: Span::from_millis(millis),
        waiting: Span::from_nanos(33_333_333),
        path_requests: 3,
        ..waiting()
    };
    assert_eq!(chosen(&slow_client(9), 4, None), [""; 0]);
    assert_eq!(chosen(&slow_client(10), 4, None), ["trust_env=off"]);
    // Requests sleep for a third of what the three on the path waited, in whole tenths of a
    // millisecond.
    assert_eq!(chosen(&slow_client(20), 4, None), ["trust_env=off", "work=sleep:11200us"]);
}

#[test]
fn lifts_limits_below_the_batch_size() {
    let limited = Observation { path_requests: 3, most_in_flight: Some(6), ..waiting() };
    assert_eq!(chosen(&limited, 16, None), ["workers=16"]);
    assert_eq!(chosen(&limited, 6, None), [""; 0]);
    assert_eq!(chosen(&limited, 300, None), [""; 0], "300 threads are too many");
    let overflowing = Observation { opened: Some(12), ..limited };
    assert_eq!(chosen(&overflowing, 16, None), ["workers=16", "pool=16"]);
    let pool_limits = Observation { most_in_flight: Some(12), ..limited };
    assert_eq!(chosen(&pool_limits, 16, None), ["workers=16", "pool=16"]);
}

#[test]
fn keeps_the_four_causes_that_could_explain_most() {
    let millis = Span::from_millis;
    let seen = Observation { client: millis(20), waiting: Span::ZERO, ..cold() };
    // A session 84 %, TLS 72 %, a context 60 %, the client 20 %; resumption's 12 % are the least,
    // and of two that could explain the client the later goes.
    let expected = ["session=warm", "context=shared", "tls=off", "trust_env=off"];
    assert_eq!(chosen(&seen, 4, Some(&Link::default())), expected);
}

#[test]
fn profiles_arms_that_are_slower_or_compute_where_the_driver_can() {
    let arms = [("rich/threads", 4), ("bare/own", 4)];
    let pilot = [trial("rich/threads@4", 106), trial("bare/own@4", 100)];
    let mut drivers = drivers();
    let names = |plan: &Plan, drivers: &[DriverHello], observe: Observe| -> Vec<String> {
        let found = profiled(unpredicted(plan, &pilot, drivers, observe));
        found.into_iter().map(|arm| arm.0).collect()
    };
    let idle: Observe = |_, _, _| Some(waiting());
    let computing: Observe = |_, _, _| Some(cold());
    let mut plan = plan(&arms, None);
    assert_eq!(names(&plan, &drivers, computing), [""; 0]);
    drivers[0].profiles = true;
    assert_eq!(names(&plan, &drivers, computing), ["rich/threads@4", "bare/own@4"]);
    assert_eq!(names(&plan, &drivers, idle), ["rich/threads@4"]);
    plan.sockets = false;
    assert_eq!(names(&plan, &drivers, computing), [""; 0]);
}

#[test]
fn imposes_nothing_on_own_code_that_only_waits() {
    assert_eq!(imposed(&waiting()), [""; 0]);
    let sequential = Observation {
        path_requests: 16,
        most_in_flight: Some(1),
        opened: Some(1),
        threads: Some(1),
        ..waiting()
    };
    assert_eq!(imposed(&sequential), [""; 0]);
}

#[test]
fn imposes_what_the_pilot_gives_a_reason_for() {
    let millis = Span::from_millis;
    let base = Observation { opened: Some(2), ..waiting() };
    let cases = [
        (Observation { lookups: millis(5), ..base }, "lookups=cached"),
        (Observation { split_requests: millis(5), ..base }, "nodelay=on"),
        (Observation { sleeping: millis(5), ..base }, "sleeps=skipped"),
        (Observation { collecting: millis(5), ..base }, "gc=frozen"),
        (Observation { preparation: millis(5), ..base }, "context=shared"),
    ];
    for (seen, setting) in cases {
        assert_eq!(imposed(&seen), [setting]);
    }
    let slow = Observation { slow_bodies: millis(50), ..base };
    assert_eq!(
        imposed(&slow),
        [""; 0],
        "bodies that are not compressed are slow for another reason"
    );
    let compressed = Observation { are_bodies_compressed: true, ..slow };
    assert_eq!(imposed(&compressed), ["compression=off"]);
    let once = Observation { lookups: millis(50), opened: Some(1), ..base };
    assert_eq!(imposed(&once), [""; 0], "one lookup is needed");
}

#[test]
fn client_work_of_own_code_may_be_contexts_the_environment_or_the_event_loop() {
    let client = Span::from_millis(30);
    let busy = Observation { client, opened: Some(2), path_requests: 16, ..waiting() };
    assert_eq!(imposed(&busy), ["trust_env=off"]);
    let secure = Observation { handshake: Span::from_millis(2), ..busy };
    assert_eq!(imposed(&secure), ["context=shared", "trust_env=off"]);
    let many = Observation { opened: Some(16), ..secure };
    assert_eq!(imposed(&many), ["trust_env=off"], "2 ms for each connection are no contexts");
    let one = Observation { opened: Some(1), ..secure };
    assert_eq!(imposed(&one), ["trust_env=off"], "one connection needs one context");
    let few = Observation { path_requests: 4, ..busy };
    assert_eq!(imposed(&few), [""; 0], "reading it for 4 requests is too little");
    let on_loop = Observation { has_event_loop: true, ..busy };
    assert_eq!(imposed(&on_loop), ["trust_env=off", "uvloop=on"]);
}

#[test]
fn lifts_limits_that_own_code_does_not_name() {
    let threads = Observation {
        path_requests: 3,
        most_in_flight: Some(6),
        opened: Some(6),
        threads: Some(6),
        ..waiting()
    };
    assert_eq!(imposed(&threads), ["workers=16"]);
    let event_loop = Observation { threads: Some(1), ..threads };
    assert_eq!(imposed(&event_loop), ["concurrency=16", "pool=16"]);
    let opening = Observation { opened: Some(16), connecting: Span::from_millis(20), ..threads };
    assert_eq!(imposed(&opening), ["workers=16", "pool=16"]);
    let all_at_once = Observation { most_in_flight: Some(16), ..event_loop };
    assert_eq!(imposed(&all_at_once), [""; 0]);
}

#[test]
fn removes_the_three_causes_whose_removal_is_predicted_to_gain_most() {
    let found = chosen_by(|settings| match settings {
        ["session=warm"] => Some(10.0),
        ["context=shared"] => Some(40.0),
        ["workers=16"] => Some(30.0),
        ["resume=on"] => Some(20.0),
        _ => Some(0.0),
    });
    assert_eq!(settings_of(&found), ["context=shared", "workers=16", "resume=on"]);
    let Some(FactorReason::Prediction(gain)) = found[0].reason else { panic!("{found:?}") };
    assert_eq!((gain.seconds, gain.low, gain.high), (0.040, Some(0.039), Some(0.041)));
}

#[test]
fn leaves_a_cause_whose_removal_gains_less_than_two_percent_however_large_its_share_is() {
    let gaining = |millis: f64| {
        chosen_by(move |settings| match settings {
            ["session=warm"] => Some(millis),
            _ => Some(-5.0),
        })
    };
    assert_eq!(settings_of(&gaining(1.9)), [""; 0]);
    assert_eq!(settings_of(&gaining(2.1)), ["session=warm"]);
}

#[test]
fn a_server_without_tls_is_tried_after_what_a_user_can_change() {
    let found = |of_workers: f64| {
        chosen_by(move |settings| match settings {
            ["tls=off"] => Some(70.0),
            ["session=warm"] => Some(60.0),
            ["context=shared"] => Some(40.0),
            ["workers=16"] => Some(of_workers),
            _ => Some(0.0),
        })
    };
    assert_eq!(settings_of(&found(5.0)), ["session=warm", "context=shared", "workers=16"]);
    assert_eq!(settings_of(&found(0.0)), ["session=warm", "context=shared", "tls=off"]);
}

#[test]
fn removes_causes_that_open_the_way_for_each_other() {
    let found = chosen_by(|settings| match settings {
        ["context=shared", "workers=16"] | ["workers=16", "context=shared"] => Some(30.0),
        [_, _] => Some(0.0),
        _ => Some(-1.0),
    });
    assert_eq!(settings_of(&found), ["context=shared", "workers=16"]);
}

#[test]
fn a_busy_client_is_tried_with_a_quarter_of_its_requests_at_once() {
    let busy = Observation {
        client: Span::from_millis(50),
        waiting: Span::from_millis(50),
        most_in_flight: Some(16),
        threads: Some(1),
        ..waiting()
    };
    let mut many = arm("rich/threads", 16);
    let mut tried = |workers: &str, saved: Option<f64>| -> Vec<String> {
        many.conditions.insert("workers".to_owned(), workers.to_owned());
        let gain = |seconds| {
            let saved = Estimate { seconds, low: Some(seconds), high: Some(seconds) };
            Gain { saved, extrapolated: false }
        };
        let found = factors(&many, &busy, None, &|factors| {
            factors.iter().all(|it| it.kind == FactorKind::FewerAtOnce).then(|| saved.map(gain))?
        });
        let fewer = found.into_iter().filter(|it| it.kind == FactorKind::FewerAtOnce);
        fewer.map(|factor| factor.setting).collect()
    };
    assert_eq!(tried("100", None), ["workers=4"]);
    assert_eq!(tried("8", None), ["workers=2"]);
    assert_eq!(tried("6", None), [""; 0], "one worker would be a loop");
    // That it takes longer is only known where its work was seen beside fewer requests.
    assert_eq!(tried("100", Some(-0.03)), ["workers=4"]);
    assert_eq!(tried("100", Some(0.001)), ["workers=4"]);
    assert_eq!(tried("100", Some(0.03)), ["workers=4"]);
    let waits = chosen(&waiting(), 16, None);
    assert!(!waits.contains(&"workers=4".to_owned()), "{waits:?}");
    let unlimited = imposed(&busy);
    assert!(!unlimited.contains(&"concurrency=4".to_owned()), "{unlimited:?}");
}

#[test]
fn causes_of_which_nothing_is_predicted_take_the_places_that_are_left() {
    let found = chosen_by(|settings| match settings {
        ["session=warm"] => Some(60.0),
        ["workers=16"] => Some(20.0),
        [_] => None,
        _ => Some(0.0),
    });
    // Without TLS 72 % of the batch are gone at most, with a shared context 60 %.
    let expected = ["session=warm", "context=shared", "workers=16", "tls=off"];
    assert_eq!(settings_of(&found), expected);
    let Some(FactorReason::Share { most }) = found[1].reason else { panic!("{found:?}") };
    assert!((most - 0.6).abs() < 1e-9, "{most}");
}

#[test]
fn a_larger_pool_is_tried_beside_more_workers_that_need_it() {
    let seen = Observation { path_requests: 3, most_in_flight: Some(6), ..waiting() };
    let predict = |factors: &[&Factor]| {
        let settings: Vec<&str> = factors.iter().map(|factor| factor.setting.as_str()).collect();
        Some(millis_gained(match settings[..] {
            ["workers=16"] => 5.0,
            ["workers=16", "pool=16"] | ["pool=16", "workers=16"] => 50.0,
            _ => 0.0,
        }))
    };
    let found = factors(&arm("rich/threads", 16), &seen, None, &predict);
    assert_eq!(settings_of(&found), ["workers=16", "pool=16"]);
    assert_eq!(chosen(&seen, 16, None), ["workers=16"], "nothing is predicted");
}
