//! Adding, finding, listing and touching keys.

use users_domain::model::{
    AllowedNetworks, ApiKey, Application, ApplicationSettings, Environment, KeyGrant, KeyKind,
    KeyLimits, KeyName, Network, Role,
};
use users_domain::rules::keys::{KeyOutcome, KeyRejection};

use super::{
    a_stored_application, a_stored_key, audit_kinds, revocation, revoked, store, stored, stored_in,
};
use crate::conformance::AccessSubject;
use crate::{a_key, a_key_entry, an_application, base_time};

/// `add` returns `false` if the digest exists. A revoked key is not activated again.
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
    let add = || subject.keys.add(second.clone(), a_key_entry(&second));
    assert_eq!(add().await, Ok(false));
    assert_eq!(stored(subject, &first).await.key, first);
    assert_eq!(audit_kinds(subject, &application).await, ["KEY_CREATED"]);

    let revoked = revoked(subject, &first, base_time()).await;
    assert_eq!(add().await, Ok(false));
    assert_eq!(stored(subject, &first).await.key, revoked);
    let listed = subject.keys.list(application.id, base_time()).await;
    assert_eq!(listed, Ok(vec![revoked]));
    let kinds = audit_kinds(subject, &application).await;
    assert_eq!(kinds, ["KEY_CREATED", "KEY_REVOKED"]);
}

/// Covers every kind of key, with and without expiry, networks and limits.
pub async fn a_key_is_found_with_the_settings_of_its_application(subject: &AccessSubject) {
    let kinds = Role::ALL.map(KeyKind::Role).into_iter().chain([KeyKind::Service]);
    for (number, kind) in kinds.enumerate() {
        let even = number % 2 == 0;
        let application = Application {
            environment: if even { Environment::Live } else { Environment::Sandbox },
            settings: ApplicationSettings {
                auto_block_on_decline: number >= 3,
                ..ApplicationSettings::default()
            },
            ..an_application()
        };
        assert_eq!(subject.applications.add(application.clone()).await, Ok(true));
        let (key, secret) = a_key(&application, kind);
        let key = ApiKey {
            name: KeyName::from_stored(" Ünï\u{202e}'x' ".to_owned()),
            expires_at: even.then(|| base_time().next_microsecond()),
            allowed_ips: networks(number),
            limits: KeyLimits {
                reads_per_minute: even.then_some(u32::MAX),
                writes_per_minute: (!even).then_some(0),
            },
            ..key
        };
        assert_eq!(subject.keys.find(secret.digest()).await, Ok(None));
        store(subject, &key).await;
        let by_id = subject.keys.find_by_id(application.id, key.id).await;
        assert_eq!(by_id, Ok(Some(key.clone())));
        let owner = subject.keys.application_of(key.id).await;
        assert_eq!(owner, Ok(Some(application.id)));
        let grant =
            KeyGrant { key, environment: application.environment, settings: application.settings };
        assert_eq!(subject.keys.find(secret.digest()).await, Ok(Some(grant)));
    }
}

/// A second revocation returns the key with the time of the first one.
pub async fn a_repeated_revocation_keeps_the_first_time(subject: &AccessSubject) {
    let (_, key) = a_stored_key(subject).await;
    let first = ApiKey { revoked_at: Some(base_time()), ..key.clone() };
    assert_eq!(revoked(subject, &key, base_time()).await, first);
    let later = base_time().plus_millis(1);
    assert_eq!(revoked(subject, &key, later).await, first);
    assert_eq!(stored(subject, &key).await.key, first);
}

/// Touching an unknown key is no error.
pub async fn an_unknown_key_is_neither_found_nor_touched(subject: &AccessSubject) {
    let (application, _) = a_stored_key(subject).await;
    let unknown = a_key(&application, KeyKind::Service).0.id;
    let (keys, at) = (&subject.keys, base_time());
    assert_eq!(keys.find_by_id(application.id, unknown).await, Ok(None));
    assert_eq!(keys.application_of(unknown).await, Ok(None));
    assert_eq!(keys.touch(application.id, unknown, at).await, Ok(()));
}

/// It is handled like an unknown key.
pub async fn a_key_of_another_application_is_neither_found_nor_touched(subject: &AccessSubject) {
    let (_, key) = a_stored_key(subject).await;
    let (other, _) = a_stored_key(subject).await;
    let (keys, at) = (&subject.keys, base_time());
    assert_eq!(keys.find_by_id(other.id, key.id).await, Ok(None));
    assert_eq!(keys.touch(other.id, key.id, at).await, Ok(()));
    let revoked = keys.commit(other.id, revocation(key.id, at)).await;
    assert_eq!(revoked, Ok(KeyOutcome::Refused(KeyRejection::NotFound)));
    assert_eq!(stored(subject, &key).await.key, key);
}

/// Earlier times are ignored, and so are times less than a minute after the stored one.
pub async fn last_used_at_never_decreases_and_changes_once_a_minute(subject: &AccessSubject) {
    let (_, key) = a_stored_key(subject).await;
    for (used, last) in [
        (5_000_u64, 5_000),
        (3_000, 5_000),
        (64_999, 5_000),
        (65_000, 65_000),
        (5_000, 65_000),
        (124_999, 65_000),
        (200_000, 200_000),
    ] {
        let at = base_time().plus_millis(used);
        let touched = subject.keys.touch(key.application, key.id, at).await;
        assert_eq!(touched, Ok(()));
        let last = base_time().plus_millis(last);
        assert_eq!(stored(subject, &key).await.key.last_used_at, Some(last));
    }
}

/// The list contains ended keys and no keys of other applications.
pub async fn keys_are_listed_oldest_first(subject: &AccessSubject) {
    let (application, _) = a_stored_key(subject).await;
    a_stored_key(subject).await;
    for age in [3_u64, 1, 2] {
        let key = ApiKey {
            created_at: base_time().plus_millis(age),
            expires_at: (age == 2).then(base_time),
            ..a_key(&application, KeyKind::Service).0
        };
        store(subject, &key).await;
        if age == 1 {
            revoked(subject, &key, base_time()).await;
        }
    }
    let now = base_time().plus_millis(9);
    let listed = subject.keys.list(application.id, now).await;
    let listed = listed.expect("the store answers");
    let created: Vec<_> = listed.iter().map(|key| key.created_at).collect();
    assert_eq!(created, [0, 1, 2, 3].map(|age| base_time().plus_millis(age)));
    let ended = listed.iter().filter(|key| key.ends_at().is_some());
    assert_eq!(ended.count(), 2);
    assert!(listed.iter().all(|key| key.application == application.id));
    let nothing = subject.keys.list(an_application().id, now).await;
    assert_eq!(nothing, Ok(Vec::new()));
}

/// The list omits the oldest ended keys and contains all live keys.
pub async fn only_the_latest_ended_keys_are_listed(subject: &AccessSubject) {
    const BEYOND: u64 = 3;
    let application = a_stored_application(subject).await;
    let alive = stored_in(subject, &application, KeyKind::Service).await;
    let most = u64::try_from(ApiKey::MAX_ENDED_LISTED).expect("a small number");
    for age in 1..=most + BEYOND {
        let key = ApiKey {
            created_at: base_time().plus_millis(age),
            expires_at: Some(base_time()),
            ..a_key(&application, KeyKind::Service).0
        };
        store(subject, &key).await;
    }
    let listed = subject.keys.list(application.id, base_time()).await;
    let listed = listed.expect("the store answers");
    assert_eq!(listed.first(), Some(&alive));
    let created: Vec<_> = listed.iter().skip(1).map(|key| key.created_at).collect();
    let latest: Vec<_> =
        (1 + BEYOND..=most + BEYOND).map(|age| base_time().plus_millis(age)).collect();
    assert_eq!(created, latest);
}

/// `count` networks, alternating between IPv4 and IPv6.
fn networks(count: usize) -> AllowedNetworks {
    let text = |number| match number % 2 {
        0 => format!("192.0.2.{number}/32"),
        _ => format!("2001:db8:{number}::/48"),
    };
    let networks = (0..count).map(|number| Network::parse(&text(number)).expect("a network"));
    AllowedNetworks::new(networks).expect("few enough")
}
