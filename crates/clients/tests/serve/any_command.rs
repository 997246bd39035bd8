//! Commands as strategies, with real processes.

use std::fs;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use clients::CommandSpec;
use model::driver_protocol::{Command, DriverErrorKind as K, Preparation, Reply};
use model::facts::Facts;
use model::failure::FailureKind;
use model::target::{Checks, Header, Target, Trust};
use model::time::Span;
use model::trace::{ColumnName, Columns};
use test_support::{wait_for, wait_until};

use crate::harness::{Driver, TrialResult, get, preparation, target};

/// Only one driver of commands runs at a time, because it kills all child processes.
static ALONE: Mutex<()> = Mutex::new(());

struct Commands {
    driver: Driver,
    _alone: MutexGuard<'static, ()>,
}

impl Commands {
    fn start(specs: Vec<CommandSpec>) -> Self {
        let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        let driver = Driver::serving(|input, output| clients::serve_commands(specs, input, output));
        Self { driver, _alone: alone }
    }

    fn refused(&mut self, preparation: Preparation) -> (K, String) {
        let error = self.driver.refused(&Command::Prepare(Box::new(preparation)));
        (error.kind, error.message)
    }
}

fn words(name: &str, words: &[&str]) -> CommandSpec {
    CommandSpec {
        name: name.to_owned(),
        words: words.iter().map(|&word| word.to_owned()).collect(),
        null: None,
        shell: false,
    }
}

fn script(text: &str) -> CommandSpec {
    CommandSpec { shell: true, ..words("it", &[text]) }
}

fn three() -> Target {
    target((1..=3).map(|number| get(format!("http://localhost/{number}?a='b'&c"))).collect())
}

/// Prepares the only command and runs one batch.
fn run(commands: &mut Commands, requests: usize, target: Target) -> TrialResult {
    commands.driver.prepare(preparation("command/it", "", target));
    commands.driver.trial(requests)
}

fn written(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_default()
}

#[test]
fn hello_describes_each_command() {
    let with_null =
        CommandSpec { null: Some(vec!["true".to_owned()]), ..words("it", &["true", "{urls}"]) };
    let mut commands = Commands::start(vec![with_null, words("other", &["true", "{urls}"])]);
    let Reply::Hello(hello) = commands.driver.ask(&Command::Hello { protocol: 1 }) else {
        panic!("no hello");
    };
    let names: Vec<&str> = hello.strategies.iter().map(|spec| spec.name.as_str()).collect();
    assert_eq!(names, ["command/it", "command/other"]);
    let [it, other] = &hello.strategies[..] else { panic!("two were given") };
    assert_eq!(it.columns, [ColumnName::Error]);
    let work = it.condition("work").expect("it has a null command");
    assert_eq!(
        (work.default.as_str(), work.values.to_string().as_str()),
        ("batch", "batch or null")
    );
    assert_eq!(other.conditions, []);
    assert_eq!(it.summary, "the command true {urls}");
    commands.driver.end().expect("ends without error");
}

#[test]
fn a_command_gets_the_first_urls_and_reports_only_success() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = folder.path().join("output");
    let write = "printf '%s|' \"$@\" > \"$0\"; echo output; echo log >&2";
    let path = output.to_str().expect("UTF-8");
    let mut commands = Commands::start(vec![words("it", &["sh", "-c", write, path, "{urls}"])]);
    let result = run(&mut commands, 2, three());
    assert_eq!(result.columns, Columns::default());
    assert!(result.done.finished > result.done.started);
    assert_eq!(written(&output), "http://localhost/1?a='b'&c|http://localhost/2?a='b'&c|");
    commands.driver.trial(1);
    assert_eq!(written(&output), "http://localhost/1?a='b'&c|");
    commands.driver.end().expect("ends without error");
}

#[test]
fn a_script_gets_every_url_as_one_word() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = folder.path().join("it's output");
    let quoted = output.to_str().expect("UTF-8").replace('\'', r"'\''");
    let mut commands = Commands::start(vec![script(&format!(
        "for u in {{urls}}; do echo \"<$u>\"; done > '{quoted}'"
    ))]);
    let result = run(&mut commands, 3, three());
    assert_eq!(result.columns, Columns::default());
    assert_eq!(
        written(&output),
        "<http://localhost/1?a='b'&c>\n<http://localhost/2?a='b'&c>\n<http://localhost/3?a='b'&c>\n"
    );
}

#[test]
fn a_failing_command_fails_every_request_with_its_last_lines() {
    let cases = [
        ("false #", "exited with 1 and wrote nothing to stderr"),
        ("echo no such host >&2; exit 22 #", "exited with 22: no such host"),
        ("printf 'bar\\rfirst\\n\\n  then\\n' >&2; exit 3 #", "exited with 3:\nbar\nfirst\n  then"),
        ("kill -9 $$ #", "was killed by signal 9 and wrote nothing to stderr"),
        (
            "seq 10000 >&2; exit 3 #",
            "exited with 3:\n9993\n9994\n9995\n9996\n9997\n9998\n9999\n10000",
        ),
    ];
    for (text, message) in cases {
        let mut commands = Commands::start(vec![script(&format!("{text} {{urls}}"))]);
        let result = run(&mut commands, 2, three());
        assert_eq!(result.kinds(2), [Some(FailureKind::Code); 2], "{text}");
        assert_eq!(result.message(1), message);
        assert_eq!(Columns { error: None, ..result.columns }, Columns::default());
        commands.driver.end().expect("ends without error");
    }
}

#[test]
fn work_null_runs_the_null_command() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = folder.path().join("output");
    let touch = |name: &str| {
        ["touch", output.with_file_name(name).to_str().expect("UTF-8")].map(str::to_owned).to_vec()
    };
    let spec = CommandSpec { words: touch("batch"), null: Some(touch("null")), ..words("it", &[]) };
    let mut commands = Commands::start(vec![spec]);
    commands.driver.prepare(preparation("command/it", "work=null", three()));
    assert_eq!(commands.driver.trial(3).columns, Columns::default());
    assert!(output.with_file_name("null").exists() && !output.with_file_name("batch").exists());
    commands.driver.prepare(preparation("command/it", "work=batch", three()));
    commands.driver.trial(3);
    assert!(output.with_file_name("batch").exists());
}

#[test]
fn the_time_limit_kills_the_command_and_its_descendants() {
    let folder = tempfile::tempdir().expect("a folder");
    let pids = folder.path().join("pids");
    let path = pids.to_str().expect("UTF-8");
    // A child, one that has left its parent, and one in a session of its own.
    let text = format!(
        "sleep 600 & echo $! >> {path}; (sleep 601 & echo $! >> {path}); \
         setsid sh -c 'echo $$ >> {path}; exec sleep 602' & wait #{{urls}}"
    );
    let mut commands = Commands::start(vec![script(&text)]);
    let mut limit = Span::from_millis(100);
    // The limit grows until the machine starts all three within it.
    let started = wait_for("the command starts three processes within its limit", || {
        limit = limit + limit;
        let _ = fs::remove_file(&pids);
        let result = run(&mut commands, 2, Target { time_limit: limit, ..three() });
        assert_eq!(result.kinds(2), [Some(FailureKind::Timeout); 2]);
        assert_eq!(
            result.message(0),
            format!("the trial reached its time limit of {} ms", limit.as_nanos() / 1_000_000)
        );
        let started: Vec<String> = written(&pids).lines().map(str::to_owned).collect();
        (started.len() == 3).then_some(started)
    });
    for pid in started {
        assert!(!Path::new("/proc").join(&pid).exists(), "{pid} is still there");
    }
    commands.driver.end().expect("ends without error");
}

#[test]
fn kills_the_processes_that_a_command_leaves_behind() {
    let folder = tempfile::tempdir().expect("a folder");
    let pid = folder.path().join("pid");
    let text = format!("sleep 600 & echo $! > {} #{{urls}}", pid.display());
    let mut commands = Commands::start(vec![script(&text)]);
    let result = run(&mut commands, 1, three());
    assert_eq!(result.columns, Columns::default());
    assert!(!Path::new("/proc").join(written(&pid).trim()).exists());
}

#[test]
fn the_end_of_input_ends_the_command() {
    let folder = tempfile::tempdir().expect("a folder");
    let pid = folder.path().join("pid");
    let text =
        format!("echo $$ > {0}.new; mv {0}.new {0}; exec sleep 600 #{{urls}}", pid.display());
    let mut commands = Commands::start(vec![script(&text)]);
    commands.driver.prepare(preparation("command/it", "", three()));
    commands.driver.order(1);
    wait_until("the command has started", || pid.exists());
    let Commands { driver, _alone } = commands;
    assert_eq!(driver.abandon().expect("ends without error"), "");
    let stat = written(&Path::new("/proc").join(written(&pid).trim()).join("stat"));
    assert!(stat.is_empty() || stat.contains(") Z "), "{stat}");
}

#[test]
fn reports_the_usage_of_the_command() {
    // The command runs until it has used two ticks of 10 ms of CPU by the kernel's own account.
    let text = "set -- 0 0; while [ $1 -lt 2 ]; do read -r line < /proc/$$/stat; set -- $line; \
                shift 13; i=0; while [ $i -lt 1000 ]; do i=$((i+1)); done; done #{urls}";
    let mut commands = Commands::start(vec![script(text)]);
    let busy = run(&mut commands, 1, three()).done.usage;
    let used = busy.user.expect("Linux reports it");
    assert!(used >= Span::from_millis(20), "{used}");
    assert!(busy.peak_memory.is_some_and(|bytes| bytes > 100_000));
}

#[test]
fn refuses_what_a_command_cannot_do() {
    let mut commands = Commands::start(vec![
        words("it", &["true", "{urls}"]),
        words("gone", &["no-such-program", "{urls}"]),
        words("secure", &["true", "--cacert={cacert}", "{urls}"]),
    ]);
    let post = || {
        let mut target = three();
        target.requests.edit(|place, request| {
            if place == 1 {
                "POST".clone_into(&mut request.method);
            }
        });
        target
    };
    let mut with_body = three();
    with_body.requests.edit(|_, request| request.body = Some("x".to_owned()));
    let checked = |statuses: &[u16], min_bytes| {
        let checks = Checks { statuses: statuses.to_vec(), min_bytes };
        Target { checks, ..three() }
    };
    let no_file = Target { trust: Trust::Added { path: "/nonexistent/ca.pem".into() }, ..three() };
    let on = |name: &str, target| preparation(&format!("command/{name}"), "", target);
    let cases = [
        (on("other", three()), K::UnknownStrategy, "command/it, command/gone"),
        (preparation("command/it", "work=null", three()), K::BadCondition, "it has none"),
        (on("it", post()), K::Unsupported, "into the command itself"),
        (on("it", with_body), K::Unsupported, "into the command itself"),
        (on("it", checked(&[200, 404], 3)), K::Unsupported, "checks its answers itself"),
        (on("it", checked(&[200], 4)), K::Unsupported, "leave out --expect-status"),
        (on("it", target(vec![get("no url")])), K::BadTarget, "no url"),
        (on("it", no_file), K::BadTarget, "/nonexistent/ca.pem"),
        (on("gone", three()), K::Internal, "the program \"no-such-program\": install it"),
        (on("secure", three()), K::Unsupported, "give one with --cacert"),
    ];
    for (preparation, kind, says) in cases {
        let (refused, message) = commands.refused(preparation);
        assert_eq!(refused, kind, "{message}");
        assert!(message.contains(says), "{message:?} does not say {says:?}");
    }
}

#[test]
fn a_program_that_disappears_is_an_internal_error() {
    let folder = tempfile::tempdir().expect("a folder");
    let program = folder.path().join("program");
    fs::copy("/bin/true", &program).expect("copies");
    let mut commands =
        Commands::start(vec![words("it", &[program.to_str().expect("UTF-8"), "{urls}"])]);
    commands.driver.prepare(preparation("command/it", "", three()));
    fs::remove_file(&program).expect("removes");
    commands.driver.order(1);
    let Reply::Error(error) = commands.driver.receive() else { panic!("it result") };
    assert_eq!(error.kind, K::Internal);
    assert!(error.message.contains("cannot start the command"), "{}", error.message);
}

#[test]
fn a_command_gets_a_user_name_in_the_headers_or_else_in_the_urls() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = folder.path().join("output");
    let write = ["sh", "-c", "printf '%s|' \"$@\" > \"$0\"", output.to_str().expect("UTF-8")];
    let mut commands = Commands::start(vec![
        words("it", &[&write[..], &["{urls}"]].concat()),
        words("curl", &[&write[..], &["{headers}", "{urls}"]].concat()),
    ]);
    let header = Header { name: "X-A".to_owned(), value: "1".to_owned() };
    let mut written_by = |name: &str, target: Target| {
        let target = target.with_userinfo(Some("u:p%20w".to_owned()));
        let prepare = preparation(&format!("command/{name}"), "", target);
        let Reply::Ready { facts } = commands.driver.ask(&Command::Prepare(Box::new(prepare)))
        else {
            panic!("not ready");
        };
        commands.driver.trial(1);
        (written(&output), facts.get("headers").cloned())
    };
    let with_user = "http://u:p%20w@localhost/1?a='b'&c|".to_owned();
    assert_eq!(written_by("it", three()), (with_user.clone(), None));
    let with_header = Target { headers: vec![header], ..three() };
    assert_eq!(written_by("it", with_header), (with_user, Some("not sent".to_owned())));
    let with_headers = "-H|Authorization: Basic dTpwIHc=|http://localhost/1?a='b'&c|".to_owned();
    assert_eq!(written_by("curl", three()), (with_headers, None));
}

#[test]
fn a_command_with_the_placeholder_gets_the_certificates() {
    let folder = tempfile::tempdir().expect("a folder");
    let authority = folder.path().join("ca.pem");
    let key = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).expect("a key");
    fs::write(&authority, key.cert.pem()).expect("writes");
    let secure = || Target {
        trust: Trust::Added { path: authority.clone() },
        ..target(vec![get("https://localhost/")])
    };
    let mut commands = Commands::start(vec![
        words("it", &["sh", "-c", "test -s \"$0\"", "{cacert}", "{urls}"]),
        words("own", &["true", "{urls}"]),
    ]);
    let mut trust = |name: &str, target: Target| {
        let prepare =
            Command::Prepare(Box::new(preparation(&format!("command/{name}"), "", target)));
        match commands.driver.ask(&prepare) {
            Reply::Ready { facts } => facts,
            other => panic!("not ready: {other:?}"),
        }
    };
    assert_eq!(trust("own", secure())["trust"], "chosen by the command, which got no file");
    assert_eq!(trust("own", three()), Facts::new());
    assert_eq!(trust("it", secure())["trust"], "chosen by the command, which got the given file");
    assert_eq!(commands.driver.trial(1).columns, Columns::default());
}
