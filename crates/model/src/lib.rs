//! The shared types and their serialized forms.
//!
//! What is measured (`target`, `strategy`, `arm`, `link`, `experiment`, `plan`), what was observed
//! (`trace` and `profile` by the client, `witness` by the endpoint), how processes communicate (`driver_protocol`,
//! `endpoint_protocol`) and what is kept (`recording`), without what must not be kept (`secrets`).
//! `sampling` is what is kept of the largest trials, `packed` the compact form of long lists, and `schema` describes the JSON.
//!
//! Nothing here opens a socket or reads a clock: a value means the same on another machine.

pub use closed_list::{self as list, by_name, closed_list};

pub mod arm;
pub mod byte_size;
pub mod driver_protocol;
pub mod endpoint_protocol;
pub mod environment;
pub mod experiment;
pub mod facts;
pub mod failure;
pub mod http_version;
pub mod index;
pub mod json_lines;
pub mod link;
pub mod packed;
pub mod parallel;
pub mod phase;
pub mod plan;
pub mod profile;
pub mod recording;
pub mod sampling;
pub mod schema;
pub mod secrets;
pub mod socket;
pub mod strategy;
pub mod target;
pub mod time;
pub mod trace;
pub mod trial;
pub mod witness;
