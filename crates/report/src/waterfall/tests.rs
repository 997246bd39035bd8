use super::*;
use crate::Colour;
use explain::analyse;
use insta::assert_snapshot;
use model::failure::FailureKind;
use model::recording::StopReason;
use model::socket::ThreadWait;
use model::target::Request;
use model::time::Span;
use test_support::sample::Sample;
use test_support::sample::client_threads::{client_thread, client_threads};
use test_support::sample::synthetic::{Opening, Steps, SyntheticTrial};
use test_support::sample::{failure, request_row};

fn shown_in(recording: &Recording, arm: Option<&str>, style: Style) -> String {
    let named = arm.map(|arm| ArmName(arm.to_owned()));
    lines(&analyse(recording), recording, named.as_ref(), style).join("\n")
}

fn shown(recording: &Recording, arm: Option<&str>) -> String {
    shown_in(recording, arm, Style::default())
}

/// A batch of one arm over these workers.
fn batch(requests: usize, workers: u64) -> Recording {
    let steps = vec![Steps { wait: 11_200, body: 900, ..Steps::default() }; requests];
    let trial = SyntheticTrial::over(workers, Opening::Once, 500, &steps);
    let size = u32::try_from(requests).expect("is small");
    let mut sample = Sample::new(&[("a/x", size)]);
    let target = &mut sample.plan().targets[0].target;
    target.requests = (1..=requests)
        .map(|number| Request {
            method: "GET".to_owned(),
            url: format!("https://127.0.0.1:40001/todos/{number}"),
            body: None,
        })
        .collect();
    sample.block_in_order(&[(&format!("a/x@{size}"), trial.end())]);
    sample.last_run().columns = trial.columns;
    sample.last_trial().witness = Some(trial.witness);
    sample.end(StopReason::Blocks)
}

#[test]
fn a_row_has_its_phases_as_letters_over_time() {
    assert_snapshot!(shown(&batch(6, 2), None), @"
    Waterfall of a/x@6: median trial, 60.7 ms, block 1 (the baseline, because no
      strategy has a finding)
     # conn  |0 ms     |10       |20       |30       |40      |50          code   ms
     1    1  ccccccccccccttttttttttttwwwwwwwwwwwr                           200 35.6
                                    ▔▔▔▔▔▔▔▔▔▔▔▔▔
    *2    2  ccccccccccccttttttttttttwwwwwwwwwwwr                           200 35.6
                                    ▔▔▔▔▔▔▔▔▔▔▔▔▔
     3    1  qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqwwwwwwwwwwwr               200 47.9
                                                ▔▔▔▔▔▔▔▔▔▔▔▔▔
    *4    2  qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqwwwwwwwwwwwr               200 47.9
                                                ▔▔▔▔▔▔▔▔▔▔▔▔▔
     5    1  qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqwwwwwwwwwwwr   200 60.2
                                                            ▔▔▔▔▔▔▔▔▔▔▔▔▔
    *6    2  qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqwwwwwwwwwwwr   200 60.2
                                                            ▔▔▔▔▔▔▔▔▔▔▔▔▔
    q queue  c connect  t TLS  w wait  r receive  * on the critical path
    ▔ arrived until answered, by a witness
    One column is 1.01 ms; a shorter phase may not show.
    ");
}

#[test]
fn fits_the_width() {
    for width in [60, 80, 120, 200] {
        let style = Style { width, ..Style::default() };
        let text = shown_in(&batch(100, 7), None, style);
        let widest = text.lines().map(text::width).max().expect("has lines");
        assert!(widest <= width, "{widest} columns of {width}");
        assert!(text.lines().count() <= MOST_ROWS + 8, "{text}");
    }
}

#[test]
fn colours_repeat_what_the_letters_say() {
    let recording = batch(6, 2);
    let coloured = Style { colour: Colour::Ansi, ..Style::default() };
    let text = shown_in(&recording, None, coloured);
    assert!(text.contains("\x1b[30;42mwww"), "{text}");
    let mut plain = String::new();
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\x1b' => _ = letters.find(|&end| end == 'm'),
            letter => plain.push(letter),
        }
    }
    assert_eq!(plain, shown(&recording, None));
}

#[test]
fn a_large_batch_shows_some_rows_and_says_so() {
    let text = shown(&batch(100, 7), None);
    assert!(text.contains("30 of 100 requests"), "{text}");
    assert!(text.replace('\n', " ").contains("70 are left out"), "{text}");
    let numbers: Vec<&str> =
        text.lines().filter_map(|line| line.get(1..4)).map(str::trim).collect();
    assert!(numbers.contains(&"1") && numbers.contains(&"100"), "{text}");
}

#[test]
fn a_redirect_and_a_request_for_no_item_have_rows_of_their_own() {
    let mut sample = Sample::new(&[("a/x", 1)]);
    sample.block(&[("a/x@1", 60)]);
    let row = |ordinal, millis: u64, path: &str, status| model::witness::RequestRow {
        ordinal,
        path: path.to_owned(),
        status,
        last_byte_in: Span::from_millis(millis),
        handled: Span::from_millis(millis),
        first_byte_out: Some(Span::from_millis(millis + 10)),
        last_byte_out: Some(Span::from_millis(millis + 12)),
        ..request_row()
    };
    let requests =
        vec![row(0, 2, "/token", 200), row(1, 20, "/todos/1", 302), row(2, 40, "/there/1", 200)];
    sample.last_trial().witness =
        Some(model::witness::Witness { requests: requests.into(), ..Default::default() });
    let recording = sample.end(StopReason::Blocks);
    assert_snapshot!(shown(&recording, None), @"
    Waterfall of a/x@1: median trial, 60.0 ms, block 1 (the baseline, because no
      strategy has a finding)
     # conn  |0 ms            |20              |40                code   ms
          1   wwwwwwwwwrr                                          200 12.0 other
              ▔▔▔▔▔▔▔▔▔▔▔
    *1    1                   wwwwwwwwwrr                          302 12.0 redirect
                              ▔▔▔▔▔▔▔▔▔▔▔
    *1    1                             ssssssswwwwwwwwwrr         200 20.0
                                               ▔▔▔▔▔▔▔▔▔▔▔
    s send  w wait  r receive  * on the critical path
    ▔ arrived until answered, by a witness
    One column is 1.18 ms; a shorter phase may not show.
    ");
}

#[test]
fn says_why_there_is_no_waterfall() {
    let mut sample = Sample::new(&[("a/x", 1), ("b/y", 1)]);
    sample.failed("a/x@1", &[Some(failure(FailureKind::Reset, "cut off"))]);
    let mut recording = sample.end(StopReason::Blocks);
    let none = "a/x@1 has no waterfall: none of its counted trials succeeded.";
    assert_eq!(shown(&recording, Some("a/x@1")), none);
    let none = "This recording has no waterfall: none of its counted trials succeeded.";
    assert_eq!(shown(&recording, None), none);
    recording.plan = None;
    assert_eq!(shown(&recording, None), none);
}

#[test]
fn says_that_nothing_was_observed_of_single_requests() {
    let mut sample = Sample::new(&[("a/x", 2)]);
    sample.block(&[("a/x@2", 60)]);
    let text = shown(&sample.end(StopReason::Blocks), None);
    assert!(text.ends_with(words::waterfall::UNOBSERVED), "{text}");
}

/// A trial of which a witness saw the requests, and the socket witness two threads.
fn with_threads() -> Recording {
    let mut recording = batch(2, 2);
    let threads = vec![
        client_thread(0, 30, &[(ThreadWait::Lock, 5, 30)]),
        client_thread(2, 40, &[(ThreadWait::Network, 6, 20), (ThreadWait::Sleep, 25, 33)]),
    ];
    let trial = recording.trials.last_mut().expect("has a trial");
    trial.socket = Some(Box::new(client_threads(threads, Vec::new())));
    recording
}

#[test]
fn the_states_of_threads_are_below_the_rows_where_the_width_allows() {
    assert_snapshot!(shown(&with_threads(), None), @"
    Waterfall of a/x@2: median trial, 36.1 ms, block 1 (the baseline, because no
      strategy has a finding)
     # conn  |0 ms           |10             |20            |30         code   ms
     1    1  ccccccccccccccccccctttttttttttttttttttwwwwwwwwwwwwwwwwwrr   200 35.6
                                                  ▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔
    *2    2  ccccccccccccccccccctttttttttttttttttttwwwwwwwwwwwwwwwwwrr   200 35.6
                                                  ▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔
    c connect  t TLS  w wait  r receive  * on the critical path
    ▔ arrived until answered, by a witness
    One column is 0.633 ms; a shorter phase may not show.
    What 2 threads of the client did meanwhile.
             ########LLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLL           main thread
                ######NNNNNNNNNNNNNNNNNNNNNNN#######SSSSSSSSSSSSS#####  other thread
    # running, or waiting for less than 20 µs  N network  S sleep  L lock
    ");
    let narrow = Style { width: 72, ..Style::default() };
    let text = shown_in(&with_threads(), None, narrow);
    assert!(!text.contains("thread") && !text.contains('\u{2594}'), "{text}");
    let ascii = Style { glyphs: Glyphs::Ascii, ..Style::default() };
    assert!(shown_in(&with_threads(), None, ascii).contains("= arrived until answered"));
}
