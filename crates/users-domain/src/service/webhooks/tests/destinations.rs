use super::*;
use crate::model::webhooks::{Destination, DestinationState, DisabledReason};
use crate::ports::{AddDestinationError, ChangeDestinationError, VaultError};
use crate::service::fixtures::unavailable;

/// Creates a destination; returns the result and the values passed to the store.
async fn create(new: NewDestination) -> (DestinationCreated, (Destination, SealedSecret)) {
    let mut mocks = Mocks::default().with_vault();
    let stored = Arc::new(std::sync::Mutex::new(None));
    let recorder = Arc::clone(&stored);
    mocks.destinations.expect_add().times(1).returning(move |destination, sealed| {
        *recorder.lock().unwrap() = Some((destination, sealed));
        Ok(())
    });
    let created = mocks.service().create(&owner(), new).await.unwrap();
    let stored = stored.lock().unwrap().take().unwrap();
    (created, stored)
}

#[tokio::test]
async fn a_new_destination_is_stored_with_the_sealed_form_of_the_returned_secret() {
    let (created, (stored, sealed)) = create(new_destination()).await;
    assert_eq!(created.detail.destination, stored);
    assert_eq!(sealed.as_bytes(), created.secret.as_bytes());
    assert_eq!(stored.application, APPLICATION);
    assert_eq!(stored.id.uuid().get_version_num(), 7);
    assert_eq!((stored.created_at, stored.updated_at), (now(), now()));
    assert_eq!(stored.state, DestinationState::Enabled);
    let (_, (off, _)) = create(NewDestination { enabled: false, ..new_destination() }).await;
    let reason = DisabledReason::Client;
    assert_eq!(off.state, DestinationState::Disabled { reason, since: now() });
}

#[tokio::test]
async fn errors_of_adding_a_destination_are_reported() {
    let errors = [
        (AddDestinationError::Duplicate, DestinationError::Duplicate),
        (AddDestinationError::TooMany, DestinationError::TooMany),
        (AddDestinationError::Store(unavailable()), DestinationError::Store(unavailable())),
    ];
    for (error, expected) in errors {
        let mut mocks = Mocks::default().with_vault();
        mocks.destinations.expect_add().return_once(|_, _| Err(error));
        let answer = mocks.service().create(&owner(), new_destination()).await;
        assert_eq!(answer, Err(expected));
    }
}

#[tokio::test]
async fn a_secret_that_cannot_be_sealed_is_never_stored() {
    let mut mocks = Mocks::default();
    mocks.vault.expect_seal().times(2).returning(|_, _| Err(VaultError::NotSealed));
    let service = mocks.service();
    let not_sealed = DestinationError::Vault(VaultError::NotSealed);
    let created = service.create(&owner(), new_destination()).await;
    assert_eq!(created, Err(not_sealed.clone()));
    let rotated = service.rotate_secret(&owner(), DESTINATION, RotationGrace::DEFAULT).await;
    assert_eq!(rotated, Err(not_sealed));
}

#[tokio::test]
async fn errors_of_changing_a_destination_are_reported() {
    let errors = [
        (ChangeDestinationError::Duplicate, DestinationError::Duplicate),
        (ChangeDestinationError::NotFound, DestinationError::DestinationNotFound),
        (ChangeDestinationError::Store(unavailable()), DestinationError::Store(unavailable())),
    ];
    for (error, expected) in errors {
        let mut mocks = Mocks::default();
        mocks
            .destinations
            .expect_change()
            .withf(|application, id, change, at| {
                *change == DestinationChange::default()
                    && (*application, *id, *at) == (APPLICATION, DESTINATION, now())
            })
            .return_once(|_, _, _, _| Err(error));
        let change = DestinationChange::default();
        let answer = mocks.service().update(&owner(), &known(), change).await;
        assert_eq!(answer, Err(expected));
    }
}

/// A destination that the service disabled has queued events, so sending back its current state must not change it.
#[tokio::test]
async fn setting_the_current_enabled_value_changes_nothing() {
    let off =
        DisabledReason::ALL.map(|reason| DestinationState::Disabled { reason, since: earlier() });
    for state in off.into_iter().chain([DestinationState::Enabled]) {
        for enabled in [false, true] {
            let changes = (enabled != state.is_enabled()).then_some(enabled);
            let mut mocks = Mocks::default();
            mocks
                .destinations
                .expect_change()
                .withf(move |_, _, change, _| change.enabled == changes)
                .return_once(|_, _, _, _| Err(ChangeDestinationError::NotFound));
            let known = Destination { state, ..known() };
            let change =
                DestinationChange { enabled: Some(enabled), ..DestinationChange::default() };
            let answer = mocks.service().update(&owner(), &known, change).await;
            assert_eq!(answer, Err(DestinationError::DestinationNotFound));
        }
    }
}

#[tokio::test]
async fn a_missing_destination_is_not_found_by_any_use_case() {
    let mut mocks = Mocks::default().with_vault();
    mocks.destinations.expect_find().returning(|_, _| Ok(None));
    mocks.destinations.expect_remove().returning(|_, _| Ok(false));
    mocks.destinations.expect_rotate_secret().returning(|_, _, _, _| Ok(false));
    mocks.recoveries.expect_start().returning(|_| Ok(None));
    let (service, owner) = (mocks.service(), owner());
    let grace = RotationGrace::DEFAULT;
    let answers = [
        service.find(&owner, DESTINATION).await.err(),
        service.delete(&owner, DESTINATION).await.err(),
        service.rotate_secret(&owner, DESTINATION, grace).await.err(),
        service.start_recovery(&owner, DESTINATION, earlier()).await.err(),
    ];
    assert_eq!(answers, [const { Some(DestinationError::DestinationNotFound) }; 4]);
}

#[tokio::test]
async fn a_rotated_secret_is_new_and_the_grace_period_is_passed_to_the_store() {
    let (created, _) = create(new_destination()).await;
    let mut mocks = Mocks::default().with_vault();
    mocks
        .destinations
        .expect_rotate_secret()
        .times(1)
        .withf(|application, id, _, grace| {
            (*application, *id) == (APPLICATION, DESTINATION)
                && *grace == std::time::Duration::from_hours(3)
        })
        .returning(|_, _, _, _| Ok(true));
    let grace = RotationGrace::from_hours(3).unwrap();
    let secret = mocks.service().rotate_secret(&owner(), DESTINATION, grace).await.unwrap();
    assert_ne!(secret, created.secret);
}

#[tokio::test]
async fn an_empty_page_of_a_missing_destination_is_not_found() {
    let mut idle = Mocks::default().with_secrets(&[1]);
    let mut missing = Mocks::default().without_destination();
    for mocks in [&mut idle, &mut missing] {
        mocks
            .attempts
            .expect_list()
            .returning(|_, _, _| Ok(AttemptPage { attempts: vec![], more: false }));
    }
    let (idle, missing, query) = (idle.service(), missing.service(), query());
    let page = idle.deliveries(&owner(), DESTINATION, &query).await;
    assert_eq!(page.unwrap().attempts, []);
    assert_eq!(
        missing.deliveries(&owner(), DESTINATION, &query).await,
        Err(DestinationError::DestinationNotFound)
    );
}

#[tokio::test]
async fn a_page_with_deliveries_needs_no_second_read() {
    let mut mocks = Mocks::default();
    let page = AttemptPage { attempts: vec![attempt(AttemptTrigger::Schedule)], more: true };
    let stored = page.clone();
    mocks.attempts.expect_list().return_once(|_, _, _| Ok(stored));
    let answer = mocks.service().deliveries(&owner(), DESTINATION, &query()).await;
    assert_eq!(answer, Ok(page));
}

#[tokio::test]
async fn a_missing_delivery_differs_from_a_missing_destination() {
    let existing = Mocks::default().with_secrets(&[1]);
    let missing = Mocks::default().without_destination();
    let cases = [
        (existing, DestinationError::DeliveryNotFound, DestinationError::RecoveryNotFound),
        (missing, DestinationError::DestinationNotFound, DestinationError::DestinationNotFound),
    ];
    for (mut mocks, no_delivery, no_recovery) in cases {
        mocks.attempts.expect_find().returning(|_, _, _| Ok(None));
        mocks.recoveries.expect_find().returning(|_, _, _| Ok(None));
        let service = mocks.service();
        let delivery = service.delivery(&owner(), DESTINATION, DELIVERY).await;
        assert_eq!(delivery, Err(no_delivery));
        let recovery = service.recovery(&owner(), DESTINATION, RECOVERY).await;
        assert_eq!(recovery, Err(no_recovery));
    }
}

#[tokio::test]
async fn a_started_recovery_is_returned_as_stored() {
    let mut mocks = Mocks::default();
    mocks
        .recoveries
        .expect_start()
        .withf(|recovery| {
            (recovery.application, recovery.destination) == (APPLICATION, DESTINATION)
                && (recovery.since, recovery.state) == (earlier(), RecoveryState::Running)
        })
        .returning(|recovery| Ok(Some(Recovery { created_at: later(), ..recovery })));
    let recovery = mocks.service().start_recovery(&owner(), DESTINATION, earlier()).await.unwrap();
    assert_eq!(recovery.created_at, later());
    assert_eq!(recovery.id.uuid().get_version_num(), 7);
}

#[tokio::test]
async fn a_url_is_validated_by_the_policy() {
    let mut mocks = Mocks::default();
    mocks.urls.expect_accept().returning(|_| Err(UrlRefused::ForbiddenAddress));
    assert_eq!(mocks.service().accept_url("https://127.0.0.1/"), Err(UrlRefused::ForbiddenAddress));
}
