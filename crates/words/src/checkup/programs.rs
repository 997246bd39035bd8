//! The points about programs and libraries. What is missing, and how to get it, their hosts say.

use model::driver_protocol::{DriverHello, MissingStrategy};

use super::{Point, Remedy, State, Topic};

/// A host that answered, and the strategies of its libraries that are missing.
pub fn host(name: &str, program: &str, hello: &DriverHello) -> Vec<Point> {
    let found = Point { versions: hello.versions.clone(), ..point(name, program) };
    std::iter::once(found).chain(MissingGroup::all(&hello.missing).map(missing)).collect()
}

/// A program that cannot be used: why, and what to do about it.
pub fn absent_program(name: &str, reason: &str, advice: &str) -> Point {
    point(name, reason).with_remedy(State::Missing, Remedy::advice(advice))
}

/// A program that can be measured as a command.
pub fn installed_program(name: &str, version: &str) -> Point {
    point(name, version)
}

fn point(name: &str, found: impl Into<String>) -> Point {
    Point::good(Topic::Programs, name, found)
}

fn missing(group: MissingGroup<'_>) -> Point {
    point(&group.names.join(", "), group.reason)
        .with_remedy(State::Missing, Remedy::command(group.remedy))
}

/// Strategies that are missing for the same reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissingGroup<'a> {
    /// Their names.
    pub names: Vec<&'a str>,
    /// What is missing.
    pub reason: &'a str,
    /// What to type to get it.
    pub remedy: &'a str,
}

impl<'a> MissingGroup<'a> {
    /// The groups of missing strategies, in their order.
    pub fn all(missing: &'a [MissingStrategy]) -> impl Iterator<Item = Self> {
        let alike = |one: &MissingStrategy, other: &MissingStrategy| {
            (&one.reason, &one.remedy) == (&other.reason, &other.remedy)
        };
        missing.chunk_by(alike).map(|group| Self {
            names: group.iter().map(|missing| missing.name.as_str()).collect(),
            reason: &group[0].reason,
            remedy: &group[0].remedy,
        })
    }
}

#[cfg(test)]
mod tests {
    use model::driver_protocol::VERSION;
    use model::time::Moment;

    use super::*;

    fn hello(missing: Vec<MissingStrategy>) -> DriverHello {
        DriverHello {
            protocol: VERSION,
            driver: "python".to_owned(),
            now: Moment::from_nanos(0),
            profiles: true,
            packed: false,
            samples: false,
            versions: Vec::new(),
            strategies: Vec::new(),
            missing,
        }
    }

    fn lacking(name: &str, module: &str) -> MissingStrategy {
        MissingStrategy {
            name: name.to_owned(),
            reason: format!("there is no module {module}"),
            remedy: format!("pip install {module}"),
        }
    }

    #[test]
    fn joins_strategies_that_are_missing_for_the_same_reason() {
        let missing = vec![lacking("a/x", "a"), lacking("a/y", "a"), lacking("b/x", "b")];
        let points = host("python", "/bin/python3", &hello(missing));
        let names: Vec<&str> = points.iter().map(|point| point.name.as_str()).collect();
        assert_eq!(names, ["python", "a/x, a/y", "b/x"]);
        assert_eq!(points[0].found, "/bin/python3");
        assert_eq!(
            (points[1].state, points[1].found.as_str()),
            (State::Missing, "there is no module a")
        );
        assert_eq!(points[1].remedy, Some(Remedy::command("pip install a")));
    }
}
