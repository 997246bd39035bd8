//! The driver as its runner sees it: commands in, replies out, against servers that play a script.

mod batches;
mod harness;
mod server;
