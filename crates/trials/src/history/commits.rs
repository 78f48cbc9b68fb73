//! What was written: every acknowledged change, numbered without gaps.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::{Acknowledged, Findings, History};

/// Sequences count the events of each user from 1; positions count all changes from 1, those of a user in its order.
pub(super) fn check_numbers(history: &History, findings: &mut Findings) {
    let mut sequences: BTreeMap<&str, BTreeSet<u64>> = BTreeMap::new();
    for event in &history.committed {
        let numbers = sequences.entry(&event.user).or_default();
        if !numbers.insert(event.sequence) {
            let text = format!("user {} has sequence {} twice", event.user, event.sequence);
            findings.misnumbered.push(text);
        }
    }
    for (user, numbers) in &sequences {
        if !numbers.iter().copied().eq(1..=numbers.len() as u64) {
            let text = format!("user {user} has a gap in its sequences");
            findings.misnumbered.push(text);
        }
    }
    if history.positions.len() != history.committed.len() {
        findings.misnumbered.push(format!(
            "{} positions for {} events",
            history.positions.len(),
            history.committed.len()
        ));
    }
    check_positions(history, findings);
}

fn check_positions(history: &History, findings: &mut Findings) {
    let mut positions: Vec<_> = history.positions.iter().collect();
    positions.sort_by_key(|row| row.position);
    let mut versions: HashMap<&str, u64> = HashMap::new();
    for (row, expected) in positions.iter().zip(1..) {
        if row.position != expected {
            let text = format!("position {} stands where {expected} should", row.position);
            findings.misnumbered.push(text);
            return;
        }
        let version = versions.entry(&row.user).or_default();
        if row.version < *version {
            findings.misnumbered.push(format!(
                "position {}: version {} of user {} behind {version}",
                row.position, row.version, row.user
            ));
        }
        *version = row.version;
    }
}

/// Each change of the trials makes one version and one event, so a version has the event of that sequence.
pub(super) fn check_acknowledged(history: &History, findings: &mut Findings) {
    let written: HashSet<(&str, u64)> = history
        .committed
        .iter()
        .map(|event| (event.user.as_str(), event.sequence))
        .collect();
    let deleted: HashSet<&str> = history
        .committed
        .iter()
        .filter(|event| event.deletes)
        .map(|event| event.user.as_str())
        .collect();
    for change in &history.acknowledged {
        match change {
            Acknowledged::Version { user, version } if !written.contains(&(user, *version)) => {
                let text = format!("version {version} of user {user}");
                findings.unwritten.push(text);
            }
            Acknowledged::Deleted { user } if !deleted.contains(user.as_str()) => {
                findings.unwritten.push(format!("the end of user {user}"));
            }
            Acknowledged::Version { .. } | Acknowledged::Deleted { .. } => {}
        }
    }
}
