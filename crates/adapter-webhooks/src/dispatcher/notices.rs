//! Log lines about a destination: one each when it starts to fail, when attempts are held back, when it recovers and
//! when it is disabled, and one for each run that gives up on deliveries. Must never log an address or a body.

use users_domain::model::DestinationId;
use users_domain::model::webhooks::{Answer, Breaker, DisabledReason, LaneHealth, TransportError};

/// Number of consecutive failures that is logged even if they are too slow to open the breaker.
const RUN: u32 = 5;

/// Change of a destination's health by one answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Change {
    Fails,
    HeldBack,
    StillHeldBack,
    Recovered,
}

fn change(before: &LaneHealth, after: &LaneHealth) -> Option<Change> {
    let run = |health: &LaneHealth| health.failing.map_or(0, |failing| failing.attempts);
    match (before.breaker, after.breaker) {
        (Breaker::Closed, Breaker::Open { .. }) => Some(Change::HeldBack),
        (Breaker::Open { openings: less, .. }, Breaker::Open { openings, .. }) => {
            (openings > less).then_some(Change::StillHeldBack)
        }
        (Breaker::Open { .. }, Breaker::Closed) => Some(Change::Recovered),
        (Breaker::Closed, Breaker::Closed) => match (run(before), run(after)) {
            (..RUN, RUN..) => Some(Change::Fails),
            (RUN.., 0) => Some(Change::Recovered),
            _ => None,
        },
    }
}

pub(super) fn log_change(
    destination: DestinationId,
    before: &LaneHealth,
    after: &LaneHealth,
    answer: Answer,
) {
    let status = answer.status_code();
    let reason = answer.transport_error().map(TransportError::as_str);
    match change(before, after) {
        Some(Change::Fails) => tracing::warn!(
            %destination, status, reason,
            "a webhook destination fails"
        ),
        Some(Change::HeldBack) => tracing::warn!(
            %destination, status, reason,
            "a webhook destination fails: attempts are held back"
        ),
        Some(Change::StillHeldBack) => {
            tracing::debug!(%destination, status, reason, "a webhook destination still fails");
        }
        Some(Change::Recovered) => {
            tracing::info!(%destination, "a webhook destination answers again");
        }
        None => {}
    }
}

pub(super) fn log_given_up(destination: DestinationId, attempts: u32, answer: Answer) {
    tracing::warn!(
        %destination,
        attempts,
        status = answer.status_code(),
        reason = answer.transport_error().map(TransportError::as_str),
        "a webhook delivery is given up on; more of this destination may follow"
    );
}

pub(super) fn log_disabled(
    destination: DestinationId,
    reason: DisabledReason,
    health: &LaneHealth,
) {
    tracing::warn!(
        %destination,
        reason = reason.as_str(),
        failing_since = health.failing.map(|failing| failing.since.to_string()),
        attempts = health.failing.map(|failing| failing.attempts),
        "a webhook destination is turned off: what happens meanwhile waits"
    );
}

/// Logs that the previous worker did not release the lane.
pub(super) fn log_taken_over(destination: DestinationId, again: usize) {
    tracing::warn!(
        %destination,
        again,
        "a webhook destination was not given back before its lease ended: some events may be sent again"
    );
}

#[cfg(test)]
mod tests;
