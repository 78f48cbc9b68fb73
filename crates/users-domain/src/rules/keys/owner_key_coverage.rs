//! How long an application has an OWNER key.

use crate::model::{ApiKey, KeyKind, Role, Timestamp};

/// The time until which some OWNER key is accepted if no key changes. A later time is greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum OwnerKeyCoverage {
    /// There is no OWNER key.
    Ownerless,
    /// Until this time.
    Until(Timestamp),
    /// Without end.
    Lasting,
}

impl OwnerKeyCoverage {
    /// The coverage by these keys, all of which are accepted now.
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
