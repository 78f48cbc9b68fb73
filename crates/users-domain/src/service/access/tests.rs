use super::*;
use crate::model::VerifiedFieldsPolicy;
use crate::ports::{MockApplicationStore, MockKeyStore};
use crate::service::fixtures::{application, clock, entropy};

fn service(applications: MockApplicationStore) -> AccessService {
    AccessService::new(Arc::new(applications), Arc::new(MockKeyStore::new()), clock(), entropy())
}

fn store_with_application() -> MockApplicationStore {
    let mut store = MockApplicationStore::new();
    store.expect_find().returning(|_| Ok(Some(application())));
    store
}

const BLOCKING: Setting = Setting::AutoBlockOnDecline(true);

#[tokio::test]
async fn changed_settings_are_stored_with_their_audit_entry() {
    let mut store = store_with_application();
    store.expect_replace_settings().times(1).return_once(|_, before, after, entry| {
        assert_eq!(after, before.with(BLOCKING));
        assert_eq!((entry.header.user, entry.header.actor_kind), (None, "system"));
        let values = (entry.detail.previous_value, entry.detail.new_value);
        let shown = (values.0.to_string(), values.1.to_string());
        let expected = ["false", "true"].map(|v| format!("{{\"auto_block_on_decline\":{v}}}"));
        assert_eq!([shown.0, shown.1], expected);
        Ok(true)
    });
    let changed = service(store).change_settings(application().id, &[BLOCKING]).await;
    assert!(changed.unwrap().settings.auto_block_on_decline);
}

#[tokio::test]
async fn unchanged_settings_write_nothing() {
    let same = Setting::VerifiedFields(VerifiedFieldsPolicy::ReadOnly);
    let unchanged =
        service(store_with_application()).change_settings(application().id, &[same]).await;
    assert_eq!(unchanged, Ok(application()));
}

#[tokio::test]
async fn a_settings_conflict_is_retried_a_limited_number_of_times() {
    let mut store = store_with_application();
    store.expect_replace_settings().times(5).returning(|_, _, _, _| Ok(false));
    let id = application().id;
    let lost = service(store).change_settings(id, &[BLOCKING]).await;
    assert_eq!(lost, Err(AccessError::Contended(id)));
}

mod keys {
    use super::*;
    use crate::model::{AllowedNetworks, KeyKind, KeyLimits, KeyName, Role, Timestamp};
    use crate::rules::Patch;
    use crate::rules::keys::{KeyFacts, KeyRejection, KeyRotation, KeyUpdate, NewKey};
    use crate::service::fixtures::{caller, unavailable};

    fn key_service(keys: MockKeyStore) -> KeyService {
        KeyService::new(Arc::new(keys), clock(), entropy())
    }

    /// A store that decides on these facts and stores nothing.
    fn deciding_on(facts: KeyFacts) -> MockKeyStore {
        let mut keys = MockKeyStore::new();
        keys.expect_commit().returning(move |_, mutation| Ok((mutation.decide)(&facts)));
        keys
    }

    fn new_key() -> NewKey {
        NewKey {
            name: KeyName::parse("new").unwrap(),
            kind: KeyKind::Role(Role::Reader),
            expires_at: None,
            allowed_ips: AllowedNetworks::default(),
            limits: KeyLimits::default(),
        }
    }

    fn rotation() -> KeyRotation {
        KeyRotation { grace: crate::model::KeyGrace::DEFAULT, expires_at: Patch::Absent }
    }

    #[tokio::test]
    async fn forbidden_roles_never_reach_the_key_store() {
        let kinds = [Role::ComplianceOfficer, Role::Developer, Role::Reader].map(KeyKind::Role);
        for kind in kinds.into_iter().chain([KeyKind::Service]) {
            let (service, caller) = (key_service(MockKeyStore::new()), caller(kind));
            let id = caller.grant.key.id;
            let refused = [
                service.list(&caller).await.err(),
                service.find(&caller, id).await.err(),
                service.check_reach(&caller, id).await.err(),
                service.create(&caller, new_key()).await.err(),
                service.update(&caller, id, KeyUpdate::default()).await.err(),
                service.revoke(&caller, id).await.err(),
                service.rotate(&caller, id, rotation()).await.err(),
            ];
            let forbidden = Some(KeyError::Refused(KeyRejection::Forbidden));
            assert!(refused.iter().all(|error| *error == forbidden), "{refused:?}");
        }
    }

    #[tokio::test]
    async fn the_returned_secret_matches_the_stored_key() {
        let owner = caller(KeyKind::Role(Role::Owner));
        let service = key_service(deciding_on(KeyFacts {
            subject: None,
            live: vec![owner.grant.key.clone()],
        }));
        let created = service.create(&owner, new_key()).await.unwrap();
        assert_eq!(created.key.digest, created.secret.digest());
        assert_eq!(created.key.created_at, Timestamp::UNIX_EPOCH);

        let old = created.key;
        let service = key_service(deciding_on(KeyFacts {
            subject: Some(old.clone()),
            live: vec![old.clone(), owner.grant.key.clone()],
        }));
        let rotated = service.rotate(&owner, old.id, rotation()).await.unwrap();
        let new = rotated.created;
        assert_eq!(new.key.digest, new.secret.digest());
        assert_eq!(rotated.previous.id, old.id);
        assert!(rotated.previous.expires_at.is_some());
    }

    #[tokio::test]
    async fn only_an_operator_revokes_the_last_owner_key() {
        let owner = caller(KeyKind::Role(Role::Owner));
        let key = owner.grant.key.clone();
        let facts = || KeyFacts { subject: Some(key.clone()), live: vec![key.clone()] };
        let refused = key_service(deciding_on(facts())).revoke(&owner, key.id).await;
        assert_eq!(refused, Err(KeyError::Refused(KeyRejection::LastOwner)));
        let access = AccessService::new(
            Arc::new(store_with_application()),
            Arc::new(deciding_on(facts())),
            clock(),
            entropy(),
        );
        let revoked = access.revoke_key(application().id, key.id).await.unwrap();
        assert_eq!(revoked.revoked_at, Some(Timestamp::UNIX_EPOCH));
    }

    #[tokio::test]
    async fn an_unavailable_store_is_reported() {
        let owner = caller(KeyKind::Role(Role::Owner));
        let mut keys = MockKeyStore::new();
        keys.expect_commit().returning(|_, _| Err(unavailable()));
        let revoked = key_service(keys).revoke(&owner, owner.grant.key.id).await;
        assert_eq!(revoked, Err(KeyError::Store(unavailable())));
    }
}
