//! What an operator is told of a destination: once when it starts to fail, once when it recovers, once when it is turned
//! off. Never an address or a body.

use users_domain::model::DestinationId;
use users_domain::model::webhooks::{Answer, Breaker, DisabledReason, LaneHealth, TransportError};

/// Tells what an answer changed.
pub(super) fn tell(
    destination: DestinationId,
    before: &LaneHealth,
    after: &LaneHealth,
    answer: Answer,
) {
    match (before.breaker, after.breaker) {
        (Breaker::Closed, Breaker::Open { until, .. }) => tracing::warn!(
            %destination,
            %until,
            status = answer.status_code(),
            reason = answer.transport_error().map(TransportError::as_str),
            "a webhook destination fails: attempts are held back"
        ),
        (Breaker::Open { openings: less, .. }, Breaker::Open { until, openings })
            if openings > less =>
        {
            tracing::debug!(%destination, %until, openings, "a webhook destination still fails");
        }
        (Breaker::Open { .. }, Breaker::Closed) => {
            tracing::info!(%destination, "a webhook destination answers again");
        }
        (Breaker::Open { .. }, Breaker::Open { .. }) | (Breaker::Closed, Breaker::Closed) => {}
    }
}

/// Tells that nothing more is sent.
pub(super) fn tell_disabled(
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

/// Tells that nothing can be signed with some secrets.
pub(super) fn tell_sealed(destination: DestinationId, sealed: usize) {
    tracing::error!(%destination, sealed, "secrets of a webhook destination cannot be opened with the keys at hand");
}
