//! Checks the committed events: every acknowledged change exists, and sequences have no gaps.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::{Acknowledged, Findings, History};

/// Checks that sequences count the events of each user from 1.
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
}

/// Checks acknowledged changes. Each change of the trials creates one version and one event, so the version is the
/// sequence of its event.
pub(super) fn check_acknowledged(history: &History, findings: &mut Findings) {
    let written: HashSet<(&str, u64)> =
        history.committed.iter().map(|event| (event.user.as_str(), event.sequence)).collect();
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
                findings.unwritten.push(format!("the deletion of user {user}"));
            }
            Acknowledged::Version { .. } | Acknowledged::Deleted { .. } => {}
        }
    }
}
