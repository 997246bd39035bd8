//! What people are shown. Nothing else prints.
//!
//! `sections` lists every part of the report and prints a `View` of it: the `summary`, the full report,
//! or single sections. `table`, `beside`, `estimate`, `text` and `style` lay them out.
//!
//! `html` is the page of a recording for a browser.
//!
//! `progress` shows a run while it goes on, `watch` on a full screen, `strategies`, `doctor`, `driver_check` and `page` answer the
//! subcommands of their names, `whatif` lays out predictions, `compare` two recordings, `merge` those of several places, `waterfall` a single trial, `export` makes
//! files for other programs, and `printer` writes to stdout and stderr.
//!
//! A rendering is a pure function of an analysis and its recording: nothing here measures or computes a
//! statistic. Sentences live in `words`.

mod answer;
mod attribution;
mod beside;
mod bottleneck;
mod caveats;
mod closing;
mod compare;
mod controls;
mod describe;
mod doctor;
mod dose;
mod driver_check;
mod estimate;
pub mod export;
mod failures;
mod fairness;
mod findings;
mod gaps;
mod header;
mod histogram;
pub mod html;
mod latency;
mod law;
mod markdown;
mod merge;
mod page;
mod path;
mod printable;
pub mod printer;
pub mod progress;
mod ratios;
mod search;
mod sections;
mod short_names;
mod starts;
mod strategies;
mod style;
mod summary;
mod table;
mod text;
mod threads;
pub mod watch;
mod waterfall;
mod whatif;

pub use compare::{comparison, comparison_markdown};
pub use doctor::doctor;
pub use driver_check::driver_check;
pub use merge::merge;
pub use page::page;
pub use search::{search, winner};
pub use sections::{Section, View, view};
pub use strategies::strategies;
pub use style::{Colour, Glyphs, Style};
pub use waterfall::waterfall;
pub use whatif::{checks, predictions};
