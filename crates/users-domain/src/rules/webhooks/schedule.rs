//! The retry schedule of deliveries.

use std::time::Duration;

use crate::model::webhooks::{Answer, NextStep, TransportError};

/// The delay of each attempt after the previous one. The first attempt is made immediately; there is none after the
/// last.
pub const DELAYS: [Duration; 11] = [
    Duration::ZERO,
    Duration::from_secs(5),
    Duration::from_mins(1),
    Duration::from_mins(5),
    Duration::from_mins(30),
    Duration::from_hours(2),
    Duration::from_hours(5),
    Duration::from_hours(10),
    Duration::from_hours(14),
    Duration::from_hours(20),
    Duration::from_hours(24),
];

/// A delay grows by a random part of up to 1/`JITTER_DIVISOR`, so that deliveries that failed together are not retried
/// together.
pub const JITTER_DIVISOR: u32 = 5;

/// The delay of the next attempt after `attempts_made` attempts; `None` if that was the last attempt. `random` may be
/// any number: the smallest gives the delay of the table, the largest adds a fifth.
#[must_use]
pub fn next_delay(attempts_made: u32, random: u64) -> Option<Duration> {
    let index = usize::try_from(attempts_made).ok()?;
    let delay = DELAYS.get(index)?;
    let most = (*delay / JITTER_DIVISOR).as_millis();
    let later = most * u128::from(random) / u128::from(u64::MAX);
    Some(*delay + Duration::from_millis(u64::try_from(later).unwrap_or(0)))
}

/// The next step of a delivery after the attempt with this number, counted from 1. A failed delivery ends after the
/// last attempt of the schedule, if the event was erased, and if the body is too large for the receiver (413, 414).
#[must_use]
pub fn next_step(answer: Answer, number: u32, random: u64) -> NextStep {
    if answer.is_success() {
        return NextStep::Done;
    }
    let erased = answer.transport_error() == Some(TransportError::Erased);
    if erased
        || matches!(
            answer,
            Answer::Status {
                code: 413 | 414,
                ..
            }
        )
    {
        return NextStep::DeadLetter;
    }
    match next_delay(number, random) {
        Some(after) => NextStep::Retry { after },
        None => NextStep::DeadLetter,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::webhooks::AttemptOutcome;

    const LAST: u32 = 11;

    fn status(code: u16) -> Answer {
        Answer::Status {
            code,
            retry_after: None,
        }
    }

    #[test]
    fn eleven_attempts_take_about_three_days() {
        let (mut attempts, mut earliest, mut latest) = (0, Duration::ZERO, Duration::ZERO);
        while let Some(delay) = next_delay(attempts, 0) {
            earliest += delay;
            latest += next_delay(attempts, u64::MAX).unwrap();
            attempts += 1;
        }
        assert_eq!(attempts, LAST);
        assert_eq!(earliest, Duration::from_secs(75 * 3_600 + 36 * 60 + 5));
        assert_eq!(latest, earliest + earliest / 5);
    }

    #[test]
    fn delays_only_grow() {
        assert!(DELAYS.is_sorted());
        assert_eq!(next_delay(0, u64::MAX), Some(Duration::ZERO));
    }

    #[test]
    fn only_the_last_failure_ends_a_delivery() {
        let failures = [
            status(302),
            status(404),
            status(410),
            status(500),
            Answer::Nothing {
                error: TransportError::Broken,
                code: Some(200),
            },
        ];
        for failure in failures {
            for number in 1..LAST {
                let step = next_step(failure, number, 7);
                assert_eq!(step.outcome(), AttemptOutcome::Failed, "{number}");
            }
            for number in [LAST, LAST + 1, u32::MAX] {
                assert_eq!(next_step(failure, number, 7), NextStep::DeadLetter);
            }
        }
    }

    #[test]
    fn erased_events_are_not_retried() {
        let erased = Answer::Nothing {
            error: TransportError::Erased,
            code: None,
        };
        assert_eq!(next_step(erased, 1, 7), NextStep::DeadLetter);
    }

    #[test]
    fn bodies_too_large_for_the_receiver_are_not_retried() {
        for code in [413, 414] {
            assert_eq!(next_step(status(code), 1, 7), NextStep::DeadLetter);
        }
        for code in [412, 415] {
            let step = next_step(status(code), 1, 7);
            assert_eq!(step.outcome(), AttemptOutcome::Failed);
        }
    }

    proptest! {
        #[test]
        fn a_delay_grows_by_at_most_a_fifth_and_never_shrinks(made in 0..LAST, random in any::<u64>()) {
            let delay = next_delay(made, random).unwrap();
            let planned = DELAYS[usize::try_from(made).unwrap()];
            prop_assert!(planned <= delay && delay <= planned + planned / 5);
        }

        #[test]
        fn a_larger_random_value_never_shortens_a_delay(made in 0..LAST, a in any::<u64>(), b in any::<u64>()) {
            let (less, more) = (a.min(b), a.max(b));
            prop_assert!(next_delay(made, less) <= next_delay(made, more));
        }

        #[test]
        fn there_is_no_delay_after_the_schedule(made in LAST.., random in any::<u64>()) {
            prop_assert_eq!(next_delay(made, random), None);
        }

        #[test]
        fn a_success_at_any_attempt_ends_a_delivery(code in 200_u16..300, number in any::<u32>(), random in any::<u64>()) {
            prop_assert_eq!(next_step(status(code), number, random), NextStep::Done);
        }
    }
}
