//! The hosts: the programs that serve strategies, each a driver behind the same protocol.
//!
//! `builtin` is this program itself, `python` and `node` are the languages that are found here,
//! `own_code` is a file of the user's own under that Python, `commands` any command. A host says how
//! its driver is started, or why that cannot be and what to type; what it offers, its driver says.
//! What the languages need is `carried` in the program.

mod arguments;
mod builtin;
mod carried;
mod commands;
mod interpreter;
mod node;
mod own_code;
mod python;
mod this_program;

use std::fmt;

use runner::command::ProcessCommand;

pub use arguments::HostArguments;
pub use carried::Carried;
pub use commands::{BadCommand, ShellUse};
pub use own_code::BadOwnCode;
pub(crate) use this_program::endpoint_process;

/// A program that serves strategies.
pub trait Host: fmt::Debug {
    /// What it is called, such as `python`.
    fn name(&self) -> String;

    /// The folder of the strategies that it alone serves, such as `own`; nothing for a host of
    /// libraries, which may serve any other.
    fn folder(&self) -> Option<&'static str> {
        None
    }

    /// How its driver is started.
    ///
    /// # Errors
    /// When something that it needs is not there.
    fn driver(&self, carried: &Carried) -> Result<ProcessCommand, Absence>;

    /// What to type when its driver does not answer.
    fn remedy(&self) -> String;
}

/// The folders of the strategies that a person brings along.
const FOLDERS: [&str; 2] = [own_code::FOLDER, commands::FOLDER];

/// Whether a strategy of this name may be served by a host.
pub fn may_serve(host: &dyn Host, strategy: &str) -> bool {
    let folder = strategy.split_once('/').map(|(folder, _)| folder);
    let folder = folder.filter(|folder| FOLDERS.contains(folder));
    folder == host.folder()
}

/// Why a host is not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Absence {
    /// What it lacks, as a sentence without its end.
    pub reason: String,
    /// What to do about it.
    pub remedy: String,
}

/// A host that is not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AbsentHost {
    /// The host.
    pub host: String,
    /// Why, and what to do about it.
    pub absence: Absence,
}

/// Why what a person brought along cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum BadHost {
    /// A file of code.
    #[error(transparent)]
    OwnCode(#[from] BadOwnCode),
    /// A command.
    #[error(transparent)]
    Command(#[from] BadCommand),
}

/// All hosts, those first that are quick to ask.
///
/// # Errors
/// When a file or a command of the user's own is not what it should be.
pub fn all(arguments: &HostArguments) -> Result<Vec<Box<dyn Host>>, BadHost> {
    let mut hosts = vec![named(HostName::BuiltIn, arguments)];
    hosts.append(&mut brought(arguments)?);
    hosts.push(named(HostName::Python, arguments));
    hosts.push(named(HostName::Node, arguments));
    Ok(hosts)
}

/// The hosts of what a person brings along.
///
/// # Errors
/// When a file or a command of the user's own is not what it should be.
pub fn brought(arguments: &HostArguments) -> Result<Vec<Box<dyn Host>>, BadHost> {
    let mut hosts: Vec<Box<dyn Host>> = Vec::new();
    if let Some(commands) = commands::Commands::read(arguments)? {
        hosts.push(Box::new(commands));
    }
    let python = python::Python::new(arguments.python.clone());
    for typed in &arguments.own {
        hosts.push(Box::new(own_code::OwnCode::read(typed, python.clone())?));
    }
    Ok(hosts)
}

/// The host of libraries that has this name.
pub fn named(name: HostName, arguments: &HostArguments) -> Box<dyn Host> {
    match name {
        HostName::BuiltIn => Box::new(builtin::BuiltIn),
        HostName::Python => Box::new(python::Python::new(arguments.python.clone())),
        HostName::Node => Box::new(node::Node::new(arguments.node.clone())),
    }
}

/// A host of libraries, as it is named on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum HostName {
    /// This program.
    BuiltIn,
    /// The Python that is found here.
    Python,
    /// The Node that is found here.
    Node,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_tells_which_hosts_may_serve_it() {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/src/hosts.rs");
        let arguments = HostArguments {
            own: vec![file.to_owned()],
            commands: vec!["a=true {urls}".to_owned()],
            ..HostArguments::default()
        };
        let hosts = all(&arguments).expect("are read");
        let serving = |strategy: &str| -> Vec<String> {
            let serving = hosts.iter().filter(|host| may_serve(host.as_ref(), strategy));
            serving.map(|host| host.name()).collect()
        };
        assert_eq!(serving("requests/threads"), ["built-in", "python", "node"]);
        assert_eq!(serving("threads"), ["built-in", "python", "node"]);
        assert_eq!(serving("own/fetch"), [format!("own code {file}")]);
        assert_eq!(serving("command/a"), ["commands"]);
    }
}
