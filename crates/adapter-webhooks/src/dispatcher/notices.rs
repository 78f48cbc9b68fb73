//! What an operator is told of a destination: once when it starts to fail, once when attempts are held back for it, once
//! when it recovers, once when it is turned off, and that deliveries are given up on. Never an address or a body.

use users_domain::model::DestinationId;
use users_domain::model::webhooks::{Answer, Breaker, DisabledReason, LaneHealth, TransportError};

/// As many failures in a row are told, also where they come too slowly for the breaker.
const RUN: u32 = 5;

/// What an answer changed.
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

/// Tells what an answer changed.
pub(super) fn tell(
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

/// Tells that a delivery was given up on.
pub(super) fn tell_given_up(destination: DestinationId, attempts: u32, answer: Answer) {
    tracing::warn!(
        %destination,
        attempts,
        status = answer.status_code(),
        reason = answer.transport_error().map(TransportError::as_str),
        "a webhook delivery is given up on; more of this destination may follow"
    );
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

/// Tells that the worker before did not give the lane back.
pub(super) fn tell_taken_over(destination: DestinationId, again: usize) {
    tracing::warn!(
        %destination,
        again,
        "a webhook destination was not given back before its lease ended: some events may be sent again"
    );
}

#[cfg(test)]
mod tests {
    use users_domain::model::Timestamp;
    use users_domain::rules::webhooks::health::{healthy, record};

    use super::*;

    fn status(code: u16) -> Answer {
        Answer::Status {
            code,
            retry_after: None,
        }
    }

    /// What is told of these answers, so many seconds between them.
    fn told(answers: &[Answer], seconds: u64) -> Vec<(usize, Change)> {
        let mut health = healthy();
        let mut now = Timestamp::parse("2026-01-01T00:00:00Z").unwrap();
        let mut told = Vec::new();
        for (number, answer) in answers.iter().enumerate() {
            let recorded = record(&health, *answer, now);
            told.extend(change(&health, &recorded.health).map(|change| (number + 1, change)));
            health = recorded.health;
            now = now.plus_millis(seconds * 1_000);
        }
        told
    }

    #[test]
    fn a_destination_that_fails_slowly_is_told_once_and_its_recovery_once() {
        let answers = [[status(500); 8].as_slice(), &[status(200); 8]].concat();
        let expected = [(5, Change::Fails), (9, Change::Recovered)];
        assert_eq!(told(&answers, 3_600), expected);
    }

    #[test]
    fn few_failures_are_nothing_to_tell() {
        let answers = [
            status(500),
            status(500),
            status(500),
            status(500),
            status(200),
        ];
        assert_eq!(told(&answers.repeat(2), 3_600), []);
    }

    #[test]
    fn a_destination_that_is_held_back_is_told_of_that_alone() {
        let refused = Answer::Nothing {
            error: TransportError::NotConnected,
            code: None,
        };
        let answers = [[refused; 5].as_slice(), &[status(200)]].concat();
        let expected = [(5, Change::HeldBack), (6, Change::Recovered)];
        assert_eq!(told(&answers, 3_600), expected);
    }
}
