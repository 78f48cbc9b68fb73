//! The settings of work in portions: deleting all users, and erasing users whose retention period has ended.

use std::time::Duration;

use users_domain::service::PurgePace;

use super::reader::{Noted, Reader};
use super::sections::MINUTE_MS;

/// Deleting all users of an application.
#[derive(Debug)]
pub struct DeleteAll {
    /// How long one request deletes users.
    pub time_budget: Duration,
    /// Users per transaction.
    pub chunk_users: usize,
}

impl DeleteAll {
    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, Noted> {
        let time_budget = reader.milliseconds("delete_all_time_budget_ms", 1..=10 * MINUTE_MS);
        let chunk_users = reader.count("delete_chunk_users", 1..=100);
        Ok(Self {
            time_budget: time_budget?,
            chunk_users: chunk_users?,
        })
    }
}

/// When users whose retention period has ended are erased, and how many at a time.
#[derive(Debug, Clone, Copy)]
pub struct Purge {
    /// Time from the end of a run to the start of the next; `None`: users are erased only by the command.
    pub period: Option<Duration>,
    /// The size of one transaction.
    pub pace: PurgePace,
}

impl Purge {
    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, Noted> {
        let period = reader.seconds("purge_period_seconds", 0..=7 * 86_400);
        let most_users = reader.count("purge_most_users", 1..=10_000);
        let target = reader.milliseconds("purge_target_ms", 1..=5_000);
        let (period, target) = (period?, target?);
        Ok(Self {
            period: (!period.is_zero()).then_some(period),
            pace: PurgePace {
                most_users: most_users?,
                target_millis: u64::try_from(target.as_millis()).unwrap_or(u64::MAX),
            },
        })
    }
}
