//! Finds installed PostgreSQL binaries of a usable version.

use std::{
    collections::HashSet,
    env, fs,
    ops::RangeInclusive,
    path::{Path, PathBuf},
    time::Duration,
};

use super::{Account, child, wait};

/// The major versions on which the SQL is tested.
const MAJORS: RangeInclusive<u32> = 15..=18;
const VERSION_LIMIT: Duration = Duration::from_secs(10);

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Binaries {
    pub(super) bin_dir: PathBuf,
    pub(super) major: u32,
}

impl Binaries {
    pub(super) fn postgres(&self) -> PathBuf {
        self.bin_dir.join("postgres")
    }

    pub(super) fn initdb(&self) -> PathBuf {
        self.bin_dir.join("initdb")
    }

    /// Examines the binaries in a directory.
    ///
    /// # Errors
    ///
    /// The reason why they cannot be used.
    pub(super) fn in_dir(bin_dir: &Path, account: &Account) -> Result<Self, String> {
        let binaries = Self { bin_dir: bin_dir.to_owned(), major: 0 };
        for program in [binaries.postgres(), binaries.initdb()] {
            if !program.is_file() {
                return Err(format!("there is no {}", program.display()));
            }
        }
        // Runs as the cluster's account, which must be able to access and execute the program.
        let finished =
            wait::run(account.command(binaries.postgres()).arg("--version"), VERSION_LIMIT)
                .map_err(|error| format!("postgres cannot be run ({error})"))?;
        let Some(major) = major_in(&finished.output).filter(|_| finished.status.success()) else {
            return Err(format!("postgres --version returned: {}", wait::tail(&finished.output)));
        };
        if !MAJORS.contains(&major) {
            return Err(format!(
                "version {major} is not one of {} to {}",
                MAJORS.start(),
                MAJORS.end()
            ));
        }
        Ok(Self { major, ..binaries })
    }
}

/// All usable installations in order of preference, and the others with the reason why they are skipped.
pub(super) fn installed(account: &Account) -> (Vec<Binaries>, Vec<String>) {
    let mut seen = HashSet::new();
    let dirs = places().into_iter().filter(|dir| dir.join("postgres").is_file());
    let dirs = dirs.filter(|dir| {
        seen.insert(fs::canonicalize(dir.join("postgres")).unwrap_or_else(|_| dir.clone()))
    });
    examine(dirs, account)
}

fn examine(dirs: impl Iterator<Item = PathBuf>, account: &Account) -> (Vec<Binaries>, Vec<String>) {
    let (mut usable, mut skipped) = (Vec::new(), Vec::new());
    for bin_dir in dirs {
        match Binaries::in_dir(&bin_dir, account) {
            Ok(binaries) => usable.push(binaries),
            Err(why) => skipped.push(format!("{}: {why}", bin_dir.display())),
        }
    }
    (usable, skipped)
}

/// The directories to search: those in `PATH`, the one that `pg_config` reports, then the default ones of each system.
fn places() -> Vec<PathBuf> {
    let mut places: Vec<PathBuf> =
        env::var_os("PATH").map(|path| env::split_paths(&path).collect()).unwrap_or_default();
    places.retain(|dir| dir.is_absolute());
    if let Ok(finished) = wait::run(child::command("pg_config").arg("--bindir"), VERSION_LIMIT)
        && finished.status.success()
    {
        places.push(PathBuf::from(finished.output.trim()));
    }
    for major in MAJORS.rev() {
        places.extend([
            format!("/usr/lib/postgresql/{major}/bin").into(),
            format!("/usr/pgsql-{major}/bin").into(),
            format!("/usr/libexec/postgresql{major}").into(),
            format!("/opt/homebrew/opt/postgresql@{major}/bin").into(),
            format!("/usr/local/opt/postgresql@{major}/bin").into(),
            format!("/Applications/Postgres.app/Contents/Versions/{major}/bin").into(),
        ]);
    }
    // Versions that are too old, so that error messages can name them.
    places.extend(
        (10..*MAJORS.start()).rev().map(|major| format!("/usr/lib/postgresql/{major}/bin").into()),
    );
    places
}

/// The first number after the product name: `postgres (PostgreSQL) 15.18 (Debian …)`, `… 18beta1`.
fn major_in(version: &str) -> Option<u32> {
    let (_, number) = version.split_once("(PostgreSQL) ")?;
    number.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

#[cfg(test)]
mod tests;
