//! The words of `sockets_unseen`.

use explain::caveats::{SocketsUnseen, Unseen, UnseenArm};
use model::arm::ArmName;

use super::parts::{first_that_fits, one_or_count};
use crate::list::counted;

pub(super) const TITLE: &str = "The socket witness did not see all that a client did";

pub(super) const PAGE: &str = "\
# sockets_unseen

The socket witness did not see all that a client did.

## What it means

The batch times are right. What explains them is missing or incomplete: connections, requests and
the states of threads come from a library that is loaded into the client's processes. On your own
server, own code and commands have no other source of milestones.

## How it is detected

All requests of a trial succeeded, and the library saw no connection, in every trial. Or more events
came than its buffer holds; those trials are analysed without the socket witness.

## What to do

- No connection: the program that makes the requests cannot load the library. That is so for a
  statically linked program (most Go programs), one that runs with the rights of another user
  (setuid), one that was built for another C library (musl), and one that is started with an empty
  environment. Use a dynamically linked build, or keep `LD_PRELOAD` and `BATCHMARK_SOCKET_WITNESS`
  in its environment.
- The strategies `go/…`: nothing. Go makes its system calls without the C library. Its own hooks
  (`httptrace`) and the endpoint show its connections and requests; only the states of its threads
  are missing.
- Missing events: use a smaller batch (`-b`).
- If only the times matter, ignore the caveat, or turn the socket witness off (`--no-witness`).
";

pub(super) fn short(SocketsUnseen { arms }: &SocketsUnseen) -> String {
    let name = one_or_count(arms, |unseen| unseen.arm.to_string());
    first_that_fits([
        format!("{name}: not all its system calls were seen"),
        "not all system calls of the clients were seen".to_owned(),
    ])
}

pub(super) fn sentence(SocketsUnseen { arms }: &SocketsUnseen) -> String {
    let named = |unseen: Unseen| {
        let alike = arms.iter().filter(|arm| arm.unseen == unseen).map(|arm| &arm.arm);
        Some(alike.collect::<Vec<&ArmName>>())
            .filter(|arms| !arms.is_empty())
            .map(|arms| list(&arms))
    };
    let blind = named(Unseen::Connections).map(|names| {
        format!(
            "The socket witness saw no connection of {names}: its program is statically linked, runs as \
             another user, or clears its environment, so its connections and threads are unknown."
        )
    });
    let direct = named(Unseen::DirectCalls).map(|names| {
        format!(
            "The socket witness cannot see {names}: Go (with CGO disabled) calls the kernel itself. Its \
             connections are known from httptrace and the endpoint, the states of its threads are not."
        )
    });
    let full = arms.iter().filter_map(missing_events);
    blind.into_iter().chain(direct).chain(full).collect::<Vec<String>>().join(" ")
}

fn missing_events(UnseenArm { arm, unseen }: &UnseenArm) -> Option<String> {
    let Unseen::Events { trials, events } = *unseen else { return None };
    let events = counted(usize::try_from(events).unwrap_or(usize::MAX), "event");
    Some(format!(
        "The socket witness lost {events} of {arm} because its buffer was full: {} without it. Use a \
         smaller batch.",
        match trials {
            1 => "1 trial is analysed".to_owned(),
            many => format!("{many} trials are analysed"),
        }
    ))
}

fn list(names: &[&ArmName]) -> String {
    names.iter().map(ToString::to_string).collect::<Vec<String>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::super::parts::testing::{arm, assert_short, long_arm};
    use super::*;
    use insta::assert_snapshot;

    #[test]
    fn states_what_was_not_seen_and_why() {
        let blind = UnseenArm { arm: arm("command/go@4"), unseen: Unseen::Connections };
        let events = Unseen::Events { trials: 1, events: 12 };
        let full = UnseenArm { arm: long_arm(), unseen: events };
        let mut found = SocketsUnseen { arms: vec![blind] };
        assert_snapshot!(sentence(&found), @"The socket witness saw no connection of command/go@4: its program is statically linked, runs as another user, or clears its environment, so its connections and threads are unknown.");
        assert_snapshot!(short(&found), @"command/go@4: not all its system calls were seen");
        found.arms[0].unseen = Unseen::DirectCalls;
        assert_snapshot!(sentence(&found), @"The socket witness cannot see command/go@4: Go (with CGO disabled) calls the kernel itself. Its connections are known from httptrace and the endpoint, the states of its threads are not.");
        found.arms = vec![full];
        assert_snapshot!(sentence(&found), @"The socket witness lost 12 events of requests/threads:context=shared,session=warm,workers=12@1000#delay because its buffer was full: 1 trial is analysed without it. Use a smaller batch.");
        assert_short(&short(&found));
    }
}
