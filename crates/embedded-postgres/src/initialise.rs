//! Creates the cluster's files in a temporary directory and renames it when complete, so that an incomplete cluster is
//! never used.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use super::{
    Account, Binaries, Durability, EmbeddedError, EmbeddedOptions, Place,
    secret::{self, Credentials},
    wait,
};

const INITDB_LIMIT: Duration = Duration::from_mins(3);
pub(super) const UNFINISHED: &str = "postgres.unfinished-";

/// `C` is the last choice: it classifies no characters outside ASCII as letters, so text search would not find them.
const LOCALES: [&[&str]; 3] =
    [&["--locale=C.UTF-8"], &["--locale=en_US.UTF-8", "--lc-collate=C"], &["--locale=C"]];

/// The major version that made the cluster; `None` when there is no cluster yet.
pub(super) fn major_of(cluster: &Path) -> Result<Option<u32>, EmbeddedError> {
    let path = cluster.join("PG_VERSION");
    match fs::read_to_string(&path) {
        Ok(text) => text.trim().parse().map(Some).map_err(|_| EmbeddedError::Io {
            action: "understand",
            path,
            source: std::io::Error::new(
                std::io::ErrorKind::InvalidData,
                "it contains no major version",
            ),
        }),
        Err(missing) if missing.kind() == std::io::ErrorKind::NotFound && !cluster.exists() => {
            Ok(None)
        }
        Err(source) => Err(EmbeddedError::Io { action: "read", path, source }),
    }
}

/// Removes the directories of interrupted attempts, whose names have this prefix.
pub(super) fn remove_unfinished(base: &Path, prefix: &str) -> Result<(), EmbeddedError> {
    let entries = fs::read_dir(base).map_err(EmbeddedError::io("list", base))?;
    for entry in
        entries.flatten().filter(|entry| entry.file_name().to_string_lossy().starts_with(prefix))
    {
        if let Err(error) = fs::remove_dir_all(entry.path()) {
            // An initdb that outlived its parent may still be writing; the next start removes the directory.
            tracing::debug!(path = %entry.path().display(), %error, "an unfinished directory cannot be removed yet");
        }
    }
    Ok(())
}

/// Creates the cluster with new passwords.
pub(super) fn create(
    place: &Place,
    account: &Account,
    binaries: &Binaries,
    options: &EmbeddedOptions,
) -> Result<Credentials, EmbeddedError> {
    let credentials = Credentials::generate(&options.database)?;
    let unfinished = place.base().join(format!("{UNFINISHED}{}", secret::random_hex::<4>()?));
    account.make_private_dir(&unfinished)?;
    let password_file = unfinished.join("password");
    secret::write_private(&password_file, &format!("{}\n", credentials.superuser.password))?;
    account.own(&password_file)?;

    let made = initdb(
        &unfinished.join("cluster"),
        &password_file,
        &credentials.superuser.role,
        account,
        binaries,
        options.durability,
    )?;
    // The passwords are saved first: a cluster without passwords would be unusable; passwords without a cluster are
    // replaced.
    credentials.save(&place.credentials())?;
    fs::rename(&made, place.cluster()).map_err(EmbeddedError::io("rename", &made))?;
    fs::remove_dir_all(&unfinished).map_err(EmbeddedError::io("remove", &unfinished))?;
    Ok(credentials)
}

fn initdb(
    target: &Path,
    password_file: &Path,
    superuser: &str,
    account: &Account,
    binaries: &Binaries,
    durability: Durability,
) -> Result<PathBuf, EmbeddedError> {
    let mut output = String::new();
    for locale in LOCALES {
        let mut initdb = account.command(binaries.initdb());
        initdb
            .arg("-D")
            .arg(target)
            .arg("--pwfile")
            .arg(password_file)
            .args(["--username", superuser]);
        initdb
            .args([
                "--auth=scram-sha-256",
                "--encoding=UTF8",
                "--locale-provider=libc",
                "--no-instructions",
            ])
            .args(locale);
        initdb.arg(match durability {
            Durability::Durable => "--data-checksums",
            Durability::ThrowAway => "--no-sync",
        });
        let finished = wait::run(&mut initdb, INITDB_LIMIT)
            .map_err(EmbeddedError::io("run", binaries.initdb()))?;
        if finished.status.success() {
            return Ok(target.to_owned());
        }
        output = finished.output;
        // initdb rejects an unknown locale before it writes any file.
        if !output.contains("invalid locale") {
            break;
        }
    }
    Err(EmbeddedError::Initdb(wait::tail(&output)))
}
