//! Stored messages of events.

use users_domain::model::webhooks::StoredMessage;
use users_domain::model::{EventId, UserEvent, random_uuid};
use users_domain::ports::EventEncoder as _;

use crate::conformance::WebhookSubject;
use crate::{PlainEncoder, an_event, base_time, unique_seed};

/// The result contains the stored body.
pub async fn an_event_is_found_by_application_and_time_until_removed(subject: &WebhookSubject) {
    let application = subject.an_application().await;
    let stranger = subject.an_application().await;
    let event = UserEvent {
        id: EventId::new(random_uuid(base_time(), unique_seed())),
        application,
        ..an_event()
    };
    let encoded = PlainEncoder.encode(&event);
    let recorded_at = subject.queue.put_event(event.clone()).await;
    let message = StoredMessage {
        event: event.id,
        webhook_type: event.payload.webhook_type().as_str().to_owned(),
        body: Some(encoded.body),
        timestamp_offset: encoded.timestamp_offset,
    };
    let log = &subject.attempts;
    let found = log.message(application, event.id, recorded_at).await;
    assert_eq!(found, Ok(Some(message)));

    let found = log.message(stranger, event.id, recorded_at).await;
    assert_eq!(found, Ok(None));
    let at_another_time = recorded_at.next_microsecond();
    let found = log.message(application, event.id, at_another_time).await;
    assert_eq!(found, Ok(None));
    let unknown = EventId::new(random_uuid(base_time(), unique_seed()));
    let found = log.message(application, unknown, recorded_at).await;
    assert_eq!(found, Ok(None));

    subject.queue.delete_events(application).await;
    let found = log.message(application, event.id, recorded_at).await;
    assert_eq!(found, Ok(None));
}
