use proptest::prelude::*;

use super::*;
use crate::model::webhooks::AttemptOutcome;

const LAST: u32 = 11;

fn status(code: u16) -> Answer {
    Answer::Status { code, retry_after: None }
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
        Answer::Nothing { error: TransportError::Broken, code: Some(200) },
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
    let erased = Answer::Nothing { error: TransportError::Erased, code: None };
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
