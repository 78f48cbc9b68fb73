//! How long an application has an OWNER key.

use crate::model::{ApiKey, KeyKind, Role, Timestamp};

/// Until when some OWNER key is accepted, if nobody does anything; later ones are greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum OwnerKeyCoverage {
    /// There is none.
    Ownerless,
    /// Until then.
    Until(Timestamp),
    /// For good.
    Lasting,
}

impl OwnerKeyCoverage {
    /// Of these keys, all of which are accepted now.
    pub(super) fn of<'a>(live: impl IntoIterator<Item = &'a ApiKey>) -> Self {
        let owners = live
            .into_iter()
            .filter(|key| key.kind == KeyKind::Role(Role::Owner));
        owners
            .map(|key| key.ends_at().map_or(Self::Lasting, Self::Until))
            .max()
            .unwrap_or(Self::Ownerless)
    }
}
