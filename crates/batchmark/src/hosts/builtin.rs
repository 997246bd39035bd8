//! The host of the built-in strategies: this program.

use runner::command::ProcessCommand;

use super::carried::Carried;
use super::host::Host;
use super::this_program::this_program;
use runner::host_driver::Absence;

/// This program.
#[derive(Debug)]
pub(super) struct BuiltIn;

impl Host for BuiltIn {
    fn name(&self) -> String {
        "built-in".to_owned()
    }

    fn driver(&self, _: &Carried) -> Result<ProcessCommand, Absence> {
        let program = this_program();
        let program = program
            .map_err(|error| Absence { reason: error.to_string(), remedy: self.remedy() })?;
        Ok(ProcessCommand::new(program, &["driver"]))
    }

    fn remedy(&self) -> String {
        "install batchmark again".to_owned()
    }
}
