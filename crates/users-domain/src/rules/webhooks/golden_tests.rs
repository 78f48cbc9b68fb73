//! Compares the delivery tables of docs/DOMAIN.md with the code.

use std::time::Duration;

use super::health::{
    FAILING_ATTEMPTS, FAILING_DAYS, FAILING_FOR, FAILING_PERCENT, FAILING_SAMPLE, MOST_AT_ONCE,
    OPENINGS, SLICE_SECONDS, SLICES, START_AT_ONCE, TRANSPORT_FAILURES,
};
use super::{retry_after, schedule};
use crate::rules::golden_tests::{assert_docs_contain, header, row};

fn spelled(span: Duration) -> String {
    let mut rest = span.as_secs();
    assert_eq!(Duration::from_secs(rest), span, "whole seconds");
    let mut parts = Vec::new();
    for (unit, seconds) in [("h", 3_600), ("min", 60), ("s", 1)] {
        if rest >= seconds {
            parts.push(format!("{} {unit}", rest / seconds));
            rest %= seconds;
        }
    }
    if parts.is_empty() {
        return "at once".to_owned();
    }
    parts.join(" ")
}

#[test]
fn docs_contain_the_schedule() {
    let mut table = header(
        &["attempt"],
        ["after the one before", "at the latest", "since the first, at the earliest"],
    );
    let mut since_the_first = Duration::ZERO;
    for (number, made) in (1..).zip(0..u32::try_from(schedule::DELAYS.len()).unwrap()) {
        let earliest = schedule::next_delay(made, 0).unwrap();
        let latest = schedule::next_delay(made, u64::MAX).unwrap();
        since_the_first += earliest;
        let cells = [earliest, latest, since_the_first].map(spelled);
        row(&mut table, &number.to_string(), cells.iter().map(String::as_str));
    }
    assert_docs_contain("webhook schedule", &table);
}

#[test]
fn docs_contain_the_openings_of_the_breaker() {
    let mut table = header(&["opened in a row"], ["stays open"]);
    for (times, span) in (1..).zip(OPENINGS) {
        let more = if times == OPENINGS.len() { " or more" } else { "" };
        row(&mut table, &format!("{times}{more}"), [spelled(span).as_str()]);
    }
    assert_docs_contain("webhook breaker", &table);
}

#[test]
fn docs_contain_the_limits_of_a_destination() {
    let window = Duration::from_secs((SLICE_SECONDS * SLICES).unsigned_abs());
    let slice = Duration::from_secs(SLICE_SECONDS.unsigned_abs());
    let rows = [
        (
            "attempts in a row without any answer that open the breaker",
            TRANSPORT_FAILURES.to_string(),
        ),
        (
            "failed attempts in the breaker's window that open it",
            format!("{FAILING_PERCENT} % of at least {FAILING_SAMPLE}"),
        ),
        ("the breaker's window", format!("{}, counted by {}", spelled(window), spelled(slice))),
        ("attempts under way at once", format!("1 to {MOST_AT_ONCE}, {START_AT_ONCE} at first")),
        ("the longest pause that `Retry-After` may ask for", spelled(retry_after::LONGEST)),
        (
            "turned off after failing for",
            format!(
                "{}, with {FAILING_ATTEMPTS} attempts on {FAILING_DAYS} days",
                spelled(FAILING_FOR)
            ),
        ),
    ];
    let mut table = header(&["limit"], ["value"]);
    for (name, value) in &rows {
        row(&mut table, name, [value.as_str()]);
    }
    assert_docs_contain("webhook limits", &table);
}
