//! What is sent.

use std::fmt;

use crate::model::EventId;

/// An event as it is stored, to be given the time of each attempt.
#[derive(Clone, PartialEq, Eq)]
pub struct StoredMessage {
    /// The same over all attempts and destinations.
    pub event: EventId,
    /// `webhook_type` of the body.
    pub webhook_type: String,
    /// ASCII JSON with sorted keys, in which the value of `timestamp` is `0`. `None`: erased with its user.
    pub body: Option<String>,
    /// Where that `0` stands, in bytes from the start.
    pub timestamp_offset: usize,
}

/// Without the body, which holds personal data.
impl fmt::Debug for StoredMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoredMessage")
            .field("event", &self.event)
            .field("webhook_type", &self.webhook_type)
            .field("bytes", &self.body.as_ref().map(String::len))
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_body_is_not_shown() {
        let message = StoredMessage {
            event: EventId::new(Uuid::from_u128(1)),
            webhook_type: "user.data.updated".to_owned(),
            body: Some("Zoe Zimmer".to_owned()),
            timestamp_offset: 0,
        };
        let shown = format!("{message:?}");
        assert!(
            shown.contains("Some(10)") && !shown.contains("Zimmer"),
            "{shown}"
        );
    }
}
