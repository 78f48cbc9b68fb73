//! Histories with one violation each.

use super::*;

const DATA: &str = "user.data.updated";
const STATUS: &str = "user.status.updated";

fn event(name: &str, user: &str, sequence: u64, recorded_at: i64) -> Committed {
    Committed {
        event: format!("{user}-{sequence}"),
        user: user.to_owned(),
        name: name.to_owned(),
        sequence,
        kind: DATA.to_owned(),
        recorded_at,
        deletes: false,
    }
}

/// Arrives at `second` and takes half a second.
fn arrival(destination: usize, name: &str, event: &str, second: u64) -> Arrival {
    let began = Duration::from_secs(second);
    Arrival {
        destination,
        event: event.to_owned(),
        name: name.to_owned(),
        began,
        ended: began + Duration::from_millis(500),
        accepted: true,
        age: Duration::from_millis(900),
        invalid: None,
    }
}

fn promise(kinds: &[&str], per_user: bool) -> Promise {
    Promise { kinds: kinds.iter().map(|kind| (*kind).to_owned()).collect(), per_user }
}

/// Two users of the name `n`, one after the other, and one of the name `m`. Destination 0 is ordered, destination 1
/// not.
fn valid_history() -> History {
    let mut committed = vec![
        event("n", "a", 1, 10),
        event("n", "a", 2, 20),
        event("n", "b", 1, 30),
        event("m", "c", 1, 15),
    ];
    committed[1].deletes = true;
    let arrivals = (0..2)
        .flat_map(|destination| {
            [
                arrival(destination, "n", "a-1", 1),
                arrival(destination, "m", "c-1", 1),
                arrival(destination, "n", "a-2", 2),
                arrival(destination, "n", "b-1", 3),
            ]
        })
        .collect();
    History {
        committed,
        arrivals,
        promises: vec![promise(&[DATA], true), promise(&[DATA, STATUS], false)],
        acknowledged: vec![
            Acknowledged::Version { user: "a".to_owned(), version: 1 },
            Acknowledged::Deleted { user: "a".to_owned() },
        ],
        attempt_limit: Duration::from_secs(2),
    }
}

/// Kinds of violations in the history and their numbers.
fn violations(history: &History) -> Vec<(&'static str, usize)> {
    let findings = history.check();
    let mut counted: Vec<(&'static str, usize)> = Vec::new();
    for (what, _) in findings.violations() {
        match counted.last_mut() {
            Some((last, count)) if *last == what => *count += 1,
            _ => counted.push((what, 1)),
        }
    }
    assert_eq!(findings.is_clean(), counted.is_empty());
    counted
}

/// Returns the first request for this event at destination 0.
fn first<'a>(history: &'a mut History, event: &str) -> &'a mut Arrival {
    let found = history.arrivals.iter_mut();
    found.into_iter().find(|arrival| arrival.destination == 0 && arrival.event == event).unwrap()
}

#[test]
fn a_valid_history_has_no_violations() {
    let findings = valid_history().check();
    assert!(findings.is_clean(), "{findings:#?}");
    assert_eq!((findings.events, findings.arrivals, findings.delivered), (4, 8, 8));
    assert_eq!((findings.duplicates, findings.late), (0, 0));
}

#[test]
fn a_delivery_that_is_missing_or_never_accepted_is_lost() {
    let mut history = valid_history();
    history.arrivals.pop();
    assert_eq!(violations(&history), [("lost", 1)]);

    let mut history = valid_history();
    first(&mut history, "b-1").accepted = false;
    assert_eq!(violations(&history), [("lost", 1)]);
}

#[test]
fn events_that_are_rolled_back_or_not_subscribed_to_are_not_owed() {
    let mut history = valid_history();
    history.arrivals.push(arrival(0, "n", "a-3", 9));
    assert_eq!(violations(&history), [("not owed", 1)]);

    let mut history = valid_history();
    history.arrivals.push(arrival(0, "m", "a-1", 9));
    assert_eq!(violations(&history), [("not owed", 1)]);

    let mut history = valid_history();
    history.arrivals.push(arrival(7, "n", "a-1", 9));
    assert_eq!(violations(&history), [("not owed", 1)]);

    let mut history = valid_history();
    let mut silent = event("m", "c", 2, 40);
    silent.kind = STATUS.to_owned();
    history.committed.push(silent);
    history.arrivals.push(arrival(1, "m", "c-2", 8));
    assert_eq!(violations(&history), []);
    history.arrivals.push(arrival(0, "m", "c-2", 9));
    assert_eq!(violations(&history), [("not owed", 1)]);
}

#[test]
fn an_event_that_overtakes_an_earlier_one_of_its_user_is_out_of_order() {
    let mut history = valid_history();
    first(&mut history, "a-2").began = Duration::ZERO;
    first(&mut history, "a-2").ended = Duration::from_millis(1);
    assert_eq!(violations(&history), [("out of order", 1)]);
}

#[test]
fn an_event_that_overtakes_an_event_of_an_earlier_user_of_its_name_is_out_of_order() {
    let mut history = valid_history();
    first(&mut history, "b-1").began = Duration::from_millis(1_700);
    first(&mut history, "b-1").ended = Duration::from_millis(1_800);
    assert_eq!(violations(&history), [("out of order", 1)]);
}

#[test]
fn an_event_after_a_rejected_one_is_out_of_order() {
    let mut history = valid_history();
    first(&mut history, "a-1").accepted = false;
    history.arrivals.push(arrival(0, "n", "a-1", 8));
    assert_eq!(violations(&history), [("out of order", 2)]);
}

#[test]
fn a_rejected_event_that_is_retried_is_neither_lost_nor_a_duplicate() {
    let mut history = valid_history();
    first(&mut history, "b-1").accepted = false;
    history.arrivals.push(arrival(0, "n", "b-1", 8));
    let findings = history.check();
    assert!(findings.is_clean(), "{findings:#?}");
    assert_eq!(findings.duplicates, 0);
}

#[test]
fn an_accepted_event_that_arrives_again_is_an_allowed_duplicate() {
    let mut history = valid_history();
    history.arrivals.push(arrival(0, "n", "a-1", 8));
    history.arrivals.push(arrival(1, "n", "a-1", 9));
    let findings = history.check();
    assert!(findings.is_clean(), "{findings:#?}");
    assert_eq!(findings.duplicates, 2);
}

#[test]
fn requests_of_one_name_at_the_same_time_overlap() {
    let mut history = valid_history();
    history
        .arrivals
        .push(Arrival { began: Duration::from_millis(3_100), ..arrival(0, "n", "a-1", 3) });
    assert_eq!(violations(&history), [("overlap", 1)]);

    history.arrivals.last_mut().unwrap().destination = 1;
    assert_eq!(violations(&history), [], "the destination is not ordered");

    history.arrivals.last_mut().unwrap().event = "b-1".to_owned();
    assert_eq!(violations(&history), [("overlap", 1)], "the same event");
}

#[test]
fn a_request_signed_before_its_process_was_stopped_is_late_and_no_overlap() {
    let mut history = valid_history();
    history.arrivals.push(Arrival {
        began: Duration::from_millis(3_100),
        age: Duration::from_millis(3_100),
        ..arrival(0, "n", "a-1", 3)
    });
    let findings = history.check();
    assert!(findings.is_clean(), "{findings:#?}");
    assert_eq!((findings.late, findings.duplicates), (1, 1));
}

#[test]
fn a_wrong_signature_is_invalid() {
    let mut history = valid_history();
    first(&mut history, "a-1").invalid = Some("X-Signature".to_owned());
    assert_eq!(violations(&history), [("invalid signature", 1)]);
}

#[test]
fn an_acknowledged_change_without_an_event_is_reported() {
    let mut history = valid_history();
    history.acknowledged.push(Acknowledged::Version { user: "c".to_owned(), version: 2 });
    history.acknowledged.push(Acknowledged::Deleted { user: "c".to_owned() });
    assert_eq!(violations(&history), [("acknowledged and not written", 2)]);
}

#[test]
fn gaps_and_duplicates_in_sequences_are_misnumbered() {
    let mut history = valid_history();
    history.committed[3].sequence = 2;
    history.committed[3].event = "c-1".to_owned();
    assert_eq!(violations(&history), [("misnumbered", 1)], "a sequence is missing");

    let mut history = valid_history();
    history.committed[1].sequence = 1;
    history.committed[1].event = "a-2".to_owned();
    let found = violations(&history);
    assert_eq!(found.last(), Some(&("misnumbered", 1)), "twice: {found:?}");
}
