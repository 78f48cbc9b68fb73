//! Removal of destinations, and isolation between applications.

use std::time::Duration;

use users_domain::model::webhooks::{AttemptPage, Destination, DestinationLabel};
use users_domain::ports::ChangeDestinationError;

use super::changing::changes;
use crate::conformance::WebhookSubject;
use crate::{a_destination, a_recovery, a_sealed_secret, an_attempt, base_time, newest_attempts};

/// They are handled like unknown destinations.
pub async fn destinations_of_other_applications_are_inaccessible(subject: &WebhookSubject) {
    let theirs = subject.a_destination().await;
    let stranger = subject.an_application().await;
    let unknown = a_destination(theirs.application);
    let store = &subject.destinations;
    let before = store.find(theirs.application, theirs.id).await;
    let target = store.signing_target(theirs.application, theirs.id).await;
    for (application, id) in [(stranger, theirs.id), (theirs.application, unknown.id)] {
        assert_eq!(store.find(application, id).await, Ok(None));
        assert_eq!(store.signing_target(application, id).await, Ok(None));
        let label = DestinationLabel::parse("Stolen").expect("a label");
        let change = changes(|change| change.label = Some(label));
        let answer = store.change(application, id, change, base_time()).await;
        assert_eq!(answer, Err(ChangeDestinationError::NotFound));
        let grace = Duration::ZERO;
        let rotated = store.rotate_secret(application, id, a_sealed_secret(), grace);
        assert_eq!(rotated.await, Ok(false));
        assert_eq!(store.remove(application, id).await, Ok(false));
    }
    assert_eq!(store.list(stranger).await, Ok(Vec::new()));
    assert_eq!(store.find(theirs.application, theirs.id).await, before);
    let unchanged = store.signing_target(theirs.application, theirs.id).await;
    assert_eq!(unchanged, target);
}

/// The URL can be used again. Data of other destinations stays.
pub async fn removing_a_destination_removes_its_secrets_queue_and_log(subject: &WebhookSubject) {
    let neighbour = subject.a_destination().await;
    let application = neighbour.application;
    let destination = subject.has(a_destination(application)).await;
    let attempt = an_attempt(&destination);
    assert!(subject.attempts.add(attempt.clone()).await.is_ok());
    let stored = subject.attempts.add(an_attempt(&neighbour)).await;
    subject.waits(&destination, &[1, 1]).await;
    let letter = subject.a_delivery(&destination, 9, 9).await;
    let now = subject.queue.now().await;
    subject.queue.put_dead_letter(&destination, letter, now).await;
    let recovery = a_recovery(&destination, now);
    let started = subject.recoveries.start(recovery.clone()).await;
    assert!(started.is_ok_and(|started| started.is_some()));

    let (id, store) = (destination.id, &subject.destinations);
    assert_eq!(store.remove(application, id).await, Ok(true));
    assert_eq!(store.remove(application, id).await, Ok(false));
    assert_eq!(store.find(application, id).await, Ok(None));
    assert_eq!(store.signing_target(application, id).await, Ok(None));
    let secrets = store.sealed_secrets(None, 10).await.expect("the secrets");
    let owners: Vec<_> = secrets.into_iter().map(|(_, owner, _)| owner).collect();
    assert_eq!(owners, [neighbour.id]);
    assert_eq!(subject.queue.deliveries(&destination).await, []);
    assert_eq!(subject.queue.dead_letters(&destination).await, []);
    let (log, query) = (&subject.attempts, newest_attempts());
    assert_eq!(log.find(application, id, attempt.id).await, Ok(None));
    let nothing = AttemptPage { attempts: Vec::new(), more: false };
    assert_eq!(log.list(application, id, &query).await, Ok(nothing));
    let found = subject.recoveries.find(application, id, recovery.id).await;
    assert_eq!(found, Ok(None));
    assert_eq!(subject.recoveries.advance(10).await, Ok(0));

    let page = log.list(application, neighbour.id, &query).await;
    assert_eq!(page.map(|page| page.attempts), Ok(vec![stored.expect("the attempt")]));
    let again = Destination { url: destination.url, ..a_destination(application) };
    subject.has(again).await;
}
