//! Signing secrets and their rotation.

use std::time::Duration;

use users_domain::model::webhooks::{Destination, SealedSecret};

use crate::conformance::WebhookSubject;
use crate::conformance::at_once::at_once;
use crate::{a_destination, a_sealed_secret};

const HOUR: Duration = Duration::from_hours(1);

/// Secrets are returned newest first. An old secret does not sign after the grace period.
pub async fn old_secrets_sign_during_the_grace_period(subject: &WebhookSubject) {
    let (destination, first) = with_a_secret(subject).await;
    let fresh = subject.detail(&destination).await.summary;
    assert_eq!(fresh.old_secret_signs_until, None);
    let second = rotated(subject, &destination, HOUR).await;
    assert_eq!(signing(subject, &destination).await, [second.clone(), first]);
    let during = subject.detail(&destination).await.summary;
    assert!(during.secret_created_at >= fresh.secret_created_at);
    assert_eq!(
        during.old_secret_signs_until,
        Some(during.secret_created_at.plus_millis(3_600_000))
    );

    subject.queue.let_secrets_age(HOUR).await;
    assert_eq!(signing(subject, &destination).await, [second]);
    let after = subject.detail(&destination).await.summary;
    assert_eq!(after.old_secret_signs_until, None);
}

/// A later rotation with a longer grace period does not change it; a shorter period makes it earlier.
pub async fn the_expiry_of_an_old_secret_is_never_extended(subject: &WebhookSubject) {
    let (destination, first) = with_a_secret(subject).await;
    let second = rotated(subject, &destination, HOUR).await;
    let third = rotated(subject, &destination, 3 * HOUR).await;
    let all = [third.clone(), second.clone(), first];
    assert_eq!(signing(subject, &destination).await, all);
    subject.queue.let_secrets_age(HOUR).await;
    let two = [third.clone(), second];
    assert_eq!(signing(subject, &destination).await, two);

    let fourth = rotated(subject, &destination, HOUR).await;
    subject.queue.let_secrets_age(HOUR).await;
    assert_eq!(signing(subject, &destination).await, [fourth]);
}

/// The number of earlier secrets does not matter.
pub async fn without_grace_only_the_newest_secret_signs(subject: &WebhookSubject) {
    let (destination, _) = with_a_secret(subject).await;
    rotated(subject, &destination, HOUR).await;
    rotated(subject, &destination, HOUR).await;
    let newest = rotated(subject, &destination, Duration::ZERO).await;
    assert_eq!(signing(subject, &destination).await, [newest]);
    let shown = subject.detail(&destination).await.summary;
    assert_eq!(shown.old_secret_signs_until, None);
}

/// A further rotation ends the oldest secret.
pub async fn at_most_four_secrets_sign(subject: &WebhookSubject) {
    let (destination, first) = with_a_secret(subject).await;
    let mut expected = vec![first];
    for _ in 0..5 {
        expected.insert(0, rotated(subject, &destination, HOUR).await);
        expected.truncate(4);
        assert_eq!(signing(subject, &destination).await, expected);
    }
}

/// All new secrets sign.
pub async fn concurrent_rotations_each_add_a_secret(subject: &WebhookSubject) {
    let (destination, first) = with_a_secret(subject).await;
    let secrets = [(); 3].map(|()| a_sealed_secret());
    let (application, id) = (destination.application, destination.id);
    let rotating = secrets.clone().map(|secret| {
        let store = subject.destinations.clone();
        async move { store.rotate_secret(application, id, secret, HOUR).await }
    });
    let answers = at_once(rotating.into()).await;
    assert!(answers.iter().all(|answer| *answer == Ok(true)), "{answers:?}");
    let mut signing = signing(subject, &destination).await;
    assert_eq!(signing.last(), Some(&first));
    let mut expected: Vec<_> = secrets.into_iter().chain([first]).collect();
    signing.sort_by(|one, other| one.as_bytes().cmp(other.as_bytes()));
    expected.sort_by(|one, other| one.as_bytes().cmp(other.as_bytes()));
    assert_eq!(signing, expected);
}

/// Paging returns every secret of every application once.
pub async fn a_secret_is_resealed_only_if_it_is_unchanged(subject: &WebhookSubject) {
    let store = &subject.destinations;
    let mut expected = Vec::new();
    for _ in 0..3 {
        let (destination, first) = with_a_secret(subject).await;
        let second = rotated(subject, &destination, HOUR).await;
        expected.extend([(destination.id, first), (destination.id, second)]);
    }
    let mut returned = Vec::new();
    let mut after = None;
    loop {
        let page = store.sealed_secrets(after, 4).await.expect("the secrets");
        assert!(page.len() <= 4);
        let Some((last, ..)) = page.last() else { break };
        after = Some(*last);
        returned.extend(page);
    }
    let pairs: Vec<_> =
        returned.iter().map(|(_, owner, sealed)| (*owner, sealed.clone())).collect();
    assert_eq!(pairs, expected);

    let (number, _, before) = returned.first().expect("a secret").clone();
    let resealed = a_sealed_secret();
    let replace = |before: SealedSecret| store.replace_sealed(number, before, resealed.clone());
    assert_eq!(replace(a_sealed_secret()).await, Ok(false));
    assert_eq!(replace(before.clone()).await, Ok(true));
    assert_eq!(replace(before).await, Ok(false));
    let unknown = store.replace_sealed(i64::MAX, resealed.clone(), resealed.clone());
    assert_eq!(unknown.await, Ok(false));
    let mut changed = store.sealed_secrets(None, 100).await.expect("the secrets");
    assert_eq!(changed.remove(0).2, resealed);
    assert_eq!(changed.get(..), returned.get(1..));
}

async fn with_a_secret(subject: &WebhookSubject) -> (Destination, SealedSecret) {
    let destination = a_destination(subject.an_application().await);
    let secret = a_sealed_secret();
    let added = subject.destinations.add(destination.clone(), secret.clone()).await;
    assert_eq!(added, Ok(()));
    (destination, secret)
}

async fn rotated(
    subject: &WebhookSubject,
    destination: &Destination,
    grace: Duration,
) -> SealedSecret {
    let (application, id) = (destination.application, destination.id);
    let secret = a_sealed_secret();
    let rotated = subject.destinations.rotate_secret(application, id, secret.clone(), grace).await;
    assert_eq!(rotated, Ok(true));
    secret
}

async fn signing(subject: &WebhookSubject, destination: &Destination) -> Vec<SealedSecret> {
    let (application, id) = (destination.application, destination.id);
    let target = subject.destinations.signing_target(application, id).await;
    let target = target.expect("the store answers").expect("the destination");
    assert_eq!(target.url, destination.url);
    target.secrets
}
