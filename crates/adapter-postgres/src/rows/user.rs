//! The columns of users.

use std::collections::BTreeMap;

use diesel::pg::Pg;
use diesel::prelude::QueryableByName;
use diesel::row::NamedRow;
use diesel::sql_types::{Nullable, Text};
use serde::ser::SerializeMap;
use serde::{Deserialize, Serialize};
use users_domain::model::evidence::{PortraitUrl, SessionId};
use users_domain::model::{
    ActivityTimes, ApplicationId, Comment, CountryCode, DateOfBirth, DeclaredProfile, DisplayName,
    Email, Features, FullName, JsonText, LegalHold, Overrides, Phone, Profile, Reason,
    SessionCounters, Timestamp, User, UserDetail, UserId, UserRecord, UserStatus, UserTag,
    VendorData, VerificationSource, Verified, VerifiedProfile,
};

use super::columns::{Columns, Row, SelectList, StoredColumn, Written, columns, get, selected};
use super::{comment, from_json, invalid, json};
use crate::failure::Failure;
use crate::schema::Content;

/// The columns of a [`RecordRow`], in a query on `users u`.
pub(crate) static RECORD_COLUMNS: SelectList = SelectList::new(|| selected::<UserRecord>("u"));

/// A user without metadata and comments.
pub(crate) type RecordRow = Row<UserRecord>;

columns!(UserRecord {
    id: UserId = "id", Impersonal;
    application: ApplicationId = "application_id", Impersonal;
    vendor_data: VendorData = "vendor_data", Personal;
    status: UserStatus = "status", Impersonal;
    display_name: Option<DisplayName> = "display_name", Personal;
    features: Features = "features", Personal;
    created_at: Timestamp = "created_at", Impersonal;
    updated_at: Timestamp = "updated_at", Impersonal;
    deleted_at: Option<Timestamp> = "deleted_at", Impersonal;
    version: u64 = "version", Impersonal;
    sequence: u64 = "sequence", Impersonal;
} with {
    profile: Profile;
    counters: SessionCounters;
    activity: ActivityTimes;
    tags: Vec<UserTag>;
    legal_hold: Option<LegalHold>;
});

columns!(Profile {} with {
    declared: DeclaredProfile;
    verified: VerifiedProfile;
    overrides: Overrides;
});

columns!(DeclaredProfile {
    full_name: Option<FullName> = "declared_full_name", Personal;
    date_of_birth: Option<DateOfBirth> = "declared_date_of_birth", Personal;
    emails: Vec<Email> = "declared_emails", Personal;
    phones: Vec<Phone> = "declared_phones", Personal;
    issuing_states: Vec<CountryCode> = "declared_issuing_states", Personal;
} with {});

columns!(Overrides {
    full_name: Option<FullName> = "override_full_name", Personal;
    date_of_birth: Option<DateOfBirth> = "override_date_of_birth", Personal;
} with {});

columns!(SessionCounters {
    session_count: u32 = "session_count", Impersonal;
    approved_count: u32 = "approved_count", Impersonal;
    declined_count: u32 = "declined_count", Impersonal;
    in_review_count: u32 = "in_review_count", Impersonal;
} with {});

columns!(ActivityTimes {
    first_session_at: Option<Timestamp> = "first_session_at", Impersonal;
    last_session_at: Option<Timestamp> = "last_session_at", Impersonal;
    last_activity_at: Timestamp = "last_activity_at", Impersonal;
} with {});

/// The columns of the verified values. The sources of the single values are one column; their keys in it are the names
/// of the fields.
macro_rules! verified_columns {
    (
        { $($field:ident: $value:ty = $column:literal;)+ }
        lists { $($list:ident: $entry:ty = $list_column:literal;)+ }
    ) => {
        impl Columns for VerifiedProfile {
            fn columns() -> Vec<StoredColumn> {
                let sources = StoredColumn {
                    name: SOURCES,
                    kind: "jsonb",
                    content: Content::Personal,
                    expression: None,
                };
                vec![
                    sources,
                    $(StoredColumn::of::<$value>($column, Content::Personal),)+
                    $(StoredColumn::of::<Vec<$entry>>($list_column, Content::Personal),)+
                ]
            }

            fn read<'a>(row: &impl NamedRow<'a, Pg>) -> Result<Self, Failure> {
                let sources = NamedRow::get::<Text, String>(row, SOURCES);
                let sources = sources.map_err(|_| Failure::defect("the sources could not be read"))?;
                let mut sources: BTreeMap<String, StoredSource> = from_json(SOURCES, &sources)?;
                Ok(Self {
                    $($field: verified(get(row, $column)?, sources.remove(stringify!($field)))?,)+
                    $($list: get(row, $list_column)?,)+
                })
            }

            fn write<M: SerializeMap>(&self, to: &mut M) -> Result<(), M::Error> {
                let Self { $($field,)+ $($list,)+ } = self;
                let sources = [$(($field.as_ref().map(|found| (stringify!($field), StoredSource::of(&found.source)))),)+];
                let sources: BTreeMap<_, _> = sources.into_iter().flatten().collect();
                to.serialize_entry(SOURCES, &sources)?;
                $(to.serialize_entry($column, &$field.as_ref().map(|found| Written(&found.value)))?;)+
                $(to.serialize_entry($list_column, &Written($list))?;)+
                Ok(())
            }
        }
    };
}

const SOURCES: &str = "verified_sources";

verified_columns! {
    {
        full_name: FullName = "verified_full_name";
        date_of_birth: DateOfBirth = "verified_date_of_birth";
        portrait_image_url: PortraitUrl = "verified_portrait_image_url";
    }
    lists {
        emails: Email = "verified_emails";
        phones: Phone = "verified_phones";
        issuing_states: CountryCode = "verified_issuing_states";
    }
}

/// The source of a verified value as the column stores it.
#[derive(Serialize, Deserialize)]
struct StoredSource {
    session_id: String,
    at: String,
}

impl StoredSource {
    fn of(source: &VerificationSource) -> Self {
        Self { session_id: source.session.as_str().to_owned(), at: source.at.to_string() }
    }
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
            session: SessionId::parse(source.session_id).map_err(invalid(SOURCES))?,
            at: Timestamp::parse(&source.at).map_err(invalid(SOURCES))?,
        },
    }))
}

/// Both columns are set or neither is, which a constraint guarantees.
impl Columns for Option<LegalHold> {
    fn columns() -> Vec<StoredColumn> {
        vec![
            StoredColumn::of::<Timestamp>("legal_hold_since", Content::Impersonal),
            StoredColumn::of::<Reason>("legal_hold_reason", Content::Personal),
        ]
    }

    fn read<'a>(row: &impl NamedRow<'a, Pg>) -> Result<Self, Failure> {
        let since: Option<Timestamp> = get(row, "legal_hold_since")?;
        let reason: Option<Reason> = get(row, "legal_hold_reason")?;
        let hold = since.zip(reason);
        Ok(hold.map(|(since, reason)| LegalHold { since, reason }))
    }

    fn write<M: SerializeMap>(&self, to: &mut M) -> Result<(), M::Error> {
        let hold = self.as_ref();
        to.serialize_entry("legal_hold_since", &hold.map(|hold| Written(&hold.since)))?;
        to.serialize_entry("legal_hold_reason", &hold.map(|hold| Written(&hold.reason)))
    }
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
    pub(crate) fn into_user(self) -> Result<(User, Vec<Comment>), Failure> {
        let user =
            User { record: self.record.into_record()?, metadata: json::metadata(&self.metadata)? };
        Ok((user, comment::comments(self.comments.as_deref())?))
    }
}
