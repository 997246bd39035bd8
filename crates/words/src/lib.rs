//! Every sentence that people read, and the one formatter of numbers.
//!
//! `number` writes figures, `list` writes counts and lists. `answer`, `bottleneck`, `caveats`, `ending`,
//! `failures`, `findings`, `gap`, `kept_session`, `law` and `tried` put those parts of an analysis into sentences;
//! `charge` names what time is charged to, `checkup` is about this machine, `pictures` are the notes of pictures;
//! `document` is the JSON of `--json`, `json` writes it; `pages` are the pages of findings and caveats; `compare` is about two recordings, `merge` about
//! those of several places, `whatif` about predictions, `waterfall` about single trials, `live` about a run that is not over. This crate decides nothing: it puts values that others
//! computed into words.

pub mod answer;
pub mod bottleneck;
pub mod caveats;
pub mod charge;
pub mod checkup;
pub mod compare;
pub mod document;
pub mod ending;
pub mod failures;
pub mod findings;
pub mod gap;
pub mod json;
pub mod kept_session;
pub mod law;
pub mod list;
pub mod live;
pub mod merge;
pub mod number;
pub mod pages;
pub mod pictures;
pub mod threads;
pub mod tried;
pub mod waterfall;
pub mod whatif;
