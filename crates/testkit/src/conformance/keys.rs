//! What every `KeyStore` must do.

use users_domain::model::{
    AllowedNetworks, ApiKey, Application, ApplicationSettings, Environment, KeyGrant, KeyKind,
    KeyLimits, KeyName, Network, Role,
};

use super::AccessSubject;
use crate::{a_key, an_application, base_time};

/// The second one of a digest changes nothing and is told so, even when the first was revoked: no key is revived.
pub async fn adding_a_key_whose_digest_exists_even_revoked_changes_nothing(
    subject: &AccessSubject,
) {
    let (application, first) = a_stored_key(subject).await;
    let second = ApiKey {
        id: a_key(&application, KeyKind::Service).0.id,
        name: KeyName::parse("Another").expect("a name"),
        kind: KeyKind::Role(Role::Owner),
        ..first.clone()
    };
    assert_eq!(subject.keys.add(second.clone()).await, Ok(false));
    assert_eq!(stored(subject, &first).await.key, first);

    let revoked = subject
        .keys
        .revoke(application.id, first.id, base_time())
        .await;
    let revoked = revoked.expect("the store answers").expect("the key");
    assert_eq!(subject.keys.add(second).await, Ok(false));
    assert_eq!(stored(subject, &first).await.key, revoked);
    assert_eq!(subject.keys.list(application.id).await, Ok(vec![revoked]));
}

/// Of every kind, with and without an expiry, networks and limits, together with its application's settings.
pub async fn a_key_is_found_with_the_settings_of_its_application(subject: &AccessSubject) {
    let kinds = Role::ALL
        .map(KeyKind::Role)
        .into_iter()
        .chain([KeyKind::Service]);
    for (number, kind) in kinds.enumerate() {
        let even = number % 2 == 0;
        let application = Application {
            environment: if even {
                Environment::Live
            } else {
                Environment::Sandbox
            },
            settings: ApplicationSettings {
                auto_block_on_decline: number >= 3,
                ..ApplicationSettings::default()
            },
            ..an_application()
        };
        assert_eq!(
            subject.applications.add(application.clone()).await,
            Ok(true)
        );
        let (key, secret) = a_key(&application, kind);
        let key = ApiKey {
            name: KeyName::parse(" Ünï 'x' ").expect("a name"),
            expires_at: even.then(|| base_time().next_microsecond()),
            allowed_ips: networks(number),
            limits: KeyLimits {
                reads_per_minute: even.then_some(u32::MAX),
                writes_per_minute: (!even).then_some(0),
            },
            ..key
        };
        assert_eq!(subject.keys.find(secret.digest()).await, Ok(None));
        assert_eq!(subject.keys.add(key.clone()).await, Ok(true));
        let grant = KeyGrant {
            key,
            environment: application.environment,
            settings: application.settings,
        };
        assert_eq!(subject.keys.find(secret.digest()).await, Ok(Some(grant)));
    }
}

/// A second revocation answers the key with the time of the first.
pub async fn a_key_that_was_revoked_before_keeps_its_earlier_time(subject: &AccessSubject) {
    let (_, key) = a_stored_key(subject).await;
    let first = ApiKey {
        revoked_at: Some(base_time()),
        ..key.clone()
    };
    assert_eq!(
        subject
            .keys
            .revoke(key.application, key.id, base_time())
            .await,
        Ok(Some(first.clone()))
    );
    let later = base_time().plus_millis(1);
    assert_eq!(
        subject.keys.revoke(key.application, key.id, later).await,
        Ok(Some(first.clone()))
    );
    assert_eq!(stored(subject, &key).await.key, first);
}

/// Neither revoking nor touching it is an error.
pub async fn an_unknown_key_is_neither_revoked_nor_touched(subject: &AccessSubject) {
    let (application, _) = a_stored_key(subject).await;
    let unknown = a_key(&application, KeyKind::Service).0.id;
    let (keys, at) = (&subject.keys, base_time());
    assert_eq!(keys.revoke(application.id, unknown, at).await, Ok(None));
    assert_eq!(keys.touch(application.id, unknown, at).await, Ok(()));
}

/// It is as unknown as one that does not exist.
pub async fn a_key_of_another_application_is_neither_revoked_nor_touched(subject: &AccessSubject) {
    let (_, key) = a_stored_key(subject).await;
    let (other, _) = a_stored_key(subject).await;
    let (keys, at) = (&subject.keys, base_time());
    assert_eq!(keys.revoke(other.id, key.id, at).await, Ok(None));
    assert_eq!(keys.touch(other.id, key.id, at).await, Ok(()));
    assert_eq!(stored(subject, &key).await.key, key);
}

/// Notes that arrive late are not believed.
pub async fn last_used_at_never_runs_backwards(subject: &AccessSubject) {
    let (_, key) = a_stored_key(subject).await;
    for (used, last) in [(5_u64, 5), (3, 5), (7, 7), (6, 7)] {
        let at = base_time().plus_millis(used);
        assert_eq!(
            subject.keys.touch(key.application, key.id, at).await,
            Ok(())
        );
        let last = base_time().plus_millis(last);
        assert_eq!(stored(subject, &key).await.key.last_used_at, Some(last));
    }
}

/// Revoked ones too, and no other application's.
pub async fn keys_are_listed_oldest_first(subject: &AccessSubject) {
    let (application, _) = a_stored_key(subject).await;
    a_stored_key(subject).await;
    for age in [3_u64, 1, 2] {
        let key = ApiKey {
            created_at: base_time().plus_millis(age),
            ..a_key(&application, KeyKind::Service).0
        };
        assert_eq!(subject.keys.add(key.clone()).await, Ok(true));
        if age == 1 {
            let revoked = subject
                .keys
                .revoke(key.application, key.id, base_time())
                .await;
            assert!(revoked.is_ok_and(|key| key.is_some()));
        }
    }
    let listed = subject
        .keys
        .list(application.id)
        .await
        .expect("the store answers");
    let made: Vec<_> = listed.iter().map(|key| key.created_at).collect();
    assert_eq!(made, [0, 1, 2, 3].map(|age| base_time().plus_millis(age)));
    assert_eq!(
        listed.iter().filter(|key| key.revoked_at.is_some()).count(),
        1
    );
    assert!(listed.iter().all(|key| key.application == application.id));
    assert_eq!(subject.keys.list(an_application().id).await, Ok(Vec::new()));
}

/// As many networks as said, IPv4 and IPv6 in turn.
fn networks(count: usize) -> AllowedNetworks {
    let text = |number| match number % 2 {
        0 => format!("192.0.2.{number}/32"),
        _ => format!("2001:db8:{number}::/48"),
    };
    let networks = (0..count).map(|number| Network::parse(&text(number)).expect("a network"));
    AllowedNetworks::new(networks).expect("few enough")
}

async fn a_stored_key(subject: &AccessSubject) -> (Application, ApiKey) {
    let application = an_application();
    assert_eq!(
        subject.applications.add(application.clone()).await,
        Ok(true)
    );
    let (key, _) = a_key(&application, KeyKind::Role(Role::Admin));
    assert_eq!(subject.keys.add(key.clone()).await, Ok(true));
    (application, key)
}

async fn stored(subject: &AccessSubject, key: &ApiKey) -> KeyGrant {
    let found = subject.keys.find(key.digest).await;
    found.expect("the store answers").expect("the key")
}

/// Makes one test per clause of a `KeyStore`. Takes the path of an asynchronous function that makes an
/// [`AccessSubject`].
#[macro_export]
macro_rules! key_store_conformance {
    ($make_subject:path) => {
        $crate::conformance_tests!(
            $make_subject,
            keys,
            [
                adding_a_key_whose_digest_exists_even_revoked_changes_nothing,
                a_key_is_found_with_the_settings_of_its_application,
                a_key_that_was_revoked_before_keeps_its_earlier_time,
                an_unknown_key_is_neither_revoked_nor_touched,
                a_key_of_another_application_is_neither_revoked_nor_touched,
                last_used_at_never_runs_backwards,
                keys_are_listed_oldest_first,
            ]
        );
    };
}
