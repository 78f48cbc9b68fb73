//! The operating-system account the cluster runs as. Must never let a PostgreSQL program run as root.

use std::{
    env,
    ffi::OsStr,
    fs::DirBuilder,
    os::unix::{
        ffi::OsStrExt,
        fs::{DirBuilderExt, chown},
        process::CommandExt,
    },
    path::Path,
    process::Command,
    time::Duration,
};

use nix::unistd::{User, geteuid};

use super::{EmbeddedError, wait};

/// Accounts that can stand in for root, best first.
const STAND_INS: [&str; 2] = ["postgres", "nobody"];
const PROBE_LIMIT: Duration = Duration::from_secs(10);

/// Who runs the cluster: this process's user, or for root an unprivileged stand-in.
#[derive(Debug, Clone)]
pub(super) struct Account {
    stand_in: Option<User>,
}

impl Account {
    /// # Errors
    ///
    /// [`EmbeddedError::NoAccount`] for root on a system with no stand-in, or where its user cannot be switched to.
    pub(super) fn of_cluster() -> Result<Self, EmbeddedError> {
        if !geteuid().is_root() {
            return Ok(Self { stand_in: None });
        }
        let found = STAND_INS
            .iter()
            .find_map(|name| User::from_name(name).ok().flatten());
        let Some(user) = found.filter(|user| !user.uid.is_root()) else {
            return Err(EmbeddedError::NoAccount(format!(
                "there is no user {} to run it as",
                STAND_INS.join(" or ")
            )));
        };
        let name = user.name.clone();
        let account = Self {
            stand_in: Some(user),
        };
        match wait::run(&mut account.command("true"), PROBE_LIMIT) {
            Ok(_) => Ok(account),
            Err(source) => Err(EmbeddedError::NoAccount(format!(
                "programs cannot be run as {name} ({source})"
            ))),
        }
    }

    /// A command that runs as this account, in `/`, without the environment variables that steer PostgreSQL.
    pub(super) fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command.current_dir("/").env("LC_ALL", "C");
        for (name, _) in env::vars_os().filter(|(name, _)| name.as_bytes().starts_with(b"PG")) {
            command.env_remove(name);
        }
        if let Some(user) = &self.stand_in {
            // Supplementary groups of root are dropped by the standard library together with the switch.
            command.uid(user.uid.as_raw()).gid(user.gid.as_raw());
        }
        command
    }

    /// Whether this account can reach what is inside `dir`: tried for real, for access lists and mounts know more than mode bits.
    pub(super) fn can_enter(&self, dir: &Path) -> bool {
        let Some(user) = &self.stand_in else {
            return true;
        };
        tracing::trace!(account = user.name, dir = %dir.display(), "probing");
        let mut probe = self.command("sh");
        probe.args(["-c", "cd -- \"$1\"", "sh"]).arg(dir);
        wait::run(&mut probe, PROBE_LIMIT).is_ok_and(|finished| finished.status.success())
    }

    /// Hands a file or directory to this account.
    pub(super) fn own(&self, path: &Path) -> Result<(), EmbeddedError> {
        let Some(user) = &self.stand_in else {
            return Ok(());
        };
        chown(path, Some(user.uid.as_raw()), Some(user.gid.as_raw()))
            .map_err(EmbeddedError::io("change the owner of", path))
    }

    /// Makes a directory that only this account can use. Fails when something of that name exists, so no link is followed.
    pub(super) fn make_private_dir(&self, path: &Path) -> Result<(), EmbeddedError> {
        DirBuilder::new()
            .mode(0o700)
            .create(path)
            .map_err(EmbeddedError::io("make the directory", path))?;
        self.own(path)
    }

    /// The stand-in's name, when there is one.
    pub(super) fn stand_in_name(&self) -> Option<&str> {
        self.stand_in.as_ref().map(|user| user.name.as_str())
    }
}
