//! `batchmark doctor`: what this machine offers to a measurement, what it lacks, and what to type then. It
//! measures nothing, and finding that something is missing is no failure.

use std::path::Path;
use std::process::{Command, Stdio};

use report::printer::style;
use runner::process_groups::ProcessGroups;
use runner::socket_recorders::SocketRecorders;
use socket_witness::{Library, NoLibrary};
use words::checkup::{
    Checkup, OpenFiles, Point, Sockets, Watched, absent_program, host, installed_program, machine,
    sockets,
};

use crate::arguments::DoctorArguments;
use crate::catalogue::{Catalogue, HostContext};
use crate::exit::Exit;
use crate::hosts::{self, Carried, Host};
use crate::interrupt;
use crate::output::OutputFile;
use crate::planning::connections_within;
use crate::private_folder::PrivateFolder;
use crate::secrets::SecretCollector;

/// Looks at the machine, the programs and the socket witness, and prints what was found.
///
/// # Errors
/// If an argument is wrong, the JSON cannot be written, or Ctrl-C cannot be caught.
pub fn doctor(arguments: &DoctorArguments) -> anyhow::Result<Exit> {
    let json = OutputFile::requested(arguments.json.as_deref(), "json")?;
    let checkup = Checkup::new(env!("CARGO_PKG_VERSION"), points(arguments)?);
    let secrets = SecretCollector::of_hosts(&arguments.hosts);
    let hide = |text: String| secrets.secrets().hide(&text).into_owned();
    match json {
        Some(file) => file.write(&hide(words::json::pretty(&checkup)))?,
        None => report::printer::print(&hide(report::doctor(&checkup, style())))?,
    }
    Ok(Exit::Success)
}

fn points(arguments: &DoctorArguments) -> anyhow::Result<Vec<Point>> {
    let (private, memory) = (PrivateFolder::default(), PrivateFolder::in_memory());
    let (remove, remove_memory) = (private.remover(), memory.remover());
    interrupt::end_at_once(move || {
        remove();
        remove_memory();
    })?;
    let (carried, groups) = (Carried::to(private.clone()), ProcessGroups::default());
    let hosts = hosts::all(&arguments.hosts)?;
    let environment = runner::environment::gather(env!("CARGO_PKG_VERSION"));
    let mut points = machine(&environment, open_files());
    let context = HostContext { carried: &carried, private: &private, groups: &groups };
    let catalogue = Catalogue::start_all(&hosts, context);
    points.extend(programs(&catalogue));
    points.extend(sockets(&watch(&catalogue, &hosts, context, &memory)));
    Ok(points)
}

fn open_files() -> Option<OpenFiles> {
    let allowed = host::files::raise_limit()?;
    Some(OpenFiles { allowed, connections: connections_within(allowed) })
}

/// The hosts with their libraries, what they lack, and curl.
fn programs(catalogue: &Catalogue) -> Vec<Point> {
    let there = catalogue
        .drivers
        .iter()
        .flat_map(|driver| host(&driver.host, &driver.program.to_string_lossy(), &driver.hello));
    let absent = catalogue.absent.iter();
    let absent = absent.map(|it| absent_program(&it.host, &it.absence.reason, &it.absence.remedy));
    there.chain(absent).chain([curl()]).collect()
}

/// curl, the program that is measured as a command most often.
fn curl() -> Point {
    const NAME: &str = "curl";
    const REMEDY: &str =
        "install curl (on Debian and Ubuntu: apt install curl), to measure it with --command";
    let Some(program) = hosts::on_path(Path::new(NAME)) else {
        return absent_program(NAME, "there is no program curl on PATH", REMEDY);
    };
    let version = Command::new(&program).arg("--version").stdin(Stdio::null()).output();
    let text = version.map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
    // Behind it, in parentheses, is the system that it was built for, then the libraries.
    let line = text.as_deref().unwrap_or_default().lines().next();
    match line.and_then(|line| line.split(" (").next()) {
        Some(version) => installed_program(NAME, &format!("{}: {version}", program.display())),
        None => {
            let reason = format!("{} does not say its version", program.display());
            absent_program(NAME, &reason, REMEDY)
        }
    }
}

/// Starts the driver of each host with the library of the socket witness, and sees whether it is loaded.
fn watch(
    catalogue: &Catalogue,
    hosts: &[Box<dyn Host>],
    context: HostContext<'_>,
    memory: &PrivateFolder,
) -> Sockets {
    let unusable = |error: std::io::Error| {
        Sockets::Unusable(format!("its library or its buffer cannot be written: {error}"))
    };
    let folders = context.private.path().and_then(|private| Ok((private, memory.path()?)));
    let (private, memory) = match folders {
        Ok(folders) => folders,
        Err(error) => return unusable(error),
    };
    let recorders = match Library::write_to(&private) {
        Ok(library) => SocketRecorders::new(library, memory),
        Err(NoLibrary::NotBuilt) => return Sockets::NotBuilt,
        Err(NoLibrary::Io(error)) => return unusable(error),
    };
    let watched = catalogue.drivers.iter().map(|driver| {
        let is_seen = recorders.watches(&driver.command, context.groups)?;
        let host = hosts.iter().find(|host| host.name() == driver.host);
        let client = host.and_then(|host| host.client());
        Ok(Watched { host: driver.host.clone(), client, is_seen })
    });
    watched.collect::<Result<_, _>>().map_or_else(unusable, Sockets::Tried)
}
