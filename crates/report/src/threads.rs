//! What the threads of each arm's client did, by the socket witness.

use evidence::thread_states::{ThreadRole, ThreadState};
use explain::{ArmAnalysis, ThreadGroup};

use crate::beside::{column, millis};
use crate::style::Style;
use crate::table::{self, Align, Cell, Column};
use crate::text;
use words::number::count;
use words::threads::{role, state};

const TITLE: &str = "threads, ms each";

/// The indent of the groups below their arm.
const INDENT: usize = 2;

/// A line for each group of threads; nothing where none was observed.
pub(crate) fn lines(arms: &[&ArmAnalysis], style: Style) -> Vec<String> {
    let shown: Vec<&ArmAnalysis> =
        arms.iter().copied().filter(|arm| !arm.threads.is_empty()).collect();
    let groups: Vec<&ThreadGroup> = shown.iter().flat_map(|arm| &arm.threads).collect();
    if groups.is_empty() {
        return Vec::new();
    }
    let columns = columns(&groups);
    let indented = |line: String| format!("{:INDENT$}{line}", "");
    let mut rows: Vec<Vec<String>> = if table::table_width(&columns) + INDENT <= style.columns() {
        table::lines(&columns, style).into_iter().map(|line| vec![line]).collect()
    } else {
        table::entries(&columns, style.columns() - INDENT)
    };
    let headings = rows.remove(0);
    let mut lines = vec![TITLE.to_owned()];
    lines.extend(headings.into_iter().map(indented));
    let mut rows = rows.into_iter();
    for arm in shown {
        lines.extend(text::break_name(&arm.label.0, style.columns()));
        let of_arm = rows.by_ref().take(arm.threads.len()).flatten();
        lines.extend(of_arm.map(indented));
    }
    lines
}

/// The figures of these groups; states in which no thread was are left out.
fn columns(groups: &[&ThreadGroup]) -> Vec<Column> {
    let named = |group: &&ThreadGroup| Cell::new(threads(group.role, group.threads));
    let mut columns = vec![column(Align::Left, "", groups.iter().map(named))];
    let is_shown = |state: &ThreadState| groups.iter().any(|group| group.seconds[*state] > 0.0);
    columns.extend(ThreadState::ALL.into_iter().filter(is_shown).map(|of_state| {
        millis(state(of_state), groups.iter().map(|group| Some(group.seconds[of_state])))
    }));
    columns
}

/// `1 event loop`, `8 senders`.
fn threads(of_role: ThreadRole, threads: f64) -> String {
    let count = count(threads);
    let plural = if count == "1" { "" } else { "s" };
    format!("{count} {}{plural}", role(of_role))
}

#[cfg(test)]
mod tests {
    use super::*;
    use insta::assert_snapshot;
    use model::recording::StopReason;
    use model::socket::ThreadWait::{Child, InterpreterLock, Lock, Lookup, Network, Sleep};
    use test_support::sample::Sample;
    use test_support::sample::client_threads::{client_thread, client_threads, written_request};

    fn shown(width: usize) -> String {
        let mut sample = Sample::new(&[("own/x", 2), ("own/y", 2)]);
        sample.block(&[("own/y@2", 60), ("own/x@2", 100)]);
        let threads = vec![
            client_thread(0, 100, &[(Lock, 5, 95), (Sleep, 95, 98), (Child, 98, 99)]),
            client_thread(1, 5, &[(Lookup, 1, 5)]),
            client_thread(5, 95, &[(Network, 10, 40), (InterpreterLock, 40, 60)]),
            client_thread(5, 95, &[(Network, 10, 40), (InterpreterLock, 60, 90)]),
        ];
        let requests = vec![written_request(0, 2, 8, 40), written_request(1, 3, 8, 40)];
        sample.last_trial().socket = Some(Box::new(client_threads(threads, requests)));
        let analysis = explain::analyse(&sample.end(StopReason::Blocks));
        let arms: Vec<&ArmAnalysis> = analysis.arms.iter().collect();
        lines(&arms, Style { width, ..Style::default() }).join("\n")
    }

    #[test]
    fn shows_what_each_group_of_threads_did() {
        assert_snapshot!(shown(100), @"
        threads, ms each
                          running  network  sleep   GIL  lock  child  lookup
        own/x
          2 senders          35.0     30.0   0.00  25.0   0.0   0.00    0.00
          1 main thread       6.0      0.0   3.00   0.0  90.0   1.00    0.00
          1 other thread      0.0      0.0   0.00   0.0   0.0   0.00    4.00
        ");
        assert_snapshot!(shown(60), @"
        threads, ms each
        own/x
          2 senders · running 35.0 · network 30.0 · sleep 0.00
          GIL 25.0 · lock 0.0 · child 0.00 · lookup 0.00
          1 main thread · running 6.0 · network 0.0 · sleep 3.00
          GIL 0.0 · lock 90.0 · child 1.00 · lookup 0.00
          1 other thread · running 0.0 · network 0.0 · sleep 0.00
          GIL 0.0 · lock 0.0 · child 0.00 · lookup 4.00
        ");
    }
}
