//! Commands for child processes. Their environment contains only the variables listed here: this process's environment
//! contains secrets, which the account of the cluster could read in `/proc`.

use std::{env, ffi::OsStr, process::Command};

/// Variables for every program: search paths of programs and libraries, and the time zone of a new cluster.
const FOR_ALL: [&str; 3] = ["PATH", "LD_LIBRARY_PATH", "TZ"];

/// Variables for pip besides its own `PIP_…`: cache and temporary files, proxies and certificates.
const FOR_PIP: [&str; 11] = [
    "HOME",
    "TMPDIR",
    "XDG_CACHE_HOME",
    "http_proxy",
    "https_proxy",
    "no_proxy",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "REQUESTS_CA_BUNDLE",
    "SSL_CERT_FILE",
];

/// A command with its own environment.
pub(super) fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command.env_clear().env("LC_ALL", "C");
    pass_on(&mut command, |name| FOR_ALL.contains(&name));
    command
}

/// A command for Python, whose pip reads the user's settings.
pub(super) fn python() -> Command {
    let mut command = command("python3");
    pass_on(&mut command, |name| FOR_PIP.contains(&name) || name.starts_with("PIP_"));
    command
}

fn pass_on(command: &mut Command, is_passed: impl Fn(&str) -> bool) {
    command.envs(env::vars_os().filter(|(name, _)| name.to_str().is_some_and(&is_passed)));
}
