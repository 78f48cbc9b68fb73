//! The limits of the domain's types, as `validator` counts them, and those of the calls.

use users_domain::model::webhooks::{DestinationLabel, WebhookVersion};

pub(super) const LABEL: u64 = DestinationLabel::MAX_CHARACTERS as u64;
pub(super) const VERSION: u64 = WebhookVersion::MAX_CHARACTERS as u64;
/// For how long old secrets may sign along, in hours.
pub(crate) const GRACE_HOURS: i64 = 168;
/// The version of a destination whose maker does not say.
pub(crate) const DEFAULT_VERSION: &str = "v3";
/// The largest body of any of the calls, in bytes: all fields at their limits stay far below.
pub(crate) const BODY_BYTES: usize = 64 * 1024;
