use super::*;
use evidence::account::Charge;
use explain::WaitingThreads;
use explain::{
    ArmClient, ClientLibrary, ClientOrigin, CodeLine, ContextScope, Enabler, Estimate,
    FindingEvidence, FindingFigure, FindingReference, Limit, LimitChange, Promise, PromisedGain,
    PromisedPair, Proof, ProofVerdict, RequestCount,
};
use insta::assert_snapshot;
use model::arm::{ArmName, BatchSize, Label};
use model::socket::ThreadWait;

const SIZE: Estimate = Estimate { seconds: 0.0221, low: Some(0.0201), high: Some(0.0241) };

/// A finding of a built-in strategy that was compared with another.
fn compared(code: FindingCode, strategy: &str) -> Finding {
    Finding {
        code,
        arm: ArmName(format!("{strategy}@16")),
        label: Label(strategy.to_owned()),
        versus: Some(FindingReference {
            arm: ArmName("hyper/async@16".to_owned()),
            label: Label("hyper/async".to_owned()),
        }),
        strategy: strategy.to_owned(),
        client: ArmClient { origin: ClientOrigin::BuiltIn, library: library(strategy) },
        conditions: [("session", "cold"), ("context", "default")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into(),
        batch_size: BatchSize(16),
        size: Some(SIZE),
        charged: Some(SIZE),
        because: false,
        promise: Promise::NotPredicted,
        together: None,
        proof: None,
        remedy: Remedy::Usual,
        evidence: Vec::new(),
        lines: Vec::new(),
    }
}

fn library(strategy: &str) -> ClientLibrary {
    match strategy.split('/').next() {
        Some("requests") => ClientLibrary::Requests,
        Some("aiohttp") => ClientLibrary::Aiohttp,
        Some("ureq") => ClientLibrary::Ureq,
        _ => ClientLibrary::Unknown,
    }
}

/// The same in the user's own code that imported `library`.
fn own_code(code: FindingCode, library: ClientLibrary) -> Finding {
    Finding {
        client: ArmClient { origin: ClientOrigin::OwnCode, library },
        conditions: [].into(),
        ..compared(code, "own/fetch")
    }
}

fn raise(condition: Option<&str>, from: Option<usize>) -> Remedy {
    Remedy::Raise(LimitChange { condition: condition.map(str::to_owned), from, to: 16 })
}

fn figure(figure: FindingFigure, own: f64, versus: f64) -> FindingEvidence {
    FindingEvidence::Compared { figure, own, versus: Some(versus) }
}

/// All that is said of a finding, but its page.
fn all_text(finding: &Finding) -> String {
    let mut lines = vec![cause(finding), sentence(finding), remedy(finding)];
    lines.extend(evidence(finding).into_iter().map(|line| format!("- {line}")));
    lines.join("\n")
}

#[test]
fn a_proof_shows_both_predictions_and_what_was_measured() {
    let about = |seconds| Estimate { seconds, low: None, high: None };
    let text = |before: Option<f64>, counted: Option<f64>| {
        let predicted_before = before.map(about);
        let measured = about(0.03);
        let gain =
            |seconds| PromisedGain { saved: about(seconds), extrapolated: false, pool: None };
        let promise = counted.map_or(Promise::NotPredicted, |it| Promise::Gains(gain(it)));
        let proof = Some(Proof { measured, predicted_before, verdict: ProofVerdict::Confirmed });
        let finding = compared(FindingCode::WorkerLimit, "ureq/threads");
        super::proof(&Finding { promise, proof, ..finding })
    };
    assert_snapshot!([
        text(Some(0.02), Some(0.031)), text(Some(0.02), None), text(None, Some(0.031)), text(None, None),
    ].join("\n"), @"
    predicted before 20.0 ms, measured 30.0 ms; the counted trials predict 31.0 ms
    predicted before 20.0 ms, measured 30.0 ms
    predicted 31.0 ms, measured 30.0 ms
    ");
}

#[test]
fn the_remedy_of_serial_requests_is_concurrency() {
    let finding = Finding {
        evidence: vec![
            FindingEvidence::Charged { charge: Charge::Turns, size: SIZE },
            FindingEvidence::PerFurtherRequest(0.00147),
            figure(FindingFigure::PathRequests, 16.0, 1.0),
            FindingEvidence::DoseSlope(15.9),
        ],
        ..compared(FindingCode::SerialRoundTrips, "requests/sequential")
    };
    assert_snapshot!(all_text(&finding), @"
    one request at a time
    requests/sequential sends its 16 requests one at a time: 22.1 ms more than hyper/async.
    Send the requests concurrently: ThreadPoolExecutor(16) with one requests.Session.
    - time of exchanges that waited for the one before them: 22.1 ms [20.1, 24.1]
    - time for each request after the first: 1.47 ms
    - requests on the critical path: 16 (hyper/async: 1)
    - each extra ms at the server makes the batch 15.9 ms longer
    ");
}

#[test]
fn a_remedy_speaks_of_the_library_of_own_code() {
    let remedies: Vec<String> = [
        ClientLibrary::Requests,
        ClientLibrary::Aiohttp,
        ClientLibrary::Httpx,
        ClientLibrary::Urllib3,
        ClientLibrary::Node,
        ClientLibrary::Unknown,
    ]
    .into_iter()
    .flat_map(|library| {
        let serial = own_code(FindingCode::SerialRoundTrips, library);
        let setup = own_code(FindingCode::ConnectionSetup, library);
        let limit =
            Finding { remedy: raise(None, None), ..own_code(FindingCode::WorkerLimit, library) };
        [serial, setup, limit].map(|finding| remedy(&finding))
    })
    .collect();
    assert_snapshot!(remedies.join("\n"), @"
    Send the requests concurrently: ThreadPoolExecutor(16) with one requests.Session.
    Create one requests.Session and use it for all requests and batches.
    Allow 16 requests at once: ThreadPoolExecutor(16).
    Start all requests with asyncio.gather; do not await them one by one.
    Create one aiohttp.ClientSession and use it for all requests and batches.
    Allow 16 requests at once: asyncio.Semaphore(16), TCPConnector(limit=16).
    Send the requests concurrently: ThreadPoolExecutor(16) with one httpx.Client; in async code, asyncio.gather on one AsyncClient.
    Create one httpx client and use it for all requests and batches.
    Allow 16 requests at once: asyncio.Semaphore(16), Limits(max_connections=16).
    Send the requests concurrently: ThreadPoolExecutor(16) with one PoolManager(maxsize=16).
    Create one urllib3.PoolManager and use it for all requests and batches.
    Allow 16 requests at once: ThreadPoolExecutor(16).
    Start all requests with Promise.all; do not await them one by one.
    Create one Agent and use it for all requests and batches.
    Allow 16 requests at once: pLimit(16), and an Agent with 16 sockets.
    Send the requests concurrently: 16 threads, or an async client.
    Create one session and use it for all requests and batches.
    Allow 16 requests at once: 16 workers, or a semaphore of 16.
    ");
}

#[test]
fn a_curl_command_gets_its_own_options() {
    let curl = |code| Finding {
        client: ArmClient { origin: ClientOrigin::Command, library: ClientLibrary::Curl },
        conditions: [].into(),
        ..compared(code, "command/curl")
    };
    let codes = [FindingCode::SerialRoundTrips, FindingCode::TlsPreparation, FindingCode::Dns];
    let remedies = codes.map(|code| remedy(&curl(code)));
    assert_snapshot!(remedies.join("\n"), @"
    Pass all URLs to one curl with --parallel --parallel-max 16.
    Pass all URLs to one curl process, which loads the certificates once.
    Pass all URLs to one curl process, which resolves the name once.
    ");
}

#[test]
fn a_worker_limit_names_the_condition_to_raise() {
    let finding = Finding {
        remedy: raise(Some("workers"), Some(6)),
        evidence: vec![
            FindingEvidence::Charged { charge: Charge::Waves, size: SIZE },
            FindingEvidence::Removed { setting: "workers=16".to_owned(), saved: SIZE },
            figure(FindingFigure::MostAtServer, 6.0, 16.0),
        ],
        because: true,
        ..compared(FindingCode::WorkerLimit, "ureq/threads")
    };
    assert_eq!(certainty(&finding), "confirmed");
    assert_snapshot!(all_text(&finding), @"
    6 workers for 16 requests
    ureq/threads sends its 16 requests in waves of 6: removing this saves 22.1 ms.
    Raise workers to 16.
    - time waiting for a free slot, and in the exchanges after it: 22.1 ms [20.1, 24.1]
    - with workers=16 the batch is 22.1 ms [20.1, 24.1] shorter
    - most requests at the server at once: 6 (hyper/async: 16)
    ");
}

#[test]
fn tls_preparation_names_the_context_to_share() {
    let finding = |scope| Finding {
        remedy: Remedy::ShareContext(scope),
        evidence: vec![
            FindingEvidence::Charged { charge: Charge::Preparation, size: SIZE },
            figure(FindingFigure::ConnectionsOpened, 4.0, 4.0),
            figure(FindingFigure::CpuPerConnection, 0.0914, 0.0042),
            FindingEvidence::LessContention {
                each: 0.016,
                arm: ArmName("requests/sequential@16".to_owned()),
                opened: 1.0,
            },
        ],
        ..compared(FindingCode::TlsPreparation, "requests/threads")
    };
    assert_eq!(certainty(&finding(ContextScope::Batch)), "likely");
    assert_snapshot!(all_text(&finding(ContextScope::Connection)), @"
    new TLS context for each connection
    requests/threads loads certificates and creates a TLS context for each connection: 22.1 ms more than hyper/async.
    Create one ssl.SSLContext and pass it to every Session (context=shared).
    - time that prepares TLS handshakes, on the critical path: 22.1 ms [20.1, 24.1]
    - connections opened: 4 (hyper/async: 4)
    - CPU time for each connection opened: 91.4 ms (hyper/async: 4.20 ms)
    - CPU time for each connection, where requests/sequential@16 opens only 1: 16.0 ms
    ");
    assert_snapshot!(remedy(&finding(ContextScope::Batch)), @"Keep one requests.Session for all batches (session=warm).");
}

#[test]
fn a_setting_that_is_set_is_not_proposed() {
    let mut finding = compared(FindingCode::ConnectionSetup, "requests/threads");
    assert_snapshot!(remedy(&finding), @"Keep one requests.Session for all batches (session=warm).");
    finding.conditions.insert("session".to_owned(), "warm".to_owned());
    assert_snapshot!(remedy(&finding), @"Find out why connections do not stay open, although the session does.");
}

#[test]
fn retried_connections_ask_for_a_larger_backlog() {
    let finding = Finding {
        remedy: Remedy::OpenFewerAtOnce,
        evidence: vec![FindingEvidence::RetriedConnects(5.2)],
        ..compared(FindingCode::ConnectionSetup, "aiohttp/async")
    };
    assert_snapshot!(all_text(&finding), @"
    5.2 connections retried after 1 s
    aiohttp/async waits for connections to open: 22.1 ms more than hyper/async.
    Open fewer connections at once, or raise the server's listen backlog.
    - connections opened only after a retry, a second or more later: 5.2
    ");
}

#[test]
fn a_busy_client_that_is_faster_beside_fewer_requests_is_to_make_fewer_at_once() {
    let condition = Some("concurrency".to_owned());
    let lower = Remedy::Lower(LimitChange { condition, from: None, to: 12 });
    let compared = compared(FindingCode::ClientCpu, "httpx/async");
    let busy = Finding { remedy: lower.clone(), ..compared };
    assert_snapshot!(all_text(&busy), @"
    CPU work of the client, more beside many requests at once
    httpx/async computes while it could wait for responses: 22.1 ms more than hyper/async.
    Lower concurrency to 12.
    ");
    let own = Finding { remedy: lower, ..own_code(FindingCode::ClientCpu, ClientLibrary::Httpx) };
    assert_snapshot!(remedy(&own), @"Make at most 12 requests at once.");
}

#[test]
fn extra_requests_are_counted_by_method_and_status() {
    let count = |method: &str, status, per_item| RequestCount {
        method: Some(method.to_owned()),
        status: Some(status),
        per_item,
    };
    let get = || count("GET", 200, 1.0);
    let text = |counts: Vec<RequestCount>| {
        let evidence = vec![FindingEvidence::RequestsPerItem(counts)];
        let finding = compared(FindingCode::RequestsPerItem, "requests/sequential");
        all_text(&Finding { evidence, ..finding })
    };
    let texts = [
        text(vec![get(), count("HEAD", 200, 1.0)]),
        text(vec![get(), count("GET", 401, 1.0)]),
        text(vec![get(), count("GET", 503, 0.25)]),
        text(vec![count("GET", 200, 2.0)]),
    ];
    assert_snapshot!(texts.join("\n\n"), @"
    2 requests for each item
    requests/sequential makes 2 requests for each item: 22.1 ms more than hyper/async.
    Request each item without a HEAD before it.
    - requests for each item: 1 GET answered 200, 1 HEAD answered 200

    2 requests for each item
    requests/sequential makes 2 requests for each item: 22.1 ms more than hyper/async.
    Send the credentials with the first request, not only after a 401.
    - requests for each item: 1 GET answered 200, 1 GET answered 401

    1.2 requests for each item
    requests/sequential makes 1.2 requests for each item: 22.1 ms more than hyper/async.
    Find out why the server answers 503: each time the client tries again.
    - requests for each item: 1 GET answered 200, 0.2 GET answered 503

    2 requests for each item
    requests/sequential makes 2 requests for each item: 22.1 ms more than hyper/async.
    Request each item once, and keep its body.
    - requests for each item: 2 GET answered 200
    ");
}

#[test]
fn a_finding_without_a_size_says_why_there_is_no_time() {
    let codes = [
        FindingCode::BodyNotRead,
        FindingCode::Throttled,
        FindingCode::Redirects,
        FindingCode::ClosedByServer,
    ];
    let texts = codes.map(|code| {
        all_text(&Finding { size: None, versus: None, ..own_code(code, ClientLibrary::Aiohttp) })
    });
    assert_snapshot!(texts.join("\n\n"), @"
    response bodies are not read
    own/fetch does not read the response bodies, so its time is invalid.
    Read each body: await response.read().

    requests refused with 429
    The server returns 429 to own/fetch, which does not retry.
    Retry after the time in Retry-After, and send fewer requests at once.

    requests redirected
    The server redirects requests of own/fetch, which does not follow them.
    Request the URL that the redirect names.

    the server closes connections
    The server closes connections of own/fetch while requests are on them.
    Raise the server's requests per connection, and retry requests that it cuts off.
    ");
}

#[test]
fn nothing_has_no_remedy() {
    let finding = Finding {
        versus: None,
        remedy: Remedy::Nothing,
        evidence: vec![FindingEvidence::LargestGap(SIZE)],
        ..compared(FindingCode::Nothing, "hyper/async")
    };
    assert_eq!(remedy(&finding), "");
    assert_snapshot!(all_text(&finding), @"
    no cause accounts for 2% or more of the batch
    No cause accounts for 2% or more of the batch at batch size 16.

    - largest difference in time from hyper/async: 22.1 ms [20.1, 24.1]
    ");
}

#[test]
fn every_code_has_a_cause_a_sentence_a_remedy_and_a_page() {
    for code in FindingCode::ALL {
        for finding in [compared(code, "requests/threads"), own_code(code, ClientLibrary::Requests)]
        {
            let (cause, sentence) = (cause(&finding), sentence(&finding));
            assert!(cause.len() <= 60 && !cause.ends_with('.'), "{code}: {cause}");
            assert!(sentence.ends_with('.'), "{code}: {sentence}");
            assert!(
                sentence.contains("own/fetch")
                    || sentence.contains("16")
                    || sentence.contains("requests/threads")
            );
            let remedy = remedy(&finding);
            let is_sentence = remedy.ends_with('.') && remedy.starts_with(char::is_uppercase);
            assert!(remedy.is_empty() || is_sentence, "{code}: {remedy}");
        }
        assert!(!title(code).is_empty() && !title(code).ends_with('.'), "{code}");
        assert!(page(code).starts_with(&format!("# {code}\n\n")), "{code}");
        for heading in
            ["\n## What it means\n", "\n## How it is measured\n", "\n## What looks like it\n"]
        {
            assert!(page(code).contains(heading), "{code} lacks {heading}");
        }
        assert!(page(code).lines().all(|line| line.chars().count() <= 110), "{code}");
    }
}

#[test]
fn pages_refer_only_to_codes_that_exist() {
    let caveats = ["machine_saturated"];
    for code in FindingCode::ALL {
        let items = page(code).lines().filter(|line| line.starts_with("- `"));
        for item in items {
            let quoted = item.split('`').nth(1).unwrap_or_default();
            let known = FindingCode::from_name(quoted).is_some() || caveats.contains(&quoted);
            assert!(known, "{code} refers to {quoted}");
        }
    }
}

fn waited(wait: ThreadWait, threads: f64, seconds: f64) -> FindingEvidence {
    FindingEvidence::Waited { wait, waiting: WaitingThreads { threads, seconds } }
}

/// All that is said of a finding in own code that rests on this charge and evidence.
fn text_of_charge(code: FindingCode, charge: Charge, evidence: &[FindingEvidence]) -> String {
    let charged = FindingEvidence::Charged { charge, size: SIZE };
    let evidence = std::iter::once(charged).chain(evidence.iter().cloned()).collect();
    all_text(&Finding { evidence, ..own_code(code, ClientLibrary::Requests) })
}

#[test]
fn the_waits_for_locks_are_sentences_with_numbers() {
    let interpreter = waited(ThreadWait::InterpreterLock, 2.0, 0.306);
    let lock = waited(ThreadWait::Lock, 3.0, 0.606);
    let serialised =
        [FindingEvidence::Ran(0.0199), interpreter.clone(), FindingEvidence::Threads(3.0)];
    let texts = [
        text_of_charge(FindingCode::GilWait, Charge::InterpreterLock, &[interpreter]),
        text_of_charge(FindingCode::LockWait, Charge::Lock, &[lock]),
        text_of_charge(FindingCode::ClientSerialised, Charge::Client, &serialised),
    ];
    assert_snapshot!(texts.join("\n\n"), @"
    threads wait for the interpreter lock
    2 threads of own/fetch waited 306 ms for the interpreter lock: 22.1 ms more than hyper/async.
    Move CPU work to other processes, or use a Python without the GIL.
    - time waiting for the interpreter lock, on the critical path: 22.1 ms [20.1, 24.1]
    - 2 threads waited 306 ms for the interpreter lock

    requests wait for a lock
    3 threads of own/fetch waited 606 ms for a lock before a request: 22.1 ms more than hyper/async.
    Hold no lock while a request is in flight; give each thread its own session, or a larger pool.
    - time waiting for a lock, on the critical path: 22.1 ms [20.1, 24.1]
    - 3 threads waited 606 ms for a lock

    3 threads run one at a time (GIL)
    One thread of own/fetch computes at a time; 2 threads waited 306 ms for the interpreter lock: 22.1 ms more than hyper/async.
    Move CPU work to other processes, or use a Python without the GIL.
    - time of the client's own work, on the critical path: 22.1 ms [20.1, 24.1]
    - part of that time on a core: 19.9 ms
    - 2 threads waited 306 ms for the interpreter lock
    - threads that sent requests: 3
    ");
}

#[test]
fn sleeps_and_timers_are_sentences_with_numbers() {
    let slept = waited(ThreadWait::Sleep, 1.0, 0.15);
    let spaced = [FindingEvidence::Spacing(0.01), waited(ThreadWait::Timer, 1.0, 0.148)];
    let texts = [
        text_of_charge(FindingCode::Sleeping, Charge::Sleep, std::slice::from_ref(&slept)),
        text_of_charge(FindingCode::LoopBlocked, Charge::LoopBlocked, &[slept]),
        text_of_charge(FindingCode::StartsHeldBack, Charge::HeldBack, &spaced),
    ];
    assert_snapshot!(texts.join("\n\n"), @"
    the client sleeps
    own/fetch sleeps while it could make requests: 22.1 ms more than hyper/async.
    Remove the sleep, or wait for the event instead of a fixed time.
    - time asleep, on the critical path: 22.1 ms [20.1, 24.1]
    - 1 thread slept 150 ms

    a call blocks the event loop
    A call blocks the event loop of own/fetch: 22.1 ms more than hyper/async.
    Use no blocking call in a coroutine: asyncio.sleep, an async client, or asyncio.to_thread.
    - time for which the event loop was blocked, on the critical path: 22.1 ms [20.1, 24.1]
    - 1 thread slept 150 ms

    the client starts requests 10.0 ms apart
    own/fetch starts its requests 10.0 ms apart: 22.1 ms more than hyper/async.
    Raise the rate of the limiter, or limit the requests in flight instead of their rate.
    - time held back by a timer, on the critical path: 22.1 ms [20.1, 24.1]
    - median time between two starts: 10.0 ms
    - 1 thread waited 148 ms for a timer
    ");
}

#[test]
fn a_line_names_its_place_and_what_it_calls() {
    let line = |library: Option<&str>, inner: Option<&str>, function: &str| CodeLine {
        file: "my.py".to_owned(),
        line: 14,
        function: function.to_owned(),
        library: library.map(str::to_owned),
        inner: inner.map(str::to_owned),
        seconds: 0.0181,
    };
    let finding = Finding {
        lines: vec![
            line(Some("json.loads"), None, "one"),
            line(Some("requests.get"), Some("load_verify_locations"), "Client.fetch"),
            line(None, None, "<module>"),
        ],
        ..own_code(FindingCode::ClientCpu, ClientLibrary::Aiohttp)
    };
    assert_snapshot!(code_lines(&finding).join("\n"), @"
    my.py:14 in one() → json.loads: 18.1 ms
    my.py:14 in Client.fetch() → requests.get … load_verify_locations: 18.1 ms
    my.py:14 in <module>: 18.1 ms
    ");
    let largest = largest_code_line(&finding);
    assert_eq!(largest.as_deref(), Some("my.py:14 in one() → json.loads: 18.1 of 22.1 ms"));
}

#[test]
fn a_promise_says_what_a_change_saves_and_what_else_it_takes() {
    let with = |promise: Promise| Finding {
        promise,
        remedy: raise(Some("workers"), Some(6)),
        ..compared(FindingCode::WorkerLimit, "ureq/threads")
    };
    let gain =
        |extrapolated, pool| Promise::Gains(PromisedGain { saved: SIZE, extrapolated, pool });
    let lines = |(promise, together): (Promise, Option<PromisedPair>)| {
        let finding = Finding { together, ..with(promise) };
        [
            super::size(&finding),
            super::remedy(&finding),
            super::no_gain(&finding),
            super::pair(&finding),
        ]
        .join(" | ")
    };
    let uncertain = Estimate { seconds: 0.003, low: Some(-0.012), high: Some(0.018) };
    let pair = |enabler| Some(PromisedPair { enabler, saved: SIZE });
    let all = [
        (Promise::NotPredicted, None),
        (Promise::Untested, None),
        (gain(false, None), None),
        (gain(true, Some(16)), pair(Enabler::ShareContext)),
        (Promise::Nothing(Some(Limit::ServerCapacity)), None),
        (Promise::Nothing(None), pair(Enabler::ShareContext)),
        (Promise::Uncertain(uncertain), None),
    ];
    assert_snapshot!(all.map(lines).join("\n"), @r"
    takes 22.1 ms [20.1, 24.1] | Raise workers to 16. |  | 
    takes 22.1 ms [20.1, 24.1] |  | What more requests at once would change is not known here (--why measures it). | 
    saves 22.1 ms [20.1, 24.1] (predicted) | Raise workers to 16. |  | 
    saves 22.1 ms [20.1, 24.1] (predicted, extrapolated) | Raise workers to 16. Raise pool to 16 as well. |  | Share one TLS context as well: together they save 22.1 ms.
    saves nothing (predicted) |  | Changing this alone saves nothing: the server handles too few requests at once. | 
    saves nothing (predicted) |  | Changing this alone saves nothing. | Raise workers to 16. Share one TLS context as well: together they save 22.1 ms.
    saves -12.0 to 18.0 ms (extrapolated) |  | Changing this alone saves -12.0 to 18.0 ms: too uncertain for advice (--why measures it). |
    ");
}
