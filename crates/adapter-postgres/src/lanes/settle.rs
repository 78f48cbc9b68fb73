//! Stores the results of a worker's attempts.

use diesel::PgConnection;
use diesel::sql_types::{BigInt, Bool};
use serde::Serialize;
use users_domain::model::webhooks::{AttemptOutcome, DisabledReason, NextStep, TransportError};
use users_domain::ports::{SettledAttempt, Settlement, SettlementResult};

use crate::failure::Failure;
use crate::numbers::whole_millis;
use crate::rows::{json_of, stored_health, unsigned};
use crate::statement::Statement;

pub(super) fn settle_on(
    connection: &mut PgConnection,
    settlement: &Settlement,
) -> Result<SettlementResult, Failure> {
    const SETTLE: &str = "SELECT still_owner, taken_over, settled_before, unparked
        FROM settle_lane($1, $2, $3::jsonb, $4, $5::jsonb, $6, $7, $8)";
    let tried: Vec<TriedAttempt<'_>> = settlement
        .attempts
        .iter()
        .enumerate()
        .map(|(nth, attempt)| TriedAttempt::of(nth, attempt))
        .collect();
    let only_delivered = settlement.attempts.iter().all(|attempt| attempt.next == NextStep::Done);
    let disable = settlement.disable.map(DisabledReason::as_str);
    let statement = Statement::new(SETTLE)
        .bind(settlement.lane.number())
        .bind(settlement.epoch.number())
        .bind(json_of(&tried)?)
        .bind(only_delivered)
        .bind(stored_health(&settlement.health)?)
        .bind(settlement.not_before)
        .bind(disable.map(str::to_owned))
        .bind(settlement.release);
    let (still_owner, taken_over, settled_before, unparked): (bool, bool, i64, i64) =
        statement.typed_row::<(Bool, Bool, BigInt, BigInt), _>(connection)?;
    Ok(SettlementResult {
        still_owner,
        taken_over,
        settled_before: unsigned("count of attempts", settled_before)?,
        unparked: unsigned("count of deliveries", unparked)?,
    })
}

/// An attempt in the JSON format of `settle_lane`.
#[derive(Serialize)]
struct TriedAttempt<'a> {
    nth: usize,
    id: String,
    queue_seq: i64,
    event_id: String,
    recorded_at: String,
    webhook_type: &'a str,
    number: u32,
    status_code: Option<u16>,
    error: Option<&'static str>,
    duration_ms: i32,
    outcome: &'static str,
    retry_ms: Option<i64>,
}

impl<'a> TriedAttempt<'a> {
    fn of(nth: usize, attempt: &'a SettledAttempt) -> Self {
        let outcome: AttemptOutcome = attempt.next.outcome();
        let delivery = &attempt.delivery;
        Self {
            nth,
            id: attempt.id.to_string(),
            queue_seq: delivery.queue_seq,
            event_id: delivery.message.event.to_string(),
            recorded_at: delivery.recorded_at.to_string(),
            webhook_type: &delivery.message.webhook_type,
            number: delivery.attempt_number(),
            status_code: attempt.answer.status_code(),
            error: attempt.answer.transport_error().map(TransportError::as_str),
            duration_ms: i32::try_from(attempt.duration.as_millis()).unwrap_or(i32::MAX),
            outcome: outcome.as_str(),
            retry_ms: match attempt.next {
                NextStep::Retry { after } => Some(whole_millis(after)),
                NextStep::Done | NextStep::DeadLetter => None,
            },
        }
    }
}
