//! When a delivery is tried again.

use std::time::Duration;

use crate::model::webhooks::{Answer, NextStep, TransportError};

/// How long each attempt waits for the one before it. The first is made at once; after the last, nothing is tried any
/// more.
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

/// A delay grows by up to one part in so many, so that what failed together is not tried together again.
pub const JITTER_DIVISOR: u32 = 5;

/// How long after the latest attempt the next one is due, where so many were made; `None` when that was the last.
/// `random` is any number: the smallest gives the delay of the table, the largest a fifth more.
#[must_use]
pub fn next_delay(attempts_made: u32, random: u64) -> Option<Duration> {
    let index = usize::try_from(attempts_made).ok()?;
    let delay = DELAYS.get(index)?;
    let most = (*delay / JITTER_DIVISOR).as_millis();
    let later = most * u128::from(random) / u128::from(u64::MAX);
    Some(*delay + Duration::from_millis(u64::try_from(later).unwrap_or(0)))
}

/// What becomes of a delivery whose attempt of this number, counted from 1, got this answer. An attempt after the last
/// of the schedule changes nothing about the end, what was erased does not come back, and what is too large for the
/// receiver (413, 414) stays so.
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
    fn only_the_last_failure_is_the_end() {
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
    fn what_was_erased_is_not_tried_again() {
        let erased = Answer::Nothing {
            error: TransportError::Erased,
            code: None,
        };
        assert_eq!(next_step(erased, 1, 7), NextStep::DeadLetter);
    }

    #[test]
    fn what_is_too_large_for_the_receiver_is_not_tried_again() {
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
        fn an_attempt_is_later_by_at_most_a_fifth_and_never_earlier(made in 0..LAST, random in any::<u64>()) {
            let delay = next_delay(made, random).unwrap();
            let planned = DELAYS[usize::try_from(made).unwrap()];
            prop_assert!(planned <= delay && delay <= planned + planned / 5);
        }

        #[test]
        fn more_randomness_is_never_earlier(made in 0..LAST, a in any::<u64>(), b in any::<u64>()) {
            let (less, more) = (a.min(b), a.max(b));
            prop_assert!(next_delay(made, less) <= next_delay(made, more));
        }

        #[test]
        fn after_the_schedule_there_is_nothing(made in LAST.., random in any::<u64>()) {
            prop_assert_eq!(next_delay(made, random), None);
        }

        #[test]
        fn a_success_ends_a_delivery_whichever_attempt_it_is(code in 200_u16..300, number in any::<u32>(), random in any::<u64>()) {
            prop_assert_eq!(next_step(status(code), number, random), NextStep::Done);
        }
    }
}
