//! Checks the deliveries of one destination.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use super::check::shown;
use super::{Arrival, Committed, Findings, History, Promise};

/// Checks completeness, order and overlaps for one destination.
pub(super) fn check_destination(
    history: &History,
    number: usize,
    promise: &Promise,
    in_order: &HashMap<&str, Vec<&Committed>>,
    findings: &mut Findings,
) {
    let mut by_name: HashMap<&str, Vec<&Arrival>> = HashMap::new();
    for arrival in &history.arrivals {
        if arrival.destination == number {
            by_name.entry(&arrival.name).or_default().push(arrival);
        }
    }
    for (name, events) in in_order {
        let mut arrivals = by_name.remove(name).unwrap_or_default();
        arrivals.sort_by_key(|arrival| (arrival.began, arrival.ended));
        let owed: Vec<&str> = events
            .iter()
            .filter(|event| promise.kinds.contains(&event.kind))
            .map(|event| event.event.as_str())
            .collect();
        count_deliveries(number, name, &owed, &arrivals, findings);
        if promise.per_user {
            check_order(&owed, &arrivals, findings);
        }
        check_overlaps(history, promise.per_user, &arrivals, findings);
    }
}

fn count_deliveries(
    number: usize,
    name: &str,
    owed: &[&str],
    arrivals: &[&Arrival],
    findings: &mut Findings,
) {
    let mut accepted: HashMap<&str, Duration> = HashMap::new();
    for arrival in arrivals {
        if accepted.get(arrival.event.as_str()).is_some_and(|ended| *ended <= arrival.began) {
            findings.duplicates += 1;
        }
        if arrival.accepted {
            let ended = accepted.entry(&arrival.event).or_insert(arrival.ended);
            *ended = arrival.ended.min(*ended);
        }
    }
    for event in owed {
        if accepted.contains_key(event) {
            findings.delivered += 1;
        } else {
            let text = format!("destination {number}, {name}, event {event}");
            findings.lost.push(text);
        }
    }
}

/// Checks that every earlier event was accepted before an event arrives for the first time.
fn check_order(owed: &[&str], arrivals: &[&Arrival], findings: &mut Findings) {
    let positions: HashMap<&str, usize> =
        owed.iter().enumerate().map(|(position, event)| (*event, position)).collect();
    let mut answers: Vec<&Arrival> = arrivals.iter().copied().filter(|a| a.accepted).collect();
    answers.sort_by_key(|arrival| arrival.ended);
    let mut answers = answers.into_iter().peekable();
    let mut accepted = HashSet::new();
    let mut all_before = 0;
    let mut seen = HashSet::new();
    for arrival in arrivals {
        while let Some(answer) = answers.next_if(|answer| answer.ended <= arrival.began) {
            accepted.insert(answer.event.as_str());
        }
        while owed.get(all_before).is_some_and(|event| accepted.contains(event)) {
            all_before += 1;
        }
        let Some(position) = positions.get(arrival.event.as_str()) else {
            continue;
        };
        if seen.insert(*position) && *position > all_before {
            let waits_for = owed.get(all_before).copied().unwrap_or_default();
            let text = format!("{}: before event {waits_for}", shown(arrival));
            findings.out_of_order.push(text);
        }
    }
}

/// Checks that requests do not overlap: at most one worker owns a lane, and it sends the next event of a name after the
/// response to the previous one.
fn check_overlaps(
    history: &History,
    per_user: bool,
    arrivals: &[&Arrival],
    findings: &mut Findings,
) {
    let mut under_way: Vec<&Arrival> = Vec::new();
    for arrival in arrivals.iter().filter(|arrival| !history.is_late(arrival)) {
        under_way.retain(|other| other.ended > arrival.began);
        let other = under_way.iter().find(|other| per_user || other.event == arrival.event);
        if let Some(other) = other {
            let text = format!("{}: together with event {}", shown(arrival), other.event);
            findings.overlaps.push(text);
        }
        under_way.push(arrival);
    }
}
