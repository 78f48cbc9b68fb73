//! Lines of the file: users, audit entries and events as JSON. Values are read with the constructors for stored values.

use users_domain::model::{
    ActivityKind, ActivityTimes, ApplicationId, AuditEntry, AuditId, Comment, CountryCode,
    DateOfBirth, DeclaredProfile, DisplayName, Email, Features, FullName, InvalidValue, Json,
    JsonObject, JsonText, KeyName, LegalHold, Metadata, Phone, Profile, Reason, Role,
    SessionCounters, Tag, TagName, Timestamp, User, UserEvent, UserField, UserId, UserRecord,
    UserStatus, UserTag, VendorData,
};
use users_domain::ports::EventEncoder;

use crate::state::{Change, StoredUser};

/// More values than the limits of a user allow.
const MAX_VALUES: usize = 1_000_000;

/// A change with everything that is stored with it.
pub(crate) fn line(
    change: &Change,
    audit: &[&AuditEntry],
    events: &[UserEvent],
    encoder: &dyn EventEncoder,
) -> String {
    let stored = change.user.as_ref();
    let comments = stored.map_or(&[][..], |stored| &stored.comments[..]);
    Json::object([
        ("application", text(change.application)),
        ("user", stored.map_or(Json::Null, |stored| user(&stored.user))),
        ("comments", array(comments, comment)),
        ("audit", Json::Array(audit.iter().map(|entry| audit_entry(entry)).collect())),
        ("events", array(events, |event| event_row(event, encoder))),
    ])
    .to_string()
}

/// The change of a line.
pub(crate) fn read(line: &str) -> Result<Change, InvalidValue> {
    let line = Json::read(line, MAX_VALUES)?;
    let line = Members::of(&line)?;
    let application = ApplicationId::parse(line.text("application")?)?;
    let user = match line.get("user")? {
        Json::Null => None,
        user => Some(StoredUser {
            user: read_user(&Members::of(user)?, application)?,
            comments: line.list("comments", |json| read_comment(&Members::of(json)?))?,
        }),
    };
    let id = |json: &Json| AuditId::parse(Members::of(json)?.text("id")?);
    Ok(Change { application, user, audit_ids: line.list("audit", id)? })
}

fn user(user: &User) -> Json {
    let record = &user.record;
    let declared = &record.profile.declared;
    let hold = record.legal_hold.as_ref();
    Json::object([
        ("id", text(record.id)),
        ("vendor_data", text(record.vendor_data.as_str())),
        ("status", text(record.status.as_str())),
        ("display_name", optional(record.display_name.as_ref().map(DisplayName::as_str))),
        ("full_name", optional(declared.full_name.as_ref().map(FullName::as_str))),
        ("date_of_birth", optional(declared.date_of_birth)),
        ("emails", array(&declared.emails, |email| text(email.as_str()))),
        ("phones", array(&declared.phones, |phone| text(phone.as_str()))),
        ("issuing_states", array(&declared.issuing_states, |country| text(country.alpha_3()))),
        ("last_activity_at", text(record.activity.last_activity_at)),
        ("tags", array(&record.tags, tag)),
        ("created_at", text(record.created_at)),
        ("updated_at", text(record.updated_at)),
        ("deleted_at", optional(record.deleted_at)),
        ("held_since", optional(hold.map(|hold| hold.since))),
        ("held_for", optional(hold.map(|hold| hold.reason.as_str()))),
        ("version", text(record.version)),
        ("sequence", text(record.sequence)),
        ("metadata", user.metadata.to_json()),
    ])
}

fn read_user(user: &Members<'_>, application: ApplicationId) -> Result<User, InvalidValue> {
    // The time of a date gives the date.
    let date = |text: &str| Ok(Timestamp::parse(&format!("{text}T00:00:00Z"))?.date());
    let date_of_birth =
        user.optional("date_of_birth", |text| DateOfBirth::from_stored(date(text)?))?;
    let declared = DeclaredProfile {
        full_name: user.optional("full_name", |text| Ok(FullName::from_stored(text.to_owned())))?,
        date_of_birth,
        emails: user.list("emails", |json| Ok(Email::from_stored(string(json)?.to_owned())))?,
        phones: user.list("phones", |json| Ok(Phone::from_stored(string(json)?.to_owned())))?,
        issuing_states: user.list("issuing_states", |json| CountryCode::parse(string(json)?))?,
    };
    let held_since = user.optional("held_since", Timestamp::parse)?;
    let held_for = user.optional("held_for", Reason::parse)?;
    let Json::Object(metadata) = user.get("metadata")? else {
        return Err(InvalidValue::Malformed);
    };
    Ok(User {
        record: UserRecord {
            id: UserId::parse(user.text("id")?)?,
            application,
            vendor_data: VendorData::from_stored(user.text("vendor_data")?)?,
            status: UserStatus::parse(user.text("status")?)?,
            display_name: user
                .optional("display_name", |text| Ok(DisplayName::from_stored(text.to_owned())))?,
            profile: Profile { declared, ..Profile::default() },
            counters: SessionCounters::default(),
            features: Features::new(),
            activity: ActivityTimes {
                first_session_at: None,
                last_session_at: None,
                last_activity_at: user.time("last_activity_at")?,
            },
            tags: user.list("tags", |json| read_tag(&Members::of(json)?, application))?,
            created_at: user.time("created_at")?,
            updated_at: user.time("updated_at")?,
            deleted_at: user.optional("deleted_at", Timestamp::parse)?,
            legal_hold: held_since.zip(held_for).map(|(since, reason)| LegalHold { since, reason }),
            version: user.number("version")?,
            sequence: user.number("sequence")?,
        },
        metadata: Metadata::new(metadata.clone())?,
    })
}

fn tag(on_user: &UserTag) -> Json {
    let tag = &on_user.tag;
    Json::object([
        ("name", text(tag.name.as_str())),
        ("description", text(&tag.description)),
        ("created_at", text(tag.created_at)),
        ("updated_at", text(tag.updated_at)),
        ("added_by", optional(on_user.added_by.as_ref().map(KeyName::as_str))),
        ("added_at", text(on_user.added_at)),
    ])
}

fn read_tag(tag: &Members<'_>, application: ApplicationId) -> Result<UserTag, InvalidValue> {
    Ok(UserTag {
        tag: Tag {
            application,
            name: TagName::from_stored(tag.text("name")?.to_owned()),
            description: tag.text("description")?.to_owned(),
            created_at: tag.time("created_at")?,
            updated_at: tag.time("updated_at")?,
        },
        added_by: tag.optional("added_by", |text| Ok(KeyName::from_stored(text.to_owned())))?,
        added_at: tag.time("added_at")?,
    })
}

fn comment(comment: &Comment) -> Json {
    Json::object([
        ("id", text(comment.id)),
        ("kind", text(comment.kind.as_str())),
        ("comment", optional(comment.comment.as_deref())),
        ("actor_name", optional(comment.actor_name.as_deref())),
        ("previous_status", optional(comment.previous_status.map(UserStatus::as_str))),
        ("new_status", optional(comment.new_status.map(UserStatus::as_str))),
        ("previous_value", text(comment.previous_value.as_str())),
        ("new_value", text(comment.new_value.as_str())),
        ("changed_fields", array(&comment.changed_fields, |field| text(field.as_str()))),
        ("created_at", text(comment.created_at)),
    ])
}

fn read_comment(comment: &Members<'_>) -> Result<Comment, InvalidValue> {
    let owned = |text: &str| Ok(text.to_owned());
    let value = |key| Ok(JsonText::from_trusted(comment.text(key)?.to_owned()));
    let field = |json: &Json| UserField::find(string(json)?).ok_or(InvalidValue::UnknownWord);
    Ok(Comment {
        id: AuditId::parse(comment.text("id")?)?,
        kind: ActivityKind::find(comment.text("kind")?).ok_or(InvalidValue::UnknownWord)?,
        comment: comment.optional("comment", owned)?,
        actor_name: comment.optional("actor_name", owned)?,
        previous_status: comment.optional("previous_status", UserStatus::parse)?,
        new_status: comment.optional("new_status", UserStatus::parse)?,
        previous_value: value("previous_value")?,
        new_value: value("new_value")?,
        changed_fields: comment.list("changed_fields", field)?,
        created_at: comment.time("created_at")?,
    })
}

fn audit_entry(entry: &AuditEntry) -> Json {
    let header = &entry.header;
    Json::object([
        ("id", text(header.id)),
        ("user", optional(header.user)),
        ("at", text(header.at)),
        ("actor_kind", text(header.actor_kind)),
        ("actor_key", optional(header.actor_key)),
        ("actor_role", optional(header.actor_role.map(Role::as_str))),
        ("operation", text(header.operation.as_str())),
        ("kind", text(header.kind.as_str())),
        ("fields", array(&header.fields, |field| text(field.as_str()))),
        ("request_id", text(header.request_id.as_str())),
        ("salt", array(&entry.salt.0, |byte| text(byte))),
        ("detail", text(entry.detail.text())),
        ("commitment", array(&entry.commitment().0, |byte| text(byte))),
    ])
}

fn event_row(event: &UserEvent, encoder: &dyn EventEncoder) -> Json {
    let stored = encoder.encode(event);
    Json::object([
        ("id", text(event.id)),
        ("user", text(event.user)),
        ("webhook_type", text(event.payload.webhook_type().as_str())),
        ("sequence", text(event.sequence)),
        ("created_at", text(event.created_at)),
        ("body", text(stored.body)),
        ("timestamp_offset", text(stored.timestamp_offset)),
    ])
}

#[expect(clippy::needless_pass_by_value, reason = "callers pass temporary values")]
fn text(value: impl ToString) -> Json {
    Json::String(value.to_string())
}

fn optional(value: Option<impl ToString>) -> Json {
    value.map_or(Json::Null, text)
}

fn array<T>(values: &[T], json: impl Fn(&T) -> Json) -> Json {
    Json::Array(values.iter().map(json).collect())
}

fn string(json: &Json) -> Result<&str, InvalidValue> {
    match json {
        Json::String(text) => Ok(text),
        _ => Err(InvalidValue::Malformed),
    }
}

/// The members of an object, to read.
struct Members<'a>(&'a JsonObject);

impl<'a> Members<'a> {
    fn of(json: &'a Json) -> Result<Self, InvalidValue> {
        match json {
            Json::Object(members) => Ok(Self(members)),
            _ => Err(InvalidValue::Malformed),
        }
    }

    fn get(&self, key: &str) -> Result<&'a Json, InvalidValue> {
        self.0.get(key).ok_or(InvalidValue::Malformed)
    }

    fn text(&self, key: &str) -> Result<&'a str, InvalidValue> {
        string(self.get(key)?)
    }

    fn time(&self, key: &str) -> Result<Timestamp, InvalidValue> {
        Timestamp::parse(self.text(key)?)
    }

    fn number(&self, key: &str) -> Result<u64, InvalidValue> {
        self.text(key)?.parse().map_err(|_| InvalidValue::Malformed)
    }

    fn optional<T>(
        &self,
        key: &str,
        read: impl FnOnce(&'a str) -> Result<T, InvalidValue>,
    ) -> Result<Option<T>, InvalidValue> {
        match self.get(key)? {
            Json::Null => Ok(None),
            json => read(string(json)?).map(Some),
        }
    }

    fn list<T>(
        &self,
        key: &str,
        read: impl Fn(&'a Json) -> Result<T, InvalidValue>,
    ) -> Result<Vec<T>, InvalidValue> {
        match self.get(key)? {
            Json::Array(items) => items.iter().map(read).collect(),
            _ => Err(InvalidValue::Malformed),
        }
    }
}
