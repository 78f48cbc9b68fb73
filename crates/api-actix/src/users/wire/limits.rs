//! The limits of the domain's types, as `validator` counts them.

use users_domain::model::{
    DisplayName, Email, FullName, Metadata, Phone, Profile, Reason, UserTag, VerifiedProfile,
};

pub(super) const DISPLAY_NAME: u64 = DisplayName::MAX_CHARACTERS as u64;
pub(super) const FULL_NAME: u64 = FullName::MAX_CHARACTERS as u64;
/// Of a first or a last name: with a space between them they are a full name within its limit.
pub(crate) const NAME_PART: u64 = (FULL_NAME - 1) / 2;
pub(super) const EMAIL: u64 = Email::MAX_CHARACTERS as u64;
pub(super) const PHONE: u64 = Phone::MAX_CHARACTERS as u64;
pub(super) const REASON: u64 = Reason::MAX_CHARACTERS as u64;
/// Of e-mail addresses, telephone numbers and countries, where they are declared.
pub(super) const ENTRIES: usize = Profile::MAX_LIST_ENTRIES;
/// The same, where what is shown may be sent back: declared and verified ones together.
pub(crate) const SHOWN_ENTRIES: usize = ENTRIES + VerifiedProfile::MAX_LIST_ENTRIES;
pub(super) const TAGS: usize = UserTag::MAX_PER_USER;
/// Of metadata. A value takes 2 bytes (`0,`), so more are longer than any metadata.
pub(super) const METADATA_VALUES: usize = Metadata::MAX_BYTES / 2;
/// Of what a user shows beside its metadata: twenty comments that hold metadata before and after.
pub(super) const SHOWN_VALUES: usize = 128 * 1024;
/// Of one batch, both lists together.
pub(super) const BATCH: usize = 1000;
