//! The values that a user has from the newest revisions of its sessions, in whatever order they are reported
//! (docs/DOMAIN.md). Each report updates the aggregate; the result must equal [`recount`].

use std::collections::BTreeMap;

use crate::model::evidence::{Session, SessionId, SessionStatus, TimeSpan};
use crate::model::{
    Email, Feature, FeatureStatus, Features, SessionCounters, Timestamp, UserRecord,
    VerificationSource, VerifiedProfile,
};

/// The aggregate of a user's sessions.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SessionAggregate {
    /// The number of sessions by status.
    pub counters: SessionCounters,
    /// Latest status of each feature.
    pub features: Features,
    /// The first and the last reported time of any revision of a session.
    pub seen: Option<TimeSpan>,
    /// The values from approved sessions.
    pub verified: VerifiedProfile,
}

impl SessionAggregate {
    /// Reads the aggregate from the record.
    #[must_use]
    pub fn of(record: &UserRecord) -> Self {
        let activity = &record.activity;
        Self {
            counters: record.counters,
            features: record.features.clone(),
            seen: activity
                .first_session_at
                .zip(activity.last_session_at)
                .map(|(first, last)| TimeSpan { first, last }),
            verified: record.profile.verified.clone(),
        }
    }

    pub(super) fn write_to(&self, record: &mut UserRecord) {
        record.counters = self.counters;
        record.features.clone_from(&self.features);
        record.activity.first_session_at = self.seen.map(|seen| seen.first);
        record.activity.last_session_at = self.seen.map(|seen| seen.last);
        record.profile.verified.clone_from(&self.verified);
    }
}

/// How a report about one session changes the counters.
#[derive(Clone, Copy)]
pub(super) struct CounterSteps {
    pub(super) sessions: i32,
    pub(super) approved: i32,
    pub(super) declined: i32,
    pub(super) in_review: i32,
}

/// The changes of the counters when a session changes its status; `before` is `None` for a new session.
pub(super) fn counter_steps(before: Option<SessionStatus>, after: SessionStatus) -> CounterSteps {
    let step =
        |counted: SessionStatus| i32::from(after == counted) - i32::from(before == Some(counted));
    CounterSteps {
        sessions: i32::from(before.is_none()),
        approved: step(SessionStatus::Approved),
        declined: step(SessionStatus::Declined),
        in_review: step(SessionStatus::InReview),
    }
}

fn stepped(counters: SessionCounters, steps: CounterSteps) -> SessionCounters {
    SessionCounters {
        session_count: counters.session_count.saturating_add_signed(steps.sessions),
        approved_count: counters.approved_count.saturating_add_signed(steps.approved),
        declined_count: counters.declined_count.saturating_add_signed(steps.declined),
        in_review_count: counters.in_review_count.saturating_add_signed(steps.in_review),
    }
}

/// Computes the aggregate from all sessions of a user.
#[must_use]
pub fn recount(sessions: &[Session]) -> SessionAggregate {
    let sessions: Vec<&Session> = sessions.iter().collect();
    let counters = sessions.iter().fold(SessionCounters::default(), |counters, session| {
        stepped(counters, counter_steps(None, session.newest.status))
    });
    SessionAggregate {
        counters,
        features: features_of(&sessions),
        seen: sessions
            .iter()
            .map(|session| session.seen)
            .reduce(|a, b| a.with(b.first).with(b.last)),
        verified: verified_by(&sessions),
    }
}

/// The aggregate after one session changed from `before` to `after`; `None` if this requires the user's complete
/// history. The history may contain the session before or after the change, or omit it.
#[must_use]
pub fn moved(
    standing: &SessionAggregate,
    before: Option<&Session>,
    after: &Session,
    history: Option<&[Session]>,
) -> Option<SessionAggregate> {
    let all = history.map(|history| {
        let others = history.iter().filter(|session| session.id != after.id);
        others.chain(std::iter::once(after)).collect::<Vec<_>>()
    });
    let status_before = before.map(|session| session.newest.status);
    let steps = counter_steps(status_before, after.newest.status);
    let seen =
        standing.seen.map_or(after.seen, |seen| seen.with(after.seen.first).with(after.seen.last));
    Some(SessionAggregate {
        counters: stepped(standing.counters, steps),
        features: moved_features(standing, before, after, all.as_deref())?,
        seen: Some(seen),
        verified: moved_profile(standing, before, after, all.as_deref())?,
    })
}

fn moved_features(
    standing: &SessionAggregate,
    before: Option<&Session>,
    after: &Session,
    all: Option<&[&Session]>,
) -> Option<Features> {
    let reported = |session: &Session| {
        let features = &session.newest.features;
        // Without features, the time makes no difference.
        (!features.is_empty()).then(|| (session.newest.occurred_at, features.clone()))
    };
    if before.and_then(reported) == reported(after) {
        return Some(standing.features.clone());
    }
    let is_latest = standing.seen.is_none_or(|seen| after.newest.occurred_at > seen.last);
    let removes_no_feature = before.is_none_or(|before| {
        let mut features = before.newest.features.keys();
        features.all(|feature| after.newest.features.contains_key(feature))
    });
    if is_latest && removes_no_feature {
        let mut features = standing.features.clone();
        features.extend(&after.newest.features);
        return Some(features);
    }
    all.map(features_of)
}

fn moved_profile(
    standing: &SessionAggregate,
    before: Option<&Session>,
    after: &Session,
    all: Option<&[&Session]>,
) -> Option<VerifiedProfile> {
    let stated = |session: &Session| {
        let approval = session.newest.approval().cloned();
        approval.map(|approval| (session.newest.occurred_at, approval))
    };
    let stated_before = before.and_then(stated);
    if stated_before == stated(after) {
        return Some(standing.verified.clone());
    }
    let others =
        standing.counters.approved_count.saturating_sub(u32::from(stated_before.is_some()));
    if others == 0 {
        return Some(verified_by(&[after]));
    }
    all.map(verified_by)
}

fn features_of(sessions: &[&Session]) -> Features {
    let mut latest: BTreeMap<Feature, ((Timestamp, &SessionId), FeatureStatus)> = BTreeMap::new();
    for session in sessions {
        for (feature, status) in &session.newest.features {
            let candidate = (session.order(), *status);
            let known = latest.entry(*feature).or_insert(candidate);
            if known.0 < candidate.0 {
                *known = candidate;
            }
        }
    }
    latest.into_iter().map(|(feature, (_, status))| (feature, status)).collect()
}

/// For each value, takes that of the newest approval that states it.
fn verified_by(sessions: &[&Session]) -> VerifiedProfile {
    let mut newest_first: Vec<_> = sessions
        .iter()
        .filter_map(|session| Some((*session, session.newest.approval()?)))
        .collect();
    newest_first.sort_by(|(a, _), (b, _)| b.order().cmp(&a.order()));
    let mut verified = VerifiedProfile::default();
    for (session, approval) in newest_first {
        let identity = &approval.identity;
        let source =
            VerificationSource { session: session.id.clone(), at: session.newest.occurred_at };
        verified.add_older(identity, &source);
        gather(&mut verified.emails, &approval.emails, Email::is_same_as);
        gather(&mut verified.phones, &approval.phones, PartialEq::eq);
        gather(&mut verified.issuing_states, identity.issuing_state.as_slice(), PartialEq::eq);
    }
    verified
}

fn gather<T: Clone>(list: &mut Vec<T>, more: &[T], is_same: fn(&T, &T) -> bool) {
    for entry in more {
        let is_new = !list.iter().any(|known| is_same(known, entry));
        if list.len() < VerifiedProfile::MAX_LIST_ENTRIES && is_new {
            list.push(entry.clone());
        }
    }
}
