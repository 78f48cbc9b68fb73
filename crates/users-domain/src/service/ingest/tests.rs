use std::collections::BTreeMap;

use super::*;
use crate::model::evidence::{
    Approval, Revision, RiskEvent, RiskEventId, RiskKind, SentDigest, SessionId, SessionRevision,
};
use crate::model::{KeyKind, Role};
use crate::ports::{MockUserReader, MockUserStore, Written};
use crate::rules::fixtures::{create, created};
use crate::rules::{Decision, Outcome};
use crate::service::fixtures::{caller, clock, entropy, unavailable};

fn service(store: MockUserStore, reader: MockUserReader) -> IngestService {
    IngestService::new(Arc::new(store), Arc::new(reader), clock(), entropy())
}

fn name() -> VendorData {
    VendorData::parse("ada").unwrap()
}

fn report(session: &str, status: SessionStatus) -> SessionReport {
    SessionReport {
        session: SessionId::parse(session).unwrap(),
        vendor_data: name(),
        state: SessionRevision::new(
            Revision::new(1).unwrap(),
            status,
            Timestamp::UNIX_EPOCH,
            BTreeMap::new(),
            Approval::default(),
        ),
        sent: SentDigest::of([]),
    }
}

#[tokio::test]
async fn role_keys_never_reach_a_port() {
    let service = service(MockUserStore::new(), MockUserReader::new());
    for role in Role::ALL {
        let caller = caller(KeyKind::Role(role));
        let sessions = vec![report("s", SessionStatus::InReview)];
        let risk = RiskReport {
            vendor_data: name(),
            event: RiskEvent {
                id: RiskEventId::parse("r").unwrap(),
                kind: RiskKind::OngoingAml,
                detail: None,
                incomplete: None,
            },
            sent: SentDigest::of([]),
        };
        let forbidden = Err(ServiceError::Forbidden);
        assert_eq!(service.sessions(&caller, sessions).await, forbidden);
        assert_eq!(service.transactions(&caller, vec![]).await, forbidden);
        assert_eq!(service.risks(&caller, vec![risk]).await, forbidden);
        assert_eq!(service.status(&caller, &name()).await, Err(ServiceError::Forbidden));
    }
}

/// Reports two sessions to a store that returns `answers`.
async fn answered(
    answers: Result<Vec<Result<Written, WriteError>>, StoreError>,
) -> Result<Vec<ReportAnswer>, ServiceError> {
    let mut store = MockUserStore::new();
    store.expect_commit().return_once(move |_, mutations| {
        let requested: Vec<_> = mutations
            .iter()
            .map(|mutation| (mutation.facts.evidence.clone(), mutation.facts.history))
            .collect();
        let session = |id| Some(EvidenceId::Session(SessionId::parse(id).unwrap()));
        assert_eq!(requested, [(session("a"), false), (session("b"), true)]);
        answers
    });
    let reports = vec![report("a", SessionStatus::InReview), report("b", SessionStatus::Approved)];
    service(store, MockUserReader::new()).sessions(&caller(KeyKind::Service), reports).await
}

fn written(receipt: Option<ReportOutcome>) -> Written {
    let decision = Decision { receipt, ..Outcome::Unchanged.into() };
    Written::unchanged(&created(&create("ada")), &decision, vec![])
}

#[tokio::test]
async fn results_are_receipts_or_rejections_in_order() {
    let answers = answered(Ok(vec![
        Err(WriteError::Refused(Rejection::EvidenceOfAnotherUser)),
        Ok(written(Some(ReportOutcome::Applied))),
    ]))
    .await
    .unwrap();
    assert_eq!(answers[0], Err(Rejection::EvidenceOfAnotherUser));
    let reported = answers[1].clone().unwrap();
    assert_eq!(reported.receipt, ReportOutcome::Applied);
    let user = reported.user.unwrap();
    assert_eq!((user.vendor_data, user.version), (name(), 1));
}

#[tokio::test]
async fn a_deleted_user_is_not_returned() {
    let answers = answered(Ok(vec![
        Err(WriteError::UserGone(ReportOutcome::Stale)),
        Err(WriteError::UserGone(ReportOutcome::Applied)),
    ]))
    .await
    .unwrap();
    let receipts: Vec<_> = answers.into_iter().map(Result::unwrap).collect();
    assert!(receipts.iter().all(|reported| reported.user.is_none()));
    assert_eq!(receipts[0].receipt, ReportOutcome::Stale);
}

#[tokio::test]
async fn a_retryable_error_fails_the_whole_call() {
    let contended =
        answered(Ok(vec![Ok(written(Some(ReportOutcome::Applied))), Err(WriteError::Contended)]));
    assert_eq!(contended.await, Err(ServiceError::Contended));
    assert_eq!(answered(Err(unavailable())).await, Err(unavailable().into()));
    let without_receipt = answered(Ok(vec![Ok(written(None))])).await;
    assert!(matches!(without_receipt, Err(ServiceError::Store(StoreError::Defect { .. }))));
}
