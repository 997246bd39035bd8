//! The lines of the client's code that a finding's time passes on: `my.py:14 in one() → json.loads`.

use explain::{CodeLine, Finding};

use crate::number::{bare_millis, millis};

/// The lines with their times, the largest first: `my.py:14 in one() → json.loads: 42.0 ms`.
pub fn code_lines(finding: &Finding) -> Vec<String> {
    let line = |line: &CodeLine| format!("{}: {}", place(line), millis(line.seconds));
    finding.lines.iter().map(line).collect()
}

/// The largest line with its part of the size: `my.py:14 in one() → json.loads: 42.0 of 46.0 ms`.
pub fn largest_code_line(finding: &Finding) -> Option<String> {
    let (line, size) = (finding.lines.first()?, finding.size?);
    let (part, whole) = (bare_millis(line.seconds), millis(size.seconds));
    Some(format!("{}: {part} of {whole}", place(line)))
}

/// `my.py:14 in one() → requests.get … load_verify_locations`.
pub fn place(line: &CodeLine) -> String {
    let function = match line.function.as_str() {
        module if module.starts_with('<') => module.to_owned(),
        function => format!("{function}()"),
    };
    let mut place = format!("{}:{} in {function}", line.file, line.line);
    if let Some(library) = &line.library {
        place.push_str(&format!(" → {library}"));
    }
    if let Some(inner) = &line.inner {
        place.push_str(&format!(" … {inner}"));
    }
    place
}
