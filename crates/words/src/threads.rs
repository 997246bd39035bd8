//! The names of what threads do and what they are there for.

use evidence::thread_states::{ThreadRole, ThreadState};
use model::socket::ThreadWait;

/// A thread of this role, in a few words.
pub const fn role(role: ThreadRole) -> &'static str {
    match role {
        ThreadRole::EventLoop => "event loop",
        ThreadRole::Sender => "sender",
        ThreadRole::Main => "main thread",
        ThreadRole::Other => "other thread",
    }
}

/// What a thread does, as a heading.
pub const fn state(state: ThreadState) -> &'static str {
    match state {
        ThreadState::Running => "running",
        ThreadState::WaitingForCore => "no core free",
        ThreadState::Network => "network",
        ThreadState::Timer => "timer",
        ThreadState::Sleep => "sleep",
        ThreadState::InterpreterLock => "GIL",
        ThreadState::Lock => "lock",
        ThreadState::Child => "child",
        ThreadState::Lookup => "lookup",
        ThreadState::File => "pipe or file",
        ThreadState::Unseen => "unseen call",
        ThreadState::Unknown => "unknown",
    }
}

/// What a thread did while it waited: `waited 306 ms for the interpreter lock`.
pub(crate) fn waited(wait: ThreadWait, time: &str) -> String {
    let what = match wait {
        ThreadWait::Sleep => return format!("slept {time}"),
        ThreadWait::Network => "the network",
        ThreadWait::Timer => "a timer",
        ThreadWait::InterpreterLock => "the interpreter lock",
        ThreadWait::Lock => "a lock",
        ThreadWait::Child => "a child process",
        ThreadWait::Lookup => "a name to be looked up",
        ThreadWait::File => "a pipe or a file",
    };
    format!("waited {time} for {what}")
}
