//! Combines the parts of the check.

use std::collections::HashMap;

use super::arrivals::check_destination;
use super::commits::{check_acknowledged, check_numbers};
use super::{Arrival, Committed, Findings, History};

/// Events by id.
pub(super) type Events<'a> = HashMap<&'a str, &'a Committed>;

pub(super) fn check(history: &History) -> Findings {
    let mut findings = Findings {
        events: history.committed.len(),
        arrivals: history.arrivals.len(),
        ..Findings::default()
    };
    let events: Events<'_> =
        history.committed.iter().map(|event| (event.event.as_str(), event)).collect();
    check_numbers(history, &mut findings);
    check_acknowledged(history, &mut findings);
    check_requests(history, &events, &mut findings);
    let in_order = in_order_of_names(&history.committed);
    for (number, promise) in history.promises.iter().enumerate() {
        check_destination(history, number, promise, &in_order, &mut findings);
    }
    findings
}

/// Checks each request by itself.
fn check_requests(history: &History, events: &Events<'_>, findings: &mut Findings) {
    for arrival in &history.arrivals {
        if history.is_late(arrival) {
            findings.late += 1;
        }
        if let Some(why) = &arrival.invalid {
            findings.invalid.push(format!("{}: {why}", shown(arrival)));
        }
        if let Some(why) = not_owed(history, events, arrival) {
            findings.not_owed.push(format!("{}: {why}", shown(arrival)));
        }
    }
}

fn not_owed(history: &History, events: &Events<'_>, arrival: &Arrival) -> Option<&'static str> {
    let Some(event) = events.get(arrival.event.as_str()) else {
        return Some("no such event exists");
    };
    if event.name != arrival.name {
        return Some("the event belongs to another name");
    }
    match history.promises.get(arrival.destination) {
        None => Some("no such destination exists"),
        Some(promise) if !promise.kinds.contains(&event.kind) => {
            Some("the destination is not subscribed to it")
        }
        Some(_) => None,
    }
}

/// Returns the events of each name in chronological order: by the first event of the user, then by sequence.
fn in_order_of_names(committed: &[Committed]) -> HashMap<&str, Vec<&Committed>> {
    let mut began: HashMap<&str, i64> = HashMap::new();
    for event in committed {
        let first = began.entry(&event.user).or_insert(event.recorded_at);
        *first = event.recorded_at.min(*first);
    }
    let mut names: HashMap<&str, Vec<&Committed>> = HashMap::new();
    for event in committed {
        names.entry(&event.name).or_default().push(event);
    }
    for events in names.values_mut() {
        events.sort_by_key(|event| {
            let began = began.get(event.user.as_str());
            (began.copied(), event.user.as_str(), event.sequence)
        });
    }
    names
}

/// Describes a request for messages.
pub(super) fn shown(arrival: &Arrival) -> String {
    format!(
        "destination {}, {}, event {}, at {:.3} s",
        arrival.destination,
        arrival.name,
        arrival.event,
        arrival.began.as_secs_f64()
    )
}
