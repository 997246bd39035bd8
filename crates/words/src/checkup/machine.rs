//! The points about the machine.

use model::environment::Environment;
use model::time::Span;

use super::{Point, Topic};
use crate::list::counted;
use crate::number::{megabytes, millis, plain};

/// A load above this share of the cores slows clients down.
const BUSY: f64 = 0.5;
/// A wake-up that is later than this delays answers visibly.
const LATE: Span = Span::from_nanos(1_000_000);
/// Fewer connections at once than this make common comparisons impossible.
const FEW_CONNECTIONS: u64 = 500;
/// Sources that the processor counts itself, so that reading them costs nanoseconds. Others take a call or a
/// slow device.
const FAST_CLOCKS: [&str; 5] =
    ["tsc", "kvm-clock", "arch_sys_counter", "hyperv_clocksource_tsc_page", "riscv_clocksource"];

/// How many files this process may open, and what that allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenFiles {
    /// The limit.
    pub allowed: u64,
    /// How many connections an arm may have at once with it.
    pub connections: u64,
}

/// What is known of the machine. The limit of open files is none where the system has none or says none.
pub fn machine(environment: &Environment, files: Option<OpenFiles>) -> Vec<Point> {
    let points = [
        Some(system(environment)),
        environment.cores.map(|count| cores(count, environment.cpu.as_deref())),
        environment.memory.map(|bytes| point("memory", megabytes(bytes))),
        environment.load.map(|average| load(average, environment.cores)),
        Some(hypervisor(environment.hypervisor.as_deref())),
        Some(governor(environment.governor.as_deref())),
        Some(clock(environment)),
        environment.wake_lateness.map(wake_up),
        files.map(open_files),
        proxies(&environment.ignored_proxies),
    ];
    points.into_iter().flatten().collect()
}

fn point(name: &str, found: impl Into<String>) -> Point {
    Point::good(Topic::Machine, name, found)
}

fn system(environment: &Environment) -> Point {
    let kernel = environment.kernel.as_deref().unwrap_or("unknown");
    point("system", kernel).noted_if(
        !kernel.starts_with("Linux "),
        "only Linux has exact arrival times, the states of threads and the socket witness",
    )
}

fn cores(count: u32, cpu: Option<&str>) -> Point {
    let cpu = cpu.map(|cpu| format!(" ({cpu})")).unwrap_or_default();
    point("cores", format!("{count}{cpu}")).noted_if(
        count < 2,
        "clients and the embedded endpoint share one core: use a machine with two or more",
    )
}

fn load(average: f64, cores: Option<u32>) -> Point {
    let limit = BUSY * f64::from(cores.unwrap_or(1));
    point("load", format!("{} in the last minute", plain(average)))
        .noted_if(average > limit, "close other programs before you measure")
}

fn hypervisor(name: Option<&str>) -> Point {
    let found = name.map_or("none seen".to_owned(), |name| format!("yes ({name})"));
    point("virtual machine", found).noted_if(
        name.is_some(),
        "other guests may take its cores: repeat a run later before you trust a small difference",
    )
}

fn governor(name: Option<&str>) -> Point {
    point("governor", name.unwrap_or("not shown by the system")).noted_if(
        name.is_some_and(|name| name != "performance"),
        "the clock rate changes with the load; to fix it: sudo cpupower frequency-set -g performance",
    )
}

fn clock(environment: &Environment) -> Point {
    let step = environment.clock_resolution.map(|step| format!("steps of {} ns", step.as_nanos()));
    let source = environment.clock_source.clone();
    let is_slow = source.as_deref().is_some_and(|source| !FAST_CLOCKS.contains(&source));
    let found: Vec<String> = source.into_iter().chain(step).collect();
    let found = if found.is_empty() { "unknown".to_owned() } else { found.join(", ") };
    point("clock", found).noted_if(
        is_slow,
        "each reading of this clock takes long: choose another in \
         /sys/devices/system/clocksource/clocksource0/available_clocksource",
    )
}

fn wake_up(lateness: Span) -> Point {
    point("wake-up", format!("a sleeping thread wakes {} late", millis(lateness.as_secs())))
        .noted_if(lateness > LATE, "close other programs, or use a machine that is not shared")
}

fn open_files(files: OpenFiles) -> Point {
    let connections = usize::try_from(files.connections).unwrap_or(usize::MAX);
    let found =
        format!("{}, enough for {} at once", files.allowed, counted(connections, "connection"));
    point("open files", found)
        .noted_if(files.connections < FEW_CONNECTIONS, "type `ulimit -n 4096` before a run")
}

fn proxies(names: &[String]) -> Option<Point> {
    let found = format!("{} set and ignored", names.join(", "));
    (!names.is_empty()).then(|| point("proxies", found))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checkup::State;

    fn quiet() -> Environment {
        Environment {
            kernel: Some("Linux 6.12".to_owned()),
            cpu: Some("A CPU".to_owned()),
            cores: Some(4),
            memory: Some(8 << 30),
            load: Some(2.0),
            governor: Some("performance".to_owned()),
            clock_source: Some("tsc".to_owned()),
            clock_resolution: Some(Span::from_nanos(20)),
            wake_lateness: Some(Span::from_nanos(60_000)),
            ..Environment::default()
        }
    }

    fn noted(environment: &Environment, files: Option<OpenFiles>) -> Vec<String> {
        let points = machine(environment, files);
        let noted = points.iter().filter(|point| point.state == State::Note);
        noted.map(|point| point.name.clone()).collect()
    }

    #[test]
    fn a_quiet_machine_has_nothing_to_note() {
        let files = OpenFiles { allowed: 4096, connections: 2016 };
        assert_eq!(noted(&quiet(), Some(files)), [""; 0]);
        let found: Vec<String> =
            machine(&quiet(), Some(files)).iter().map(|point| point.found.clone()).collect();
        insta::assert_snapshot!(found.join("\n"), @"
        Linux 6.12
        4 (A CPU)
        8590 MB
        2.00 in the last minute
        none seen
        performance
        tsc, steps of 20 ns
        a sleeping thread wakes 0.060 ms late
        4096, enough for 2016 connections at once
        ");
    }

    #[test]
    fn names_all_that_makes_results_worse() {
        let environment = Environment {
            cores: Some(1),
            load: Some(0.6),
            governor: Some("powersave".to_owned()),
            hypervisor: Some("QEMU".to_owned()),
            clock_source: Some("hpet".to_owned()),
            wake_lateness: Some(Span::from_nanos(2_000_000)),
            ..quiet()
        };
        let files = OpenFiles { allowed: 256, connections: 96 };
        assert_eq!(
            noted(&environment, Some(files)),
            ["cores", "load", "virtual machine", "governor", "clock", "wake-up", "open files"]
        );
    }

    #[test]
    fn says_what_is_not_known_of_another_system() {
        assert_eq!(noted(&Environment::default(), None), ["system"]);
        let macos = Environment { kernel: Some("macos".to_owned()), ..quiet() };
        assert_eq!(noted(&macos, None), ["system"]);
    }

    #[test]
    fn names_proxies_that_are_ignored() {
        let ignored_proxies = vec!["https_proxy".to_owned()];
        let points = machine(&Environment { ignored_proxies, ..quiet() }, None);
        let proxies = points.last().expect("there are points");
        assert_eq!(proxies.found, "https_proxy set and ignored");
    }
}
