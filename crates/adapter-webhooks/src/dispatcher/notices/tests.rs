use users_domain::model::Timestamp;
use users_domain::rules::webhooks::health::{healthy, record};

use super::*;

fn status(code: u16) -> Answer {
    Answer::Status { code, retry_after: None }
}

/// The changes that these answers cause, `seconds` apart, each with the number of its answer.
fn changes(answers: &[Answer], seconds: u64) -> Vec<(usize, Change)> {
    let mut health = healthy();
    let mut now = Timestamp::parse("2026-01-01T00:00:00Z").unwrap();
    let mut changes = Vec::new();
    for (number, answer) in answers.iter().enumerate() {
        let recorded = record(&health, *answer, now);
        changes.extend(change(&health, &recorded.health).map(|change| (number + 1, change)));
        health = recorded.health;
        now = now.plus_millis(seconds * 1_000);
    }
    changes
}

#[test]
fn slow_failures_are_logged_once_and_recovery_once() {
    let answers = [[status(500); 8].as_slice(), &[status(200); 8]].concat();
    let expected = [(5, Change::Fails), (9, Change::Recovered)];
    assert_eq!(changes(&answers, 3_600), expected);
}

#[test]
fn few_failures_are_not_logged() {
    let answers = [status(500), status(500), status(500), status(500), status(200)];
    assert_eq!(changes(&answers.repeat(2), 3_600), []);
}

#[test]
fn held_back_is_logged_instead_of_failing() {
    let refused = Answer::Nothing { error: TransportError::NotConnected, code: None };
    let answers = [[refused; 5].as_slice(), &[status(200)]].concat();
    let expected = [(5, Change::HeldBack), (6, Change::Recovered)];
    assert_eq!(changes(&answers, 3_600), expected);
}
