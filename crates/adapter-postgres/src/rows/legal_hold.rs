//! The legal hold of a user.

use chrono::{DateTime, Utc};
use diesel::prelude::QueryableByName;
use diesel::sql_types::{Nullable, Text, Timestamptz};
use users_domain::model::{LegalHold, Reason, Timestamp};

use super::invalid;
use crate::failure::Failure;

/// Both columns are set or neither is, which a constraint guarantees.
#[derive(QueryableByName)]
pub(super) struct LegalHoldRow {
    #[diesel(sql_type = Nullable<Timestamptz>)]
    legal_hold_since: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<Text>)]
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
