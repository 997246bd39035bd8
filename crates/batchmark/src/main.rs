//! The entry point: turns the result into an exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    match batchmark::run(std::env::args_os()) {
        Ok(exit) => exit.into(),
        Err(error) => batchmark::exit::failed(&error).into(),
    }
}
