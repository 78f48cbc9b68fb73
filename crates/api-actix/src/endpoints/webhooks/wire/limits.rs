//! The limits of the domain's types, in the types that `validator` needs, and the limits of requests.

use users_domain::model::webhooks::{DestinationLabel, WebhookVersion};

pub(super) const LABEL: u64 = DestinationLabel::MAX_CHARACTERS as u64;
pub(super) const VERSION: u64 = WebhookVersion::MAX_CHARACTERS as u64;
/// The longest time for which old secrets continue to sign, in hours.
pub(crate) const GRACE_HOURS: i64 = 168;
/// The default version of a destination.
pub(crate) const DEFAULT_VERSION: &str = "v3";
/// The largest request body, in bytes; valid bodies are far smaller.
pub(crate) const BODY_BYTES: usize = 64 * 1024;
