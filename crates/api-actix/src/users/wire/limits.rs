//! The limits of the domain's types, as `validator` counts them.

use users_domain::model::{DisplayName, Email, FullName, Phone, Profile, Reason, UserTag};

pub(super) const DISPLAY_NAME: u64 = DisplayName::MAX_CHARACTERS as u64;
pub(super) const FULL_NAME: u64 = FullName::MAX_CHARACTERS as u64;
/// Of a first or a last name: with a space between them they are a full name within its limit.
pub(crate) const NAME_PART: u64 = (FULL_NAME - 1) / 2;
pub(super) const EMAIL: u64 = Email::MAX_CHARACTERS as u64;
pub(super) const PHONE: u64 = Phone::MAX_CHARACTERS as u64;
pub(super) const REASON: u64 = Reason::MAX_CHARACTERS as u64;
/// Of e-mail addresses, telephone numbers and countries.
pub(super) const ENTRIES: u64 = Profile::MAX_LIST_ENTRIES as u64;
pub(super) const TAGS: u64 = UserTag::MAX_PER_USER as u64;
/// Of one batch, both lists together.
pub(super) const BATCH: u64 = 1000;
