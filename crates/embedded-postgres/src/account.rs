//! The operating-system account of the cluster. Must never run a PostgreSQL program as root.

use std::{
    ffi::OsStr,
    fs::{self, DirBuilder},
    os::unix::{
        fs::{DirBuilderExt, MetadataExt, chown},
        process::CommandExt,
    },
    path::Path,
    process::Command,
    time::Duration,
};

use nix::unistd::{User, geteuid};

use super::{EmbeddedError, child, wait};

/// Accounts that replace root, in order of preference.
const STAND_INS: [&str; 2] = ["postgres", "nobody"];
const PROBE_LIMIT: Duration = Duration::from_secs(10);

/// The account that runs the cluster: this process's user, or an unprivileged replacement for root.
#[derive(Debug, Clone)]
pub(super) struct Account {
    stand_in: Option<StandIn>,
}

#[derive(Debug, Clone)]
struct StandIn {
    name: String,
    uid: u32,
    gid: u32,
}

impl Account {
    /// The account for a new cluster.
    ///
    /// # Errors
    ///
    /// [`EmbeddedError::NoAccount`] for root if no replacement exists, or if programs cannot run as it.
    pub(super) fn for_new_cluster() -> Result<Self, EmbeddedError> {
        if !geteuid().is_root() {
            return Ok(Self { stand_in: None });
        }
        let mut users = STAND_INS.iter().filter_map(|name| User::from_name(name).ok().flatten());
        let Some(user) = users.find(|user| !user.uid.is_root()) else {
            let names = STAND_INS.join(" or ");
            return Err(EmbeddedError::NoAccount(format!("there is no user {names} to run it as")));
        };
        Self::standing_in(StandIn {
            name: user.name,
            uid: user.uid.as_raw(),
            gid: user.gid.as_raw(),
        })
    }

    /// The account for an existing cluster: root runs it as the owner of its files. The preferred replacement may have
    /// changed, because installing PostgreSQL adds the user `postgres`.
    pub(super) fn owning(cluster: &Path) -> Result<Self, EmbeddedError> {
        let owner = fs::metadata(cluster).map_err(EmbeddedError::io("look at", cluster))?;
        if !geteuid().is_root() || owner.uid() == 0 {
            return Self::for_new_cluster();
        }
        let user = User::from_uid(owner.uid().into()).ok().flatten();
        let name = user.map_or_else(|| format!("number {}", owner.uid()), |user| user.name);
        Self::standing_in(StandIn { name, uid: owner.uid(), gid: owner.gid() })
    }

    fn standing_in(stand_in: StandIn) -> Result<Self, EmbeddedError> {
        let name = stand_in.name.clone();
        let account = Self { stand_in: Some(stand_in) };
        match wait::run(&mut account.command("true"), PROBE_LIMIT) {
            Ok(_) => Ok(account),
            Err(source) => Err(EmbeddedError::NoAccount(format!(
                "programs cannot be run as the user {name} ({source})"
            ))),
        }
    }

    /// A command that runs as this account, in `/`, with its own environment.
    pub(super) fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = child::command(program);
        command.current_dir("/");
        if let Some(user) = &self.stand_in {
            // The standard library also drops the supplementary groups of root.
            command.uid(user.uid).gid(user.gid);
        }
        command
    }

    /// Whether this account can access the contents of `dir`. Tries it with a child process, because access lists and
    /// mount options matter as well as mode bits.
    pub(super) fn can_enter(&self, dir: &Path) -> bool {
        if self.stand_in.is_none() {
            return true;
        }
        let mut probe = self.command("sh");
        probe.args(["-c", "cd -- \"$1\"", "sh"]).arg(dir);
        wait::run(&mut probe, PROBE_LIMIT).is_ok_and(|finished| finished.status.success())
    }

    /// Makes this account the owner of a file or directory.
    pub(super) fn own(&self, path: &Path) -> Result<(), EmbeddedError> {
        let Some(user) = &self.stand_in else {
            return Ok(());
        };
        chown(path, Some(user.uid), Some(user.gid))
            .map_err(EmbeddedError::io("change the owner of", path))
    }

    /// Creates a directory that only this account can use. Fails if the name exists, so no link is followed.
    pub(super) fn make_private_dir(&self, path: &Path) -> Result<(), EmbeddedError> {
        DirBuilder::new()
            .mode(0o700)
            .create(path)
            .map_err(EmbeddedError::io("make the directory", path))?;
        self.own(path)
    }

    pub(super) fn name(&self) -> &str {
        self.stand_in.as_ref().map_or("of this process", |user| &user.name)
    }
}
