//! The hosts: programs that serve strategies, each with a driver behind the same protocol.
//!
//! `builtin` is this program, `python` and `node` are interpreters on this machine, `go` and `java` are
//! compilers with their runtimes, `own_code` is a file of the user, `commands` are commands of the user. A
//! host knows how its driver is started, or why it cannot be and what to do; the driver itself states what it
//! offers. The program carries the sources of the drivers (`carried`).

mod arguments;
mod builtin;
mod carried;
mod command_files;
mod commands;
mod compiled;
mod go;
mod host;
mod interpreter;
mod java;
mod node;
mod own_code;
mod python;
mod this_program;

pub use arguments::HostArguments;
pub use carried::Carried;
pub use commands::{BadCommand, ShellUse};
pub use host::Host;
pub(crate) use interpreter::on_path;
pub use own_code::BadOwnCode;
pub(crate) use this_program::endpoint_process;

/// The folders of the user's own strategies.
const FOLDERS: [&str; 2] = [own_code::FOLDER, commands::FOLDER];

/// Whether a host may serve the strategy of this name.
pub fn may_serve(host: &dyn Host, strategy: &str) -> bool {
    let folder = strategy.split_once('/').map(|(folder, _)| folder);
    folder.filter(|_| is_of_user(strategy)) == host.folder()
        && host.client().is_none_or(|client| folder == Some(client))
}

/// Whether a strategy is the user's own code or command.
pub fn is_of_user(strategy: &str) -> bool {
    strategy.split_once('/').is_some_and(|(folder, _)| FOLDERS.contains(&folder))
}

/// Why code or a command of the user cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BadHost {
    /// A file of code.
    #[error(transparent)]
    OwnCode(#[from] BadOwnCode),
    /// A command.
    #[error(transparent)]
    Command(#[from] BadCommand),
}

/// All hosts: first those that know from a name whether they serve it, then those with the fastest start.
///
/// # Errors
/// If a file or a command of the user cannot be used.
pub fn all(arguments: &HostArguments) -> Result<Vec<Box<dyn Host>>, BadHost> {
    let mut hosts = vec![named(HostName::BuiltIn, arguments)];
    hosts.append(&mut read_user_hosts(arguments)?);
    let others = [HostName::Go, HostName::Java, HostName::Python, HostName::Node];
    hosts.extend(others.map(|name| named(name, arguments)));
    Ok(hosts)
}

/// The hosts of the user's code and commands.
///
/// # Errors
/// If a file or a command cannot be used.
pub fn read_user_hosts(arguments: &HostArguments) -> Result<Vec<Box<dyn Host>>, BadHost> {
    let mut hosts: Vec<Box<dyn Host>> = Vec::new();
    if let Some(commands) = commands::UserCommands::read(arguments)? {
        hosts.push(Box::new(commands));
    }
    for typed in &arguments.own {
        hosts.push(Box::new(own_code::OwnCode::read(typed, arguments)?));
    }
    Ok(hosts)
}

/// The user's own code, as it is now.
pub fn own_files(arguments: &HostArguments) -> Vec<model::plan::OwnFile> {
    own_code::recorded(&arguments.own)
}

/// The user's commands, as they are now.
///
/// # Errors
/// If one of them cannot be used.
pub fn own_commands(arguments: &HostArguments) -> Result<Vec<model::plan::OwnCommand>, BadCommand> {
    commands::recorded(arguments)
}

/// The host of libraries with this name.
pub fn named(name: HostName, arguments: &HostArguments) -> Box<dyn Host> {
    match name {
        HostName::BuiltIn => Box::new(builtin::BuiltIn),
        HostName::Python => Box::new(python::Python::new(arguments.python.clone())),
        HostName::Node => Box::new(node::Node::new(arguments.node.clone())),
        HostName::Go => Box::new(go::Go::new(arguments.go.clone())),
        HostName::Java => Box::new(java::Java::new(arguments.java.clone())),
    }
}

/// A host of libraries, as named on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum HostName {
    /// This program.
    BuiltIn,
    /// Python.
    Python,
    /// Node.
    Node,
    /// Go.
    Go,
    /// Java.
    Java,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_hosts_of_a_strategy_by_its_name() {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../drivers/node/driver.mjs");
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
        assert_eq!(serving("go/concurrent"), ["built-in", "go", "python", "node"]);
        assert_eq!(serving("java/async"), ["built-in", "java", "python", "node"]);
        assert_eq!(serving("own/fetch"), [format!("own code {file}")]);
        assert_eq!(serving("command/a"), ["commands"]);
    }
}
