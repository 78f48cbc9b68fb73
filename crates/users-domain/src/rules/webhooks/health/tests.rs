use proptest::prelude::*;

use super::*;
use crate::model::webhooks::{Failing, OutcomeCounts, RetryAfter, TransportError};

const OK: Answer = status(200);
const NO_CONNECTION: Answer = Answer::Nothing { error: TransportError::NotConnected, code: None };

const fn status(code: u16) -> Answer {
    Answer::Status { code, retry_after: None }
}

const fn asks(code: u16, seconds: u64) -> Answer {
    Answer::Status { code, retry_after: Some(RetryAfter::In(Duration::from_secs(seconds))) }
}

/// This many seconds after midnight of a Thursday.
fn at(seconds: i64) -> Timestamp {
    Timestamp::from_unix_micros((1_767_225_600 + seconds) * 1_000_000).unwrap()
}

/// The health after these responses, each at this many seconds after the start.
fn after(answers: impl IntoIterator<Item = (Answer, i64)>) -> LaneHealth {
    continue_with(healthy(), answers)
}

fn continue_with(
    health: LaneHealth,
    answers: impl IntoIterator<Item = (Answer, i64)>,
) -> LaneHealth {
    answers
        .into_iter()
        .fold(health, |health, (answer, seconds)| record(&health, answer, at(seconds)).health)
}

fn repeat(answer: Answer, times: usize, second: i64) -> impl Iterator<Item = (Answer, i64)> {
    std::iter::repeat_n((answer, second), times)
}

fn opened(health: &LaneHealth) -> Option<(Timestamp, u32)> {
    match health.breaker {
        Breaker::Closed => None,
        Breaker::Open { until, openings } => Some((until, openings)),
    }
}

#[test]
fn at_first_two_may_be_sent_at_once() {
    assert_eq!(permit(&healthy(), at(0)), Permit::Send { at_once: 2 });
    assert_eq!(not_before(&healthy(), at(0)), None);
}

#[test]
fn five_attempts_in_a_row_without_an_answer_open_the_breaker() {
    let four = after(repeat(NO_CONNECTION, 4, 0));
    assert_eq!(opened(&four), None);
    let five = continue_with(four.clone(), [(NO_CONNECTION, 1)]);
    assert_eq!(opened(&five), Some((at(11), 1)));
    // Any response, even a failure, resets the count.
    let answered = continue_with(four, [(status(500), 1)]);
    assert_eq!(opened(&continue_with(answered, repeat(NO_CONNECTION, 4, 2))), None);
}

#[test]
fn half_of_twenty_failing_within_a_minute_open_the_breaker() {
    let ten_good = after(repeat(OK, 10, 0));
    let nine_bad = continue_with(ten_good.clone(), repeat(status(500), 9, 49));
    assert_eq!(opened(&nine_bad), None);
    assert_eq!(opened(&continue_with(nine_bad.clone(), [(status(500), 49)])), Some((at(59), 1)));
    // The first ten are outside the window by then.
    assert_eq!(opened(&continue_with(nine_bad, [(status(500), 60)])), None);
    let eleven_good = continue_with(ten_good, [(OK, 0)]);
    assert_eq!(opened(&continue_with(eleven_good, repeat(status(500), 10, 1))), None);
}

#[test]
fn an_open_breaker_permits_one_probe_after_its_time() {
    let open = after(repeat(NO_CONNECTION, 5, 0));
    assert_eq!(permit(&open, at(9)), Permit::Wait { until: at(10) });
    assert_eq!(not_before(&open, at(9)), Some(at(10)));
    assert_eq!(permit(&open, at(10)), Permit::Probe);
    assert_eq!(not_before(&open, at(10)), None);
}

#[test]
fn a_successful_probe_resets_the_health() {
    let open = after(repeat(NO_CONNECTION, 5, 0));
    assert_eq!(record(&open, OK, at(10)).health, healthy());
}

#[test]
fn failed_probes_open_the_breaker_for_longer_up_to_15_minutes() {
    let mut health = after(repeat(NO_CONNECTION, 5, 0));
    let mut opened_at = at(0);
    let mut spans = Vec::new();
    for _ in 0..9 {
        let (until, _) = opened(&health).unwrap();
        spans.push((until.unix_micros() - opened_at.unix_micros()) / 1_000_000);
        opened_at = until;
        health = record(&health, status(500), until).health;
    }
    assert_eq!(spans, [10, 30, 60, 120, 300, 600, 900, 900, 900]);
    let (_, openings) = opened(&health).unwrap();
    assert_eq!(openings, 10);
}

#[test]
fn attempts_in_progress_at_the_opening_do_not_change_the_breaker() {
    let open = after(repeat(NO_CONNECTION, 5, 0));
    let answers = [(NO_CONNECTION, 1), (OK, 2), (status(500), 3), (NO_CONNECTION, 9)];
    let later = continue_with(open.clone(), answers);
    assert_eq!(later.breaker, open.breaker);
    assert_eq!((later.window.len(), later.transport_failures_in_a_row), (0, 0));
    // The first attempt that ends even later counts as the probe, the others do not count.
    let stragglers = continue_with(later, repeat(NO_CONNECTION, 7, 15));
    assert_eq!(opened(&stragglers), Some((at(45), 2)));
}

#[test]
fn concurrency_grows_by_one_a_round_and_halves_on_overload() {
    let concurrency = |answers: Vec<(Answer, i64)>| after(answers).concurrency;
    let good = |times| repeat(OK, times, 0).collect::<Vec<_>>();
    assert_eq!(concurrency(good(1)), 2);
    assert_eq!(concurrency(good(2)), 3);
    assert_eq!(concurrency(good(5)), 4);
    assert_eq!(concurrency(good(26)), 7);
    assert_eq!(concurrency(good(27)), 8);
    assert_eq!(concurrency(good(500)), 8);
    for slower in [NO_CONNECTION, status(429), status(503)] {
        let after_one = continue_with(after(good(27)), [(slower, 1)]);
        assert_eq!(after_one.concurrency, 4, "{slower:?}");
        let after_four = continue_with(after_one, repeat(slower, 3, 1));
        assert_eq!(after_four.concurrency, 1, "{slower:?}");
    }
    let refused = continue_with(after(good(27)), repeat(status(400), 4, 1));
    assert_eq!(refused.concurrency, 8);
}

#[test]
fn only_429_and_503_cause_a_pause_and_the_longest_counts() {
    for code in [429, 503] {
        let paused = after([(asks(code, 60), 0), (asks(code, 5), 1)]);
        assert_eq!(permit(&paused, at(59)), Permit::Wait { until: at(60) });
        assert_eq!(not_before(&paused, at(60)), None);
        let longest = after([(asks(code, u64::MAX), 0)]);
        assert_eq!(not_before(&longest, at(0)), Some(at(3_600)));
    }
    for code in [200, 301, 404, 410, 500, 502] {
        assert_eq!(not_before(&after([(asks(code, 60), 0)]), at(0)), None);
    }
    // The pause outlasts the success of an attempt in progress.
    let paused = after([(asks(429, 60), 0), (OK, 1)]);
    assert_eq!(not_before(&paused, at(2)), Some(at(60)));
    assert_eq!(continue_with(paused, [(OK, 60)]).paused_until, None);
}

#[test]
fn the_later_of_pause_and_breaker_counts() {
    let both = after(repeat(asks(503, 30), 20, 0));
    assert_eq!(opened(&both), Some((at(10), 1)));
    assert_eq!(permit(&both, at(15)), Permit::Wait { until: at(30) });
    assert_eq!(permit(&both, at(30)), Permit::Probe);
}

#[test]
fn status_410_disables_the_destination_immediately() {
    let recorded = record(&healthy(), status(410), at(0));
    assert_eq!(recorded.disable, Some(DisabledReason::Gone));
    // A 410 whose body never ended is not a complete response.
    let broken = Answer::Nothing { error: TransportError::TimedOut, code: Some(410) };
    assert_eq!(record(&healthy(), broken, at(0)).disable, None);
}

const DAY: i64 = 24 * 3_600;

/// This many failures evenly over this many seconds, the last one at the end.
fn failing_evenly(attempts: i64, seconds: i64) -> Vec<(Answer, i64)> {
    (0..attempts).map(|index| (status(500), seconds * index / (attempts - 1))).collect()
}

fn verdict(answers: &[(Answer, i64)]) -> Option<DisabledReason> {
    let (last, before) = answers.split_last().unwrap();
    let health = after(before.iter().copied());
    record(&health, last.0, at(last.1)).disable
}

#[test]
fn five_days_and_twenty_failed_attempts_disable_a_destination() {
    assert_eq!(verdict(&failing_evenly(20, 5 * DAY)), Some(DisabledReason::Failing));
    assert_eq!(verdict(&failing_evenly(19, 5 * DAY)), None);
    assert_eq!(verdict(&failing_evenly(20, 5 * DAY - 1)), None);
    let mut with_a_success = failing_evenly(21, 5 * DAY);
    with_a_success[3].0 = OK;
    assert_eq!(verdict(&with_a_success), None);
}

#[test]
fn an_attempt_with_an_erased_body_does_not_change_the_health() {
    let erased = Answer::Nothing { error: TransportError::Erased, code: None };
    for health in [
        healthy(),
        after(failing_evenly(50, 6 * DAY)),
        after(repeat(NO_CONNECTION, 5, 0)),
        after([(asks(429, 60), 0)]),
    ] {
        let unchanged = Recorded { health: health.clone(), disable: None };
        assert_eq!(record(&health, erased, at(7 * DAY)), unchanged);
    }
}

#[test]
fn a_run_counts_its_attempts_and_days() {
    let run = after([(status(500), 0), (status(500), 5), (NO_CONNECTION, DAY)]).failing;
    let expected = Failing { since: at(0), attempts: 3, days: 2, latest: at(DAY) };
    assert_eq!(run, Some(expected));
}

#[test]
fn a_clock_that_is_set_back_drops_future_slices() {
    let ahead = after(repeat(status(500), 19, 1_000_000));
    let now = continue_with(ahead, [(status(500), 0)]);
    let counts =
        OutcomeCounts { slice: at(0).unix_seconds() / SLICE_SECONDS, successes: 0, failures: 1 };
    assert_eq!(now.window, [counts]);
}

#[test]
fn a_stored_concurrency_is_clamped_to_the_limits() {
    for (stored, at_once) in [(0, 1), (9, MOST_AT_ONCE), (u32::MAX, MOST_AT_ONCE)] {
        let health = LaneHealth { concurrency: stored, ..healthy() };
        assert_eq!(permit(&health, at(0)), Permit::Send { at_once });
    }
}

fn an_answer() -> impl Strategy<Value = Answer> {
    let code = prop_oneof![
        4 => Just(200_u16),
        4 => Just(500),
        2 => prop_oneof![Just(429_u16), Just(503)],
        1 => 100_u16..=599,
    ];
    let requested = prop::option::of(
        (0..10_000_u64).prop_map(|seconds| RetryAfter::In(Duration::from_secs(seconds))),
    );
    let errors = TransportError::ALL.into_iter().filter(|error| *error != TransportError::Erased);
    let error = prop::sample::select(errors.collect::<Vec<_>>());
    prop_oneof![
        2 => (code, requested).prop_map(|(code, retry_after)| Answer::Status { code, retry_after }),
        1 => (error, prop::option::of(100_u16..=599))
            .prop_map(|(error, code)| Answer::Nothing { error, code }),
    ]
}

/// Responses, each with its time in seconds.
fn timed(
    steps: impl Strategy<Value = Vec<(Answer, i64)>>,
) -> impl Strategy<Value = Vec<(Answer, i64)>> {
    steps.prop_map(|steps| {
        let mut now = 0;
        let timed = steps.into_iter().map(|(answer, gap)| {
            now += gap;
            (answer, now)
        });
        timed.collect()
    })
}

/// Responses of every kind, mostly in quick succession.
fn a_history() -> impl Strategy<Value = Vec<(Answer, i64)>> {
    let gap = prop_oneof![6 => 0_i64..3, 3 => 3_i64..60, 1 => 60..DAY];
    timed(prop::collection::vec((an_answer(), gap), 1..100))
}

/// Mostly failures, over days.
fn a_bad_week() -> impl Strategy<Value = Vec<(Answer, i64)>> {
    let answer = prop_oneof![29 => Just(status(500)), 1 => an_answer()];
    timed(prop::collection::vec((answer, 0..DAY / 2), 10..60))
}

proptest! {
    #[test]
    fn limits_hold_after_any_history(history in a_history()) {
        let mut health = healthy();
        for (answer, second) in history {
            health = record(&health, answer, at(second)).health;
            prop_assert!((1..=MOST_AT_ONCE).contains(&health.concurrency));
            prop_assert!(health.successes_at_concurrency < MOST_AT_ONCE || health.concurrency == MOST_AT_ONCE);
            prop_assert!(i64::try_from(health.window.len()).unwrap() <= SLICES);
            prop_assert!(health.window.windows(2).all(|pair| pair[0].slice < pair[1].slice));
            prop_assert!(health.paused_until.is_none_or(|until| until <= at(second + 3_600)));
            prop_assert!(opened(&health).is_none_or(|(until, _)| until <= at(second + 900)));
        }
    }

    #[test]
    fn nothing_is_permitted_during_a_pause_or_an_open_breaker(
        history in a_history(), later in 0_i64..5_000,
    ) {
        let now = at(history.last().unwrap().1 + later);
        let health = after(history);
        let held_back = opened(&health).is_some_and(|(until, _)| now < until)
            || health.paused_until.is_some_and(|until| now < until);
        prop_assert_eq!(not_before(&health, now).is_some(), held_back);
        match permit(&health, now) {
            Permit::Wait { until } => {
                prop_assert!(held_back && until > now);
                let waits_on = matches!(permit(&health, until), Permit::Wait { .. });
                prop_assert!(!waits_on);
            }
            Permit::Probe => prop_assert!(!held_back && opened(&health).is_some()),
            Permit::Send { .. } => prop_assert!(!held_back && opened(&health).is_none()),
        }
    }

    #[test]
    fn an_open_breaker_changes_only_after_its_time(history in a_history()) {
        let mut health = healthy();
        for (answer, second) in history {
            let before = health.breaker;
            health = record(&health, answer, at(second)).health;
            match before {
                Breaker::Open { until, .. } if at(second) < until => {
                    prop_assert_eq!(health.breaker, before);
                }
                Breaker::Open { openings, .. } => prop_assert_eq!(
                    opened(&health).map(|(_, now)| now),
                    (!answer.is_success()).then(|| openings + 1)
                ),
                Breaker::Closed => prop_assert!(opened(&health).is_none_or(|(_, now)| now == 1)),
            }
        }
    }

    #[test]
    fn a_closed_breaker_opens_exactly_on_its_conditions(history in a_history()) {
        let mut health = healthy();
        // The responses since the breaker last closed, without slices.
        let mut seen: Vec<(bool, bool, i64)> = Vec::new();
        for (answer, second) in history {
            let was_open = opened(&health).is_some();
            health = record(&health, answer, at(second)).health;
            if was_open {
                seen.clear();
                continue;
            }
            seen.push((answer.is_success(), answer.transport_error().is_some(), second));
            let first = (at(second).unix_seconds() / SLICE_SECONDS - SLICES + 1) * SLICE_SECONDS;
            let window = seen.iter().filter(|(_, _, then)| at(*then).unix_seconds() >= first);
            let (bad, all) = window.fold((0, 0), |(bad, all), (success, _, _)| {
                (bad + usize::from(!success), all + 1)
            });
            let mostly_bad = all >= 20 && bad * 2 >= all;
            let silent = seen.iter().rev().take_while(|(_, silent, _)| *silent).count() >= 5;
            prop_assert_eq!(opened(&health).is_some(), !answer.is_success() && (mostly_bad || silent));
        }
    }

    #[test]
    fn only_a_long_run_of_failures_disables_a_destination(history in a_bad_week()) {
        let mut health = healthy();
        let mut run: Vec<i64> = Vec::new();
        for (answer, second) in history {
            let recorded = record(&health, answer, at(second));
            if answer.is_success() {
                run.clear();
                prop_assert_eq!(recorded.health.failing, None);
            } else {
                run.push(second);
            }
            let lasted = run.last().unwrap_or(&0) - run.first().unwrap_or(&0);
            let mut days: Vec<_> = run.iter().map(|second| second / DAY).collect();
            days.dedup();
            let too_long = lasted >= 5 * DAY && run.len() >= 20 && days.len() >= 2;
            let expected = match answer {
                Answer::Status { code: 410, .. } => Some(DisabledReason::Gone),
                _ => too_long.then_some(DisabledReason::Failing),
            };
            prop_assert_eq!(recorded.disable, expected);
            health = recorded.health;
        }
    }
}
