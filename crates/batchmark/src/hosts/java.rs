//! The host of Java's java.net.http: the JDK on this machine, with the carried driver, which it compiles.

use std::path::{Path, PathBuf};
use std::process::Command;

use runner::command::ProcessCommand;

use super::carried::Carried;
use super::compiled::compiled;
use super::host::Host;
use super::interpreter::on_path;
use runner::host_driver::Absence;

/// How Java runs its compiler. It ends within seconds: optimising its code and collecting its garbage on more
/// threads takes longer than it saves.
const BRIEFLY: [&str; 3] =
    ["-XX:+IgnoreUnrecognizedVMOptions", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"];

/// The named Java, else `java`.
#[derive(Clone, Debug)]
pub(super) struct Java {
    named: Option<PathBuf>,
}

impl Java {
    pub(super) const fn new(named: Option<PathBuf>) -> Self {
        Self { named }
    }

    fn runtime(&self) -> Result<PathBuf, Absence> {
        let name = self.named.as_deref().unwrap_or_else(|| Path::new("java"));
        let location = if self.named.is_none() { " on PATH" } else { "" };
        on_path(name).ok_or_else(|| Absence {
            reason: format!("there is no program {}{location}", name.display()),
            remedy: self.remedy(),
        })
    }
}

impl Host for Java {
    fn name(&self) -> String {
        "java".to_owned()
    }

    fn client(&self) -> Option<&'static str> {
        Some("java")
    }

    fn driver(&self, carried: &Carried) -> Result<ProcessCommand, Absence> {
        let (runtime, sources) = (self.runtime()?, carried.path("java")?);
        // `java Host.java` would compile it again in each process.
        let made = compiled("java", carried, &self.remedy(), |folder| {
            let mut command = Command::new(&runtime);
            command.args(BRIEFLY).args(["-m", "jdk.compiler/com.sun.tools.javac.Main", "-d"]);
            command.arg(folder).arg(sources.join("Host.java"));
            command
        })?;
        let command = ProcessCommand::new(runtime, &["-cp"]).with([made]).with(["Host"]);
        Ok(command.with([sources.join("conditions.json")]))
    }

    fn remedy(&self) -> String {
        "install a JDK of Java 17 or newer (on Debian and Ubuntu: apt install default-jdk-headless), or name its java with --java"
            .to_owned()
    }
}
