//! Limits on the content of bodies.

use users_domain::model::{FullName, Metadata, Profile, UserTag, VerifiedProfile};

/// The longest first or last name: both with a space fit the limit of a full name.
pub(crate) const NAME_PART: usize = (FullName::MAX_CHARACTERS - 1) / 2;
/// The most declared e-mail addresses, telephone numbers and countries.
pub(super) const ENTRIES: usize = Profile::MAX_LIST_ENTRIES;
/// The same for lists that a client sends back, with declared and verified entries.
pub(crate) const SHOWN_ENTRIES: usize = ENTRIES + VerifiedProfile::MAX_LIST_ENTRIES;
pub(super) const TAGS: usize = UserTag::MAX_PER_USER;
/// The most values in metadata. A value has at least 2 bytes (`0,`), so valid metadata has no more.
pub(super) const METADATA_VALUES: usize = Metadata::MAX_BYTES / 2;
/// The most values in other members of a user: twenty comments with metadata before and after.
pub(super) const SHOWN_VALUES: usize = 128 * 1024;
/// The most users in one batch, both lists together.
pub(super) const BATCH: usize = 1000;
