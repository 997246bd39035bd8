//! What people and other programs are shown. Nothing else prints.
//!
//! `sections` lists the sections of a run, put together from `header`, `fairness`, `describe`,
//! `starts`, `ratios`, `gaps`, `controls`, `path`, `latency`, `attribution`, `dose`, `law`,
//! `failures`, `caveats` and `closing`. `table`, `beside`,
//! `estimate`, `text` and `style` are what they are written with.
//!
//! `progress` shows a run while it goes on, `strategies` and `driver_check` answer the subcommands of
//! their names, and `printer` holds the two ways out.
//!
//! A rendering is a pure function of an analysis and its recording: nothing here measures,
//! computes a statistic or decides anything.

mod answer;
mod attribution;
mod beside;
mod caveats;
mod closing;
mod controls;
mod describe;
mod dose;
mod driver_check;
mod estimate;
mod failures;
mod fairness;
mod findings;
mod gaps;
mod header;
mod latency;
mod law;
mod page;
mod path;
pub mod printer;
pub mod progress;
mod ratios;
mod sections;
mod starts;
mod strategies;
mod style;
mod table;
mod text;

pub use driver_check::driver_check;
pub use page::page;
pub use sections::{Section, View, view};
pub use strategies::{Listed, NotThere, strategies};
pub use style::{Colour, Style};
