//! Which status may follow which, and what may cause it (docs/API.md).

use crate::model::{Role, StatusTrigger, UserStatus};

/// The result of requesting a status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transition {
    /// The status changes.
    Move,
    /// The user already has the status; nothing changes.
    Stay,
    /// The trigger may not cause this change.
    Refused,
}

/// The result of `trigger` requesting a change from `from` to `to`. Automatic triggers only escalate. People may make
/// every change except from BLOCKED to FLAGGED: a blocked user must be unblocked first.
///
/// ```
/// use users_domain::model::{StatusTrigger, UserStatus};
/// use users_domain::rules::status_machine::{Transition, transition};
///
/// let by_screening = |from, to| transition(from, to, StatusTrigger::OngoingAml);
/// assert_eq!(by_screening(UserStatus::Active, UserStatus::Flagged), Transition::Move);
/// assert_eq!(by_screening(UserStatus::Flagged, UserStatus::Active), Transition::Refused);
/// ```
#[must_use]
pub fn transition(from: UserStatus, to: UserStatus, trigger: StatusTrigger) -> Transition {
    use UserStatus::{Active, Blocked, Flagged};

    let allowed = match (from, to) {
        (Active, Active) | (Flagged, Flagged) | (Blocked, Blocked) => return Transition::Stay,
        (Blocked, Flagged) => false,
        (Flagged | Blocked, Active) => by_people(trigger),
        (Active, Flagged) | (Active | Flagged, Blocked) => {
            by_people(trigger) || automatic_targets(trigger).contains(&to)
        }
    };
    if allowed { Transition::Move } else { Transition::Refused }
}

/// The statuses that `trigger` may move a user to from `from`.
#[must_use]
pub fn targets(from: UserStatus, trigger: StatusTrigger) -> Vec<UserStatus> {
    UserStatus::ALL
        .into_iter()
        .filter(|to| transition(from, *to, trigger) == Transition::Move)
        .collect()
}

/// The trigger of a request by a key with this role.
#[must_use]
pub const fn trigger_of(role: Option<Role>) -> StatusTrigger {
    match role {
        Some(Role::ComplianceOfficer) => StatusTrigger::Analyst,
        Some(Role::Owner | Role::Admin | Role::Developer | Role::Reader) | None => {
            StatusTrigger::Api
        }
    }
}

const fn by_people(trigger: StatusTrigger) -> bool {
    matches!(trigger, StatusTrigger::Analyst | StatusTrigger::Api)
}

/// The statuses that an automatic trigger may request; for a rule, one per action (`flag`, `block`).
const fn automatic_targets(trigger: StatusTrigger) -> &'static [UserStatus] {
    match trigger {
        StatusTrigger::Analyst | StatusTrigger::Api => &[],
        StatusTrigger::TransactionRule => &[UserStatus::Flagged, UserStatus::Blocked],
        StatusTrigger::OngoingAml => &[UserStatus::Flagged],
        StatusTrigger::SessionDeclined | StatusTrigger::BlocklistMatch => &[UserStatus::Blocked],
    }
}

#[cfg(test)]
mod tests;
