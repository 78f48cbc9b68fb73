//! Recoveries in response bodies.

use serde::Serialize;
use users_domain::model::webhooks::Recovery;
use users_domain::model::{RecoveryId, Timestamp};

use crate::http::text::Text;

/// A job that queues failed deliveries again.
#[derive(Serialize)]
pub(super) struct RecoveryBody {
    uuid: Text<RecoveryId>,
    state: &'static str,
    since: Text<Timestamp>,
    recovered: u64,
    created_at: Text<Timestamp>,
    finished_at: Option<Text<Timestamp>>,
}

impl From<&Recovery> for RecoveryBody {
    fn from(recovery: &Recovery) -> Self {
        Self {
            uuid: Text(recovery.id),
            state: recovery.state.as_str(),
            since: Text(recovery.since),
            recovered: recovery.recovered,
            created_at: Text(recovery.created_at),
            finished_at: recovery.finished_at.map(Text),
        }
    }
}
