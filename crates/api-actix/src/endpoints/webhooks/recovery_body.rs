//! Recoveries in response bodies.

use schemars::JsonSchema;
use serde::Serialize;
use users_domain::model::webhooks::{Recovery, RecoveryState};
use users_domain::model::{RecoveryId, Timestamp};

use crate::http::text::{Text, Word};

/// A job that queues finally failed deliveries again.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Recovery")]
pub(super) struct RecoveryBody {
    uuid: Text<RecoveryId>,
    state: Word<RecoveryState>,
    since: Text<Timestamp>,
    /// The number of deliveries that were queued again.
    recovered: u64,
    created_at: Text<Timestamp>,
    finished_at: Option<Text<Timestamp>>,
}

impl From<&Recovery> for RecoveryBody {
    fn from(recovery: &Recovery) -> Self {
        Self {
            uuid: Text(recovery.id),
            state: Word(recovery.state),
            since: Text(recovery.since),
            recovered: recovery.recovered,
            created_at: Text(recovery.created_at),
            finished_at: recovery.finished_at.map(Text),
        }
    }
}
