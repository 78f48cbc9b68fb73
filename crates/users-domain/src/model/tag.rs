//! Tags: labels that an application assigns to users.

use super::digest::digest_of;
use super::names::short_text;
use super::{ApplicationId, KeyName, TagId, Timestamp};

short_text!(
    /// The name of a tag; unique per application, compared exactly.
    TagName,
    64,
    check_name
);

/// Twelve colours on which white text is readable.
const PALETTE: [&str; 12] = [
    "#b42318", "#b54708", "#93370d", "#4f7a21", "#067647", "#107569", "#0e7090", "#026aa2",
    "#175cd3", "#4a1fb8", "#9f1ab1", "#c01048",
];

/// A tag of an application, created when its name is first used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tag {
    /// The application that owns the tag.
    pub application: ApplicationId,
    /// The name.
    pub name: TagName,
    /// Description of the tag; empty until it is set.
    pub description: String,
    /// When the tag was first used.
    pub created_at: Timestamp,
    /// When the tag was last changed.
    pub updated_at: Timestamp,
}

impl Tag {
    /// Creates a tag on its first use.
    #[must_use]
    pub fn first_used(application: ApplicationId, name: TagName, at: Timestamp) -> Self {
        Self { application, name, description: String::new(), created_at: at, updated_at: at }
    }

    /// The id, derived from application and name, so that concurrent first uses create the same tag.
    #[must_use]
    pub fn id(&self) -> TagId {
        let digest = self.digest();
        let mut bytes = [0_u8; 16];
        for (to, from) in bytes.iter_mut().zip(digest) {
            *to = from;
        }
        TagId::new(uuid::Builder::from_custom_bytes(bytes).into_uuid())
    }

    /// The display colour as `#rrggbb`, derived from application and name, so that it is stable.
    #[must_use]
    pub fn color(&self) -> &'static str {
        let last = usize::from(self.digest().last().copied().unwrap_or(0));
        PALETTE.get(last % PALETTE.len()).copied().unwrap_or("#175cd3")
    }

    fn digest(&self) -> [u8; 32] {
        digest_of(&[
            b"users/tag",
            self.application.uuid().as_bytes(),
            self.name.as_str().as_bytes(),
        ])
    }
}

/// A tag on a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserTag {
    /// The tag.
    pub tag: Tag,
    /// The name of the key that added the tag.
    pub added_by: Option<KeyName>,
    /// When the tag was added.
    pub added_at: Timestamp,
}

impl UserTag {
    /// Maximum number of tags per user.
    pub const MAX_PER_USER: usize = 50;
}

#[cfg(test)]
mod tests;
