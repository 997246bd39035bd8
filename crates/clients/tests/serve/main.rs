//! The driver as its runner sees it: commands in, replies out, against servers with scripted
//! answers.

mod any_command;
mod batches;
mod commands;
mod failures;
mod harness;
mod interim_responses;
mod reqwest;
mod server;
mod sessions;
mod sleeps;
