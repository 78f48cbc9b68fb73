//! The rows that the write statement receives as JSON for `jsonb_to_recordset`.

use serde::ser::{Serialize, SerializeMap as _, Serializer};
use users_domain::model::webhooks::OrderingKey;
use users_domain::model::{Tag, Timestamp, User, UserEvent, UserId, UserStatus};
use users_domain::ports::EventEncoder;
use users_domain::rules::search_text::{NORMALISATION_VERSION, SearchText};

use crate::rows::Columns as _;
use crate::sort_key;

/// The new state of a user.
pub(super) struct StoredUser<'a> {
    user: &'a User,
    /// The state that decisions were made on.
    before: Option<&'a User>,
    /// Whether a new user requires that the last deleted user of its name was not BLOCKED.
    no_block_left: bool,
}

impl<'a> StoredUser<'a> {
    pub(super) const fn of(user: &'a User, before: Option<&'a User>, no_block_left: bool) -> Self {
        Self { user, before, no_block_left }
    }
}

/// The columns of the record besides those of a user.
pub(super) const SPECIAL: &str =
    "version_before bigint, no_block_left boolean, metadata text, display_sort text";

impl Serialize for StoredUser<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let User { record, metadata } = self.user;
        let version_before = self.before.map(|before| before.record.version);
        // Unchanged metadata is neither sent nor stored again.
        let changed = self
            .before
            .is_none_or(|before| before.metadata != *metadata)
            .then(|| metadata.to_string());
        let display_sort = sort_key::of_display_name(record.display_name.as_ref());
        let mut row = serializer.serialize_map(None)?;
        row.serialize_entry("version_before", &version_before)?;
        row.serialize_entry("no_block_left", &self.no_block_left)?;
        row.serialize_entry("metadata", &changed)?;
        row.serialize_entry("display_sort", &display_sort)?;
        record.write(&mut row)?;
        row.end()
    }
}

#[derive(serde::Serialize)]
pub(super) struct StoredSearch<'a> {
    user_id: String,
    body: &'a str,
    short_grams: Vec<String>,
    norm_version: u16,
}

impl<'a> StoredSearch<'a> {
    pub(super) fn of(user: UserId, text: &'a SearchText) -> Self {
        Self {
            user_id: user.to_string(),
            body: text.body(),
            short_grams: text.grams().into_iter().collect(),
            norm_version: NORMALISATION_VERSION,
        }
    }
}

#[derive(serde::Serialize)]
pub(super) struct StoredTag<'a> {
    user_id: String,
    name: &'a str,
    description: &'a str,
    created_at: String,
    updated_at: String,
}

impl<'a> StoredTag<'a> {
    pub(super) fn of(user: UserId, tag: &'a Tag) -> Self {
        Self {
            user_id: user.to_string(),
            name: tag.name.as_str(),
            description: &tag.description,
            created_at: tag.created_at.to_string(),
            updated_at: tag.updated_at.to_string(),
        }
    }
}

/// An event in its stored form, with the fields of its outbox marker.
#[derive(serde::Serialize)]
pub(super) struct StoredEvent {
    id: String,
    user_id: String,
    sequence: u64,
    order_key: i64,
    webhook_type: &'static str,
    /// The user's status before and after the change, if they differ: see the table `outbox`.
    #[serde(skip_serializing_if = "Option::is_none")]
    status_before: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status_after: Option<&'static str>,
    created_at: String,
    changed_fields: Vec<&'static str>,
    request_id: String,
    body: String,
    timestamp_offset: usize,
}

impl StoredEvent {
    pub(super) fn of(event: &UserEvent, encoder: &dyn EventEncoder) -> Self {
        let stored = encoder.encode(event);
        let fields = event.payload.changed_fields();
        Self {
            id: event.id.to_string(),
            user_id: event.user.to_string(),
            sequence: event.sequence,
            order_key: OrderingKey::of(event.application, &event.vendor_data).number(),
            webhook_type: event.payload.webhook_type().as_str(),
            status_before: None,
            status_after: None,
            created_at: Timestamp::to_string(&event.created_at),
            changed_fields: fields.iter().map(|field| field.event_name()).collect(),
            request_id: event.request_id.as_str().to_owned(),
            body: stored.body,
            timestamp_offset: stored.timestamp_offset,
        }
    }

    /// Sets the statuses if the change moves its user between the counts.
    pub(super) fn moving(
        mut self,
        (before, after): (Option<UserStatus>, Option<UserStatus>),
    ) -> Self {
        if before != after {
            self.status_before = before.map(UserStatus::as_str);
            self.status_after = after.map(UserStatus::as_str);
        }
        self
    }
}
