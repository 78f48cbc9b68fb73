//! The legal hold of a user.

use chrono::{DateTime, Utc};
use diesel::prelude::QueryableByName;
use users_domain::model::{LegalHold, Reason, Timestamp};

use super::invalid;
use crate::failure::Failure;
use crate::schema::tables::users;

/// Both columns are set or neither is, which a constraint guarantees.
#[derive(QueryableByName)]
#[diesel(table_name = users)]
pub(super) struct LegalHoldRow {
    legal_hold_since: Option<DateTime<Utc>>,
    legal_hold_reason: Option<String>,
}

impl LegalHoldRow {
    pub(super) fn into_hold(self) -> Result<Option<LegalHold>, Failure> {
        let (Some(since), Some(reason)) = (self.legal_hold_since, self.legal_hold_reason) else {
            return Ok(None);
        };
        Ok(Some(LegalHold {
            since: Timestamp::from_datetime(since),
            reason: Reason::parse(reason).map_err(invalid("legal_hold_reason"))?,
        }))
    }
}
