use uuid::Uuid;

use super::*;

#[test]
fn debug_output_omits_the_body() {
    let message = StoredMessage {
        event: EventId::new(Uuid::from_u128(1)),
        webhook_type: "user.data.updated".to_owned(),
        body: Some("Zoe Zimmer".to_owned()),
        timestamp_offset: 0,
    };
    let shown = format!("{message:?}");
    assert!(shown.contains("Some(10)") && !shown.contains("Zimmer"), "{shown}");
}
