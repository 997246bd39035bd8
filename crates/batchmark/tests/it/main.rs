//! The program as users run it: real processes over loopback, their output and their exit codes.

mod bad_input;
mod code_lines;
mod commands;
mod conditions;
mod control;
mod docs;
mod drivers;
mod endpoint;
mod failures;
mod interrupt;
mod leftovers;
mod node;
mod own_code;
mod own_node;
mod package;
mod provision;
mod python;
mod recordings;
mod requests;
mod secrets;
mod sockets;
mod support;
mod three_ways;
mod tried;
mod views;
mod why;
