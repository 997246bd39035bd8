//! Builds the preloaded library. Where there is no `LD_PRELOAD`, or no C compiler for the target, the
//! library is empty and the program says that it has none.

use std::path::PathBuf;
use std::{env, fs, io};

const SOURCE: &str = "preload/witness.c";

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed={SOURCE}");
    let library = PathBuf::from(env::var("OUT_DIR").unwrap_or_default()).join("witness.so");
    let is_linux = env::var("CARGO_CFG_TARGET_OS").is_ok_and(|system| system == "linux");
    if is_linux && is_built(&library) {
        return Ok(());
    }
    fs::write(library, [])
}

fn is_built(library: &PathBuf) -> bool {
    let mut build = cc::Build::new();
    build.opt_level(2).warnings(true).extra_warnings(true).pic(true).std("gnu11");
    let Ok(compiler) = build.try_get_compiler() else { return false };
    let mut command = compiler.to_command();
    command.arg("-shared").arg("-o").arg(library).arg(SOURCE).args(["-ldl", "-lpthread"]);
    match command.status() {
        Ok(status) if status.success() => true,
        outcome => {
            println!("cargo::warning=the socket witness is left out: {outcome:?}");
            false
        }
    }
}
