//! The purposes of derived keys and their HKDF labels. A label must never be changed or reused: data sealed under the
//! old label could no longer be opened.

/// Purpose of a derived key. Keys of different purposes are independent of each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Pagination cursors.
    Cursor,
    /// Secrets stored in the database, such as those of webhook destinations.
    Sealing,
}

impl Purpose {
    /// Every purpose.
    pub const ALL: [Self; 2] = [Self::Cursor, Self::Sealing];

    /// The `info` of HKDF-Expand. The version covers the whole construction, not only the label.
    pub(crate) const fn label(self) -> &'static [u8] {
        match self {
            Self::Cursor => b"users-service/v1/cursor",
            Self::Sealing => b"users-service/v1/sealing",
        }
    }
}

#[cfg(test)]
mod tests;
