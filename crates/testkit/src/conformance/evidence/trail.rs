//! Audit entries and events of reports.

use users_domain::model::evidence::{ReportOutcome, RiskKind, RuleAction, SessionStatus};
use users_domain::model::{ActivityKind, ApplicationSettings, UserId, UserStatus, WebhookType};

use crate::conformance::UserStoreSubject;
use crate::{Tenant, a_risk_report, a_session_report, a_transaction_report, by_name};

/// The kinds of a user's audit entries, sorted, and the types of its events, in order.
async fn written(
    subject: &UserStoreSubject,
    tenant: &Tenant,
    user: UserId,
) -> (Vec<String>, Vec<String>) {
    let entries = subject.inspect.audit_entries(tenant.id(), user).await;
    let mut events = subject.inspect.events(tenant.id(), user).await;
    events.sort_by_key(|event| event.sequence);
    let sequences = events.iter().map(|event| event.sequence);
    assert!(sequences.eq(1..=events.len() as u64), "sequences count");
    let mut kinds: Vec<_> = entries.into_iter().map(|entry| entry.kind).collect();
    kinds.sort();
    let types = events.into_iter().map(|event| event.webhook_type);
    (kinds, types.collect())
}

/// Each effective report has an audit entry of its kind, and a status change has a further one. Each report has at most
/// one data event, before the status event.
pub async fn every_report_writes_its_audit_entry_and_events(subject: &UserStoreSubject) {
    use ActivityKind::{Comment, Created, Risk, Session, StatusChanged, Transaction};
    use WebhookType::{UserDataUpdated as Data, UserStatusUpdated as Status};

    let settings =
        ApplicationSettings { auto_block_on_decline: true, ..ApplicationSettings::default() };
    let tenant = Tenant::with(subject, settings).await;
    let (mut kinds, mut events) = (Vec::new(), Vec::new());
    for (step, kinds_of_step, events_of_step, status) in [
        (0, vec![Created, Session], vec![Data], UserStatus::Active),
        // The transaction is the latest activity, and the flag changes the status.
        (1, vec![Transaction, StatusChanged], vec![Data, Status], UserStatus::Flagged),
        // Stale, but with an earlier time.
        (2, vec![Session], vec![Data], UserStatus::Flagged),
        // Already flagged: the status does not change, but the risk event is noted and sent.
        (3, vec![Risk, Comment], vec![Data], UserStatus::Flagged),
        (4, vec![Session, StatusChanged], vec![Data, Status], UserStatus::Blocked),
        // An earlier transaction changes no visible field, and the user is already blocked.
        (5, vec![Transaction], vec![], UserStatus::Blocked),
    ] {
        report(&tenant, step).await;
        kinds.extend(kinds_of_step.iter().map(|kind: &ActivityKind| kind.as_str().to_owned()));
        kinds.sort();
        events.extend(events_of_step.iter().map(|kind: &WebhookType| kind.as_str().to_owned()));
        let user = tenant.find(&by_name("ada")).await.expect("ada").record;
        assert_eq!(user.status, status, "step {step}");
        assert_eq!(user.version, step + 1);
        let written = written(subject, &tenant, user.id).await;
        assert_eq!(written, (kinds.clone(), events.clone()), "step {step}");
    }
    tenant.assert_stored_as_decided().await;
}

async fn report(tenant: &Tenant, step: u64) {
    let session = |revision, status| a_session_report("s", "ada", revision, status);
    let sessions = async |report| {
        tenant.session(report).await.expect("no refusal");
    };
    match step {
        0 => sessions(session(5, SessionStatus::InReview)).await,
        1 => {
            // Later than every time of the tenant's clock, which ticks with each command.
            let report = a_transaction_report("t", "ada", 1_000, &[RuleAction::Flag]);
            tenant.transactions(vec![report]).await;
        }
        2 => sessions(session(4, SessionStatus::Declined)).await,
        3 => {
            let report = a_risk_report("r", "ada", RiskKind::OngoingAml);
            tenant.risks(vec![report]).await;
        }
        4 => sessions(session(6, SessionStatus::Declined)).await,
        _ => {
            let report = a_transaction_report("u", "ada", 7, &[RuleAction::Block]);
            tenant.transactions(vec![report]).await;
        }
    }
}

/// Duplicates and stale revisions without new information change neither the user nor its entries and events.
pub async fn a_report_without_changes_writes_nothing(subject: &UserStoreSubject) {
    let tenant = Tenant::of(subject).await;
    let session = |revision, status| a_session_report("s", "ada", revision, status);
    let stale = session(2, SessionStatus::NotStarted);
    let newest = session(3, SessionStatus::Approved);
    let payment = a_transaction_report("t", "ada", 1, &[RuleAction::Flag]);
    let hit = a_risk_report("r", "ada", RiskKind::OngoingAml);
    tenant.sessions(vec![stale.clone(), newest.clone()]).await;
    tenant.transactions(vec![payment.clone()]).await;
    tenant.risks(vec![hit.clone()]).await;
    let before = tenant.find(&by_name("ada")).await.expect("ada");
    let written_before = written(subject, &tenant, before.record.id).await;

    let mut answers = tenant.sessions(vec![newest, stale]).await;
    answers.extend(tenant.transactions(vec![payment]).await);
    answers.extend(tenant.risks(vec![hit]).await);
    let receipts: Vec<_> = answers
        .into_iter()
        .map(|answer| answer.expect("no refusal"))
        .map(|reported| {
            let version = reported.user.expect("a user").version;
            assert_eq!(version, before.record.version);
            reported.receipt
        })
        .collect();
    let known = ReportOutcome::Duplicate;
    assert_eq!(receipts, [known, ReportOutcome::Stale, known, known]);
    assert_eq!(tenant.find(&by_name("ada")).await, Some(before.clone()));
    let written_after = written(subject, &tenant, before.record.id).await;
    assert_eq!(written_after, written_before);
    tenant.assert_stored_as_decided().await;
}
