//! What keys are derived for. Owns the labels; must never reuse or rename one, or what was sealed no longer opens.

/// What a key is used for. Keys of different purposes are independent of each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Purpose {
    /// Positions in a list that clients carry from page to page.
    Cursor,
    /// Secrets kept in the database, such as those of webhook destinations.
    Sealing,
    /// Keyed digests of values that must not be stored in clear.
    Digest,
    /// Sessions of people at a console.
    Session,
}

impl Purpose {
    /// Every purpose.
    pub const ALL: [Self; 4] = [Self::Cursor, Self::Sealing, Self::Digest, Self::Session];

    /// The `info` of HKDF-Expand. The version covers the whole construction, not only the label.
    pub(crate) const fn label(self) -> &'static [u8] {
        match self {
            Self::Cursor => b"users-service/v1/cursor",
            Self::Sealing => b"users-service/v1/sealing",
            Self::Digest => b"users-service/v1/digest",
            Self::Session => b"users-service/v1/session",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Purpose;
    use crate::key::KEY_ID_LABEL;

    #[test]
    fn no_label_is_another_one_or_the_start_of_it() {
        let labels: Vec<&[u8]> = Purpose::ALL
            .iter()
            .map(|purpose| purpose.label())
            .chain([KEY_ID_LABEL])
            .collect();
        for (at, label) in labels.iter().enumerate() {
            for (other_at, other) in labels.iter().enumerate() {
                assert!(
                    at == other_at || !other.starts_with(label),
                    "{at} and {other_at}"
                );
            }
        }
    }
}
