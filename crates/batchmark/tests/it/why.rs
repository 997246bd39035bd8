//! `--why`: causes are removed in every block, and the JSON says what each was worth.

use std::collections::BTreeSet;

use model::arm::Role;
use serde_json::Value;

use crate::support::{OwnEndpoint, Program};

#[test]
fn runs_every_experiment_arm_in_every_block_and_attributes_the_gap() {
    let program = Program::new();
    let json = program.file("analysis.json");
    let json = json.to_str().expect("a plain path");
    let link = "rtt=1ms,think=5ms";
    let words = ["-s", "ureq/threads:workers=2", "-b", "8", "-n", "2", "-w", "1"];
    let words = [&words[..], &["--why", "--no-controls", "--link", link, "--json", json]].concat();
    let (ended, recording) = program.record(&words);
    assert_eq!(ended.code, Some(0), "{}{}", ended.stdout, ended.stderr);
    assert!(ended.stderr.contains("why: "), "{}", ended.stderr);

    let plan = recording.plan.as_ref().expect("has a plan");
    let [experiment] = &plan.experiments[..] else { panic!("one arm is asked about") };
    assert!(experiment.factors.iter().any(|factor| factor.setting == "workers=8"));
    let toggles = plan.arms.iter().filter(|arm| arm.role == Role::Toggle).count();
    assert_eq!(toggles, experiment.cells.len() - 1 + 4, "the cells but one, and four doses");
    for block in 0..2 {
        let run: BTreeSet<_> = recording
            .trials
            .iter()
            .filter(|trial| trial.place().is_some_and(|place| place.block == block))
            .map(|trial| &trial.arm)
            .collect();
        assert!(experiment.cells.iter().all(|cell| run.contains(&cell.arm)));
        assert!(plan.doses[0].doses.iter().all(|dose| run.contains(&dose.arm)));
    }

    let text = std::fs::read_to_string(json).expect("was written");
    let analysis: Value = serde_json::from_str(&text).expect("is JSON");
    let attribution = &analysis["attributions"][0];
    assert_eq!(attribution["arm"], "ureq/threads:workers=2@8");
    assert_eq!(attribution["blocks"], 2);
    let factors = attribution["factors"].as_array().expect("are there");
    let workers = factors.iter().find(|factor| factor["factor"] == "workers");
    let workers = workers.expect("workers were toggled");
    assert!(workers["share"]["seconds"].is_f64(), "{workers}");
    assert_eq!(analysis["doses"][0]["configured_concurrency"], 2);
    assert_eq!(analysis["ratios"].as_array().map(Vec::len), Some(0), "a toggle is no comparison");
    let tables = ended.stdout.split("why ureq").next().expect("there is text before");
    assert!(!tables.contains('#'), "a toggle is in no table: {tables}");
}

#[test]
fn plans_no_dose_response_for_a_foreign_server() {
    let program = Program::new();
    let endpoint = OwnEndpoint::start(&program, "rtt=1ms,tls=off,think=5ms");
    let url = format!("{}/todos/[1-4]", endpoint.url.trim_end_matches('/'));
    let words = ["-s", "ureq/threads:workers=1", "-b", "4", "-n", "1", "-w", "1"];
    let (ended, recording) =
        program.record(&[&words[..], &["--why", "--no-controls", &url]].concat());
    assert_eq!(ended.code, Some(0), "{}{}", ended.stdout, ended.stderr);
    let plan = recording.plan.as_ref().expect("has a plan");
    assert!(plan.doses.is_empty() && plan.targets.len() == 1);
    let factors = &plan.experiments[0].factors;
    assert!(factors.iter().any(|factor| factor.setting == "workers=4"), "{factors:?}");
}
