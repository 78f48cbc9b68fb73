//! The schemas of values in responses: texts of identifiers, times and dates, and words.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Value, json};
use users_domain::model::{
    AttemptId, AuditId, DateOfBirth, DestinationId, EventId, KeyId, Network, RecoveryId, TagId,
    Timestamp, UserId,
};

use super::text;
use crate::http::text::{Text, Word, Words};

/// A value that responses contain as text.
trait TextForm {
    fn schema() -> Value;
}

macro_rules! forms {
    ($($($Type:ident),+ => $schema:expr;)+) => {
        $($(impl TextForm for $Type {
            fn schema() -> Value {
                $schema
            }
        })+)+
    };
}

forms! {
    AttemptId, AuditId, DestinationId, EventId, KeyId, RecoveryId, TagId, UserId => text::uuid();
    Timestamp => text::time();
    DateOfBirth => json!({ "type": "string", "format": "date" });
    Network => json!({ "type": "string" });
}

impl<T: TextForm> JsonSchema for Text<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Text".into()
    }

    fn schema_id() -> Cow<'static, str> {
        std::any::type_name::<T>().into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        Schema::try_from(T::schema()).unwrap_or_default()
    }
}

impl<T: Words> JsonSchema for Word<T> {
    fn inline_schema() -> bool {
        T::COMPONENT.is_none()
    }

    fn schema_name() -> Cow<'static, str> {
        T::COMPONENT.map_or("Word", |(name, _)| name).into()
    }

    fn schema_id() -> Cow<'static, str> {
        std::any::type_name::<T>().into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let mut schema = json_schema!({ "type": "string", "enum": T::all() });
        if let Some((_, description)) = T::COMPONENT {
            schema.insert("description".to_owned(), description.into());
        }
        schema
    }
}
