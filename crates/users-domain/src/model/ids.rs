//! Identifiers.

use std::fmt;

use uuid::Uuid;

use super::InvalidValue;

macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Uuid);

        impl $name {
            /// The identifier with this UUID.
            #[must_use]
            pub const fn new(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// The UUID itself.
            #[must_use]
            pub const fn uuid(self) -> Uuid {
                self.0
            }

            /// Reads the hyphenated or simple form.
            ///
            /// # Errors
            /// [`InvalidValue::Malformed`] for anything else.
            pub fn parse(text: &str) -> Result<Self, InvalidValue> {
                Uuid::try_parse(text).map(Self).map_err(|_| InvalidValue::Malformed)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

uuid_id!(
    /// An application: the tenant that owns users, keys, audit entries and events.
    ApplicationId
);
uuid_id!(
    /// A user record (`didit_internal_id`): UUID version 7, never reused.
    UserId
);
uuid_id!(
    /// An API key.
    KeyId
);
uuid_id!(
    /// An audit entry.
    AuditId
);
uuid_id!(
    /// A stored event; the same over all its deliveries.
    EventId
);
uuid_id!(
    /// A tag of an application.
    TagId
);

uuid_id!(
    /// A webhook destination.
    DestinationId
);
uuid_id!(
    /// One attempt to deliver an event to a destination: what the API calls a delivery.
    AttemptId
);
uuid_id!(
    /// A job that puts what failed back into the queue of its destination.
    RecoveryId
);
uuid_id!(
    /// One run that erases users whose retention is over.
    PurgeRunId
);
uuid_id!(
    /// A running process that delivers; a new one at every start.
    WorkerId
);

uuid_id!(
    /// A call that holds its claim while it works; a new one for every call.
    HolderId
);

/// Names one request in logs, audit entries and events: 1 to 128 visible ASCII characters (docs/API.md).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RequestId(String);

impl RequestId {
    /// The longest accepted request id, in characters.
    pub const MAX_CHARACTERS: usize = 128;

    /// What stands in the place of the request id of an erased entry. No request has it.
    pub const ERASED: &'static str = "-";

    /// Accepts a sane request id of a client.
    ///
    /// # Errors
    /// [`InvalidValue::Blank`], [`InvalidValue::TooLong`] or [`InvalidValue::Malformed`].
    pub fn parse(text: &str) -> Result<Self, InvalidValue> {
        if text.is_empty() {
            return Err(InvalidValue::Blank);
        }
        if text.len() > Self::MAX_CHARACTERS {
            return Err(InvalidValue::TooLong {
                max: Self::MAX_CHARACTERS,
                unit: super::LengthUnit::Characters,
            });
        }
        if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(InvalidValue::Malformed);
        }
        Ok(Self(text.to_owned()))
    }

    /// A request id made by the service itself.
    #[must_use]
    pub fn from_uuid(uuid: Uuid) -> Self {
        Self(uuid.to_string())
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
