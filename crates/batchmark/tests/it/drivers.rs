//! Drivers, right and wrong.

use crate::support::Program;

#[test]
fn the_built_in_driver_is_a_correct_one() {
    let program = Program::new();
    let ended = program.run(&["driver-check", env!("CARGO_BIN_EXE_batchmark"), "driver"]);
    assert_eq!(ended.code, Some(0), "{}{}", ended.stdout, ended.stderr);
    assert!(!ended.stdout.contains("WRONG"), "{}", ended.stdout);
}

#[test]
fn what_is_no_driver_is_told() {
    let program = Program::new();
    for command in [&["cat"][..], &["true"], &["/nonexistent"], &["sh", "-c", "echo hello; cat"]] {
        let ended = program.run(&[&["driver-check"], command].concat());
        assert_eq!(ended.code, Some(1), "{command:?}: {}", ended.stderr);
        assert!(ended.stdout.contains("WRONG   it introduces itself"), "{}", ended.stdout);
    }
}

#[test]
fn strategies_lists_names_conditions_and_versions() {
    let ended = Program::new().run(&["strategies"]);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    for word in ["ureq/sequential (or sequential)", "hyper/async", "session=cold", "rustls 0."] {
        assert!(ended.stdout.contains(word), "{word} is missing in {}", ended.stdout);
    }
}
