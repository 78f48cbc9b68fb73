//! Rows of users.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::QueryableByName;
use diesel::sql_types::{Array, BigInt, Date, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use serde::Deserialize;
use users_domain::model::evidence::{PortraitUrl, SessionId};
use users_domain::model::{
    ActivityTimes, ApplicationId, CountryCode, DateOfBirth, DeclaredProfile, DisplayName, Email,
    Feature, FeatureStatus, Features, FullName, InvalidValue, JsonText, Overrides, Phone, Profile,
    SessionCounters, Timestamp, User, UserDetail, UserId, UserRecord, UserStatus, VendorData,
    VerificationSource, Verified, VerifiedProfile,
};
use uuid::Uuid;

use super::legal_hold::LegalHoldRow;
use super::{comment, from_json, invalid, json, tag, unsigned};
use crate::failure::Failure;

/// The columns of a [`RecordRow`], in a query on `users u`. `LIMIT 1` makes each tag a separate look-up: otherwise a
/// join could read all tags of the application for every user.
pub(crate) const RECORD_COLUMNS: &str = "u.application_id, u.id, u.vendor_data, u.status, u.display_name,
    u.declared_full_name, u.declared_date_of_birth, u.declared_emails, u.declared_phones, u.declared_issuing_states,
    u.verified_sources::text AS verified_sources, u.verified_full_name, u.verified_date_of_birth,
    u.verified_portrait_image_url, u.verified_emails, u.verified_phones, u.verified_issuing_states,
    u.override_full_name, u.override_date_of_birth,
    u.session_count, u.approved_count, u.declined_count, u.in_review_count, u.features::text AS features,
    u.first_session_at, u.last_session_at, u.last_activity_at,
    CASE WHEN u.tags <> '[]' THEN (
        SELECT json_agg(json_build_object(
            'name', t.name, 'description', t.description, 'created_at', t.created_at, 'updated_at', t.updated_at,
            'added_by', e.tag ->> 'added_by', 'added_at', e.tag ->> 'added_at') ORDER BY e.place)::text
        FROM jsonb_array_elements(u.tags) WITH ORDINALITY e (tag, place)
        CROSS JOIN LATERAL (
            SELECT t.* FROM tags t
            WHERE t.application_id = u.application_id AND t.name = e.tag ->> 'name'
            LIMIT 1
        ) t
    ) END AS tags,
    u.created_at, u.updated_at, u.deleted_at, u.legal_hold_since, u.legal_hold_reason, u.version, u.sequence";

/// A user without metadata and comments.
#[derive(QueryableByName)]
pub(crate) struct RecordRow {
    #[diesel(sql_type = SqlUuid)]
    application_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Text)]
    vendor_data: String,
    #[diesel(sql_type = Text)]
    status: String,
    #[diesel(sql_type = Nullable<Text>)]
    display_name: Option<String>,
    #[diesel(embed)]
    declared: DeclaredRow,
    #[diesel(embed)]
    verified: VerifiedRow,
    #[diesel(sql_type = Nullable<Text>)]
    override_full_name: Option<String>,
    #[diesel(sql_type = Nullable<Date>)]
    override_date_of_birth: Option<NaiveDate>,
    #[diesel(embed)]
    sessions: SessionsRow,
    #[diesel(sql_type = Timestamptz)]
    last_activity_at: DateTime<Utc>,
    #[diesel(sql_type = Nullable<Text>)]
    tags: Option<String>,
    #[diesel(sql_type = Timestamptz)]
    created_at: DateTime<Utc>,
    #[diesel(sql_type = Timestamptz)]
    updated_at: DateTime<Utc>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    deleted_at: Option<DateTime<Utc>>,
    #[diesel(embed)]
    legal_hold: LegalHoldRow,
    #[diesel(sql_type = BigInt)]
    version: i64,
    #[diesel(sql_type = BigInt)]
    sequence: i64,
}

#[derive(QueryableByName)]
#[expect(
    clippy::struct_field_names,
    reason = "the fields are named as the columns are"
)]
struct DeclaredRow {
    #[diesel(sql_type = Nullable<Text>)]
    declared_full_name: Option<String>,
    #[diesel(sql_type = Nullable<Date>)]
    declared_date_of_birth: Option<NaiveDate>,
    #[diesel(sql_type = Array<Text>)]
    declared_emails: Vec<String>,
    #[diesel(sql_type = Array<Text>)]
    declared_phones: Vec<String>,
    #[diesel(sql_type = Array<Text>)]
    declared_issuing_states: Vec<String>,
}

#[derive(QueryableByName)]
#[expect(
    clippy::struct_field_names,
    reason = "the fields are named as the columns are"
)]
struct VerifiedRow {
    #[diesel(sql_type = Text)]
    verified_sources: String,
    #[diesel(sql_type = Nullable<Text>)]
    verified_full_name: Option<String>,
    #[diesel(sql_type = Nullable<Date>)]
    verified_date_of_birth: Option<NaiveDate>,
    #[diesel(sql_type = Nullable<Text>)]
    verified_portrait_image_url: Option<String>,
    #[diesel(sql_type = Array<Text>)]
    verified_emails: Vec<String>,
    #[diesel(sql_type = Array<Text>)]
    verified_phones: Vec<String>,
    #[diesel(sql_type = Array<Text>)]
    verified_issuing_states: Vec<String>,
}

#[derive(QueryableByName)]
struct SessionsRow {
    #[diesel(sql_type = BigInt)]
    session_count: i64,
    #[diesel(sql_type = BigInt)]
    approved_count: i64,
    #[diesel(sql_type = BigInt)]
    declined_count: i64,
    #[diesel(sql_type = BigInt)]
    in_review_count: i64,
    #[diesel(sql_type = Text)]
    features: String,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    first_session_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    last_session_at: Option<DateTime<Utc>>,
}

/// A user with metadata and comments.
#[derive(QueryableByName)]
pub(crate) struct DetailRow {
    #[diesel(embed)]
    record: RecordRow,
    #[diesel(sql_type = Text)]
    metadata: String,
    #[diesel(sql_type = Nullable<Text>)]
    comments: Option<String>,
}

impl DetailRow {
    /// The detail for responses.
    pub(crate) fn into_detail(self) -> Result<UserDetail, Failure> {
        Ok(UserDetail {
            record: self.record.into_record()?,
            metadata: JsonText::from_trusted(self.metadata),
            comments: comment::comments(self.comments.as_deref())?,
        })
    }

    /// The user for decisions, with its comments.
    pub(crate) fn into_user(self) -> Result<(User, Vec<users_domain::model::Comment>), Failure> {
        let user = User {
            record: self.record.into_record()?,
            metadata: json::metadata(&self.metadata)?,
        };
        Ok((user, comment::comments(self.comments.as_deref())?))
    }
}

impl RecordRow {
    pub(crate) fn into_record(self) -> Result<UserRecord, Failure> {
        let application = ApplicationId::new(self.application_id);
        let (counters, features, first_session_at, last_session_at) = self.sessions.into_parts()?;
        Ok(UserRecord {
            id: UserId::new(self.id),
            application,
            vendor_data: VendorData::from_stored(self.vendor_data)
                .map_err(invalid("vendor_data"))?,
            status: UserStatus::parse(&self.status).map_err(invalid("status"))?,
            display_name: parsed(self.display_name, "display_name", |text| {
                Ok(DisplayName::from_stored(text))
            })?,
            profile: Profile {
                declared: self.declared.into_profile()?,
                verified: self.verified.into_profile()?,
                overrides: Overrides {
                    full_name: parsed(self.override_full_name, "override_full_name", |text| {
                        Ok(FullName::from_stored(text))
                    })?,
                    date_of_birth: parsed(
                        self.override_date_of_birth,
                        "override_date_of_birth",
                        DateOfBirth::from_stored,
                    )?,
                },
            },
            counters,
            features,
            activity: ActivityTimes {
                first_session_at,
                last_session_at,
                last_activity_at: Timestamp::from_datetime(self.last_activity_at),
            },
            tags: tag::tags(application, self.tags.as_deref())?,
            created_at: Timestamp::from_datetime(self.created_at),
            updated_at: Timestamp::from_datetime(self.updated_at),
            deleted_at: self.deleted_at.map(Timestamp::from_datetime),
            legal_hold: self.legal_hold.into_hold()?,
            version: unsigned("version", self.version)?,
            sequence: unsigned("sequence", self.sequence)?,
        })
    }
}

impl DeclaredRow {
    fn into_profile(self) -> Result<DeclaredProfile, Failure> {
        Ok(DeclaredProfile {
            full_name: parsed(self.declared_full_name, "declared_full_name", |text| {
                Ok(FullName::from_stored(text))
            })?,
            date_of_birth: parsed(
                self.declared_date_of_birth,
                "declared_date_of_birth",
                DateOfBirth::from_stored,
            )?,
            emails: all(self.declared_emails, "declared_emails", |text| {
                Ok(Email::from_stored(text))
            })?,
            phones: all(self.declared_phones, "declared_phones", |text| {
                Ok(Phone::from_stored(text))
            })?,
            issuing_states: countries(self.declared_issuing_states, "declared_issuing_states")?,
        })
    }
}

impl VerifiedRow {
    fn into_profile(self) -> Result<VerifiedProfile, Failure> {
        let mut sources: BTreeMap<String, StoredSource> =
            from_json("verified_sources", &self.verified_sources)?;
        let full_name = parsed(self.verified_full_name, "verified_full_name", |text| {
            Ok(FullName::from_stored(text))
        })?;
        let date_of_birth = parsed(
            self.verified_date_of_birth,
            "verified_date_of_birth",
            DateOfBirth::from_stored,
        )?;
        let portrait = parsed(
            self.verified_portrait_image_url,
            "verified_portrait_image_url",
            PortraitUrl::parse,
        )?;
        Ok(VerifiedProfile {
            full_name: verified(full_name, sources.remove("full_name"))?,
            date_of_birth: verified(date_of_birth, sources.remove("date_of_birth"))?,
            portrait_image_url: verified(portrait, sources.remove("portrait_image_url"))?,
            emails: all(self.verified_emails, "verified_emails", |text| {
                Ok(Email::from_stored(text))
            })?,
            phones: all(self.verified_phones, "verified_phones", |text| {
                Ok(Phone::from_stored(text))
            })?,
            issuing_states: countries(self.verified_issuing_states, "verified_issuing_states")?,
        })
    }
}

/// The source of a verified value as the column stores it.
#[derive(Deserialize)]
struct StoredSource {
    session_id: String,
    at: String,
}

fn verified<T>(
    value: Option<T>,
    source: Option<StoredSource>,
) -> Result<Option<Verified<T>>, Failure> {
    let Some(value) = value else { return Ok(None) };
    let source =
        source.ok_or_else(|| Failure::defect("a verified value is stored without its source"))?;
    Ok(Some(Verified {
        value,
        source: VerificationSource {
            session: SessionId::parse(source.session_id).map_err(invalid("verified_sources"))?,
            at: Timestamp::parse(&source.at).map_err(invalid("verified_sources"))?,
        },
    }))
}

type SessionParts = (
    SessionCounters,
    Features,
    Option<Timestamp>,
    Option<Timestamp>,
);

impl SessionsRow {
    fn into_parts(self) -> Result<SessionParts, Failure> {
        let counters = SessionCounters {
            session_count: unsigned("session_count", self.session_count)?,
            approved_count: unsigned("approved_count", self.approved_count)?,
            declined_count: unsigned("declined_count", self.declined_count)?,
            in_review_count: unsigned("in_review_count", self.in_review_count)?,
        };
        Ok((
            counters,
            features(&self.features)?,
            self.first_session_at.map(Timestamp::from_datetime),
            self.last_session_at.map(Timestamp::from_datetime),
        ))
    }
}

pub(super) fn parsed<S, T>(
    stored: Option<S>,
    column: &'static str,
    parse: impl Fn(S) -> Result<T, InvalidValue>,
) -> Result<Option<T>, Failure> {
    stored.map(parse).transpose().map_err(invalid(column))
}

pub(super) fn all<T>(
    stored: Vec<String>,
    column: &'static str,
    parse: impl Fn(String) -> Result<T, InvalidValue>,
) -> Result<Vec<T>, Failure> {
    let values = stored.into_iter().map(parse);
    values.collect::<Result<_, _>>().map_err(invalid(column))
}

fn countries(stored: Vec<String>, column: &'static str) -> Result<Vec<CountryCode>, Failure> {
    all(stored, column, |code| CountryCode::parse(&code))
}

pub(super) fn features(stored: &str) -> Result<Features, Failure> {
    let words: BTreeMap<String, String> = from_json("features", stored)?;
    let feature = |(feature, status): (&String, &String)| {
        Ok((Feature::parse(feature)?, FeatureStatus::parse(status)?))
    };
    let features = words.iter().map(feature);
    features
        .collect::<Result<_, _>>()
        .map_err(invalid("features"))
}
