//! The limits of the domain's types, in the types that `validator` needs.

use users_domain::model::{
    DisplayName, Email, FullName, Metadata, Phone, Profile, Reason, UserTag, VerifiedProfile,
};

pub(super) const DISPLAY_NAME: u64 = DisplayName::MAX_CHARACTERS as u64;
pub(super) const FULL_NAME: u64 = FullName::MAX_CHARACTERS as u64;
/// The longest first or last name: both with a space fit the limit of a full name.
pub(crate) const NAME_PART: u64 = (FULL_NAME - 1) / 2;
pub(super) const EMAIL: u64 = Email::MAX_CHARACTERS as u64;
pub(super) const PHONE: u64 = Phone::MAX_CHARACTERS as u64;
pub(super) const REASON: u64 = Reason::MAX_CHARACTERS as u64;
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
