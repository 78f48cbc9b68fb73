//! The value types of the domain. Values are valid by construction: a type is built only by its validating
//! constructors.

mod activity_kind;
mod api_key;
mod application;
mod audit;
mod audit_log;
mod brief;
mod command_context;
mod comment;
mod contact;
mod country;
mod date_of_birth;
mod deleted;
mod digest;
mod event;
pub mod evidence;
mod features;
mod field;
mod idempotency;
mod ids;
mod invalid;
mod json;
#[cfg(feature = "json-reader")]
mod json_reader;
mod json_text;
mod legal_hold;
mod metadata;
mod names;
mod network;
mod number;
mod profile;
mod purge;
mod query;
mod rate_limit;
mod role;
mod search_term;
mod settings;
mod status;
mod tag;
mod time;
mod user;
mod vendor_data;
pub mod webhooks;
mod words;

pub use activity_kind::ActivityKind;
pub use api_key::{
    ApiKey, ApiKeySecret, Caller, KeyDigest, KeyGrace, KeyGrant, KeyLimits, KeyName, KeyState,
};
pub use application::{Application, ApplicationName, Environment, VerifiedFieldsPolicy};
pub use audit::{
    AuditDetail, AuditEntry, AuditHeader, AuditProof, Commitment, Salt, StoredAuditEntry,
};
pub use audit_log::{
    AuditFilter, AuditPage, AuditPlace, AuditRecord, AuditStart, ListAudit, RecordedDetail,
};
pub use brief::brief_values;
pub use command_context::{Actor, CommandContext, random_uuid};
pub use comment::Comment;
pub use contact::{Email, Phone, PhoneDigits};
pub use country::CountryCode;
pub use date_of_birth::DateOfBirth;
pub use deleted::{DeletedPage, DeletedPosition};
pub use event::{EventPayload, FieldChange, UserEvent, WebhookType};
pub use features::{Feature, FeatureStatus, Features};
pub use field::{ClientAccess, UserField};
pub use idempotency::{Fingerprint, IdempotencyClaim, IdempotencyKey, StoredResponse};
pub use ids::{
    ApplicationId, AttemptId, AuditId, DestinationId, EventId, HolderId, KeyId, PurgeRunId,
    RecoveryId, RequestId, TagId, UserId, WorkerId,
};
pub use invalid::{InvalidValue, LengthUnit};
pub use json::{Json, JsonObject, JsonText};
pub use json_text::{JsonStyle, write_json};
pub use legal_hold::LegalHold;
pub use metadata::Metadata;
pub use names::{DisplayName, FullName, Reason};
pub use network::{AllowedNetworks, Network};
pub use number::Number;
pub(crate) use profile::ShownText;
pub use profile::{
    DeclaredProfile, Origin, Overrides, Profile, Provenance, VerificationSource, Verified,
    VerifiedProfile,
};
pub use purge::{PurgeReceipt, PurgedUsers};
pub use query::{
    Count, CountMode, ListUsers, MetadataFilter, OrderKey, PageSize, PageStart, Position, SortKey,
    TimeRange, UserFilter, UserOrder, UserPage,
};
pub use rate_limit::{ClientNetwork, LimitSubject, RateLimit, RequestKind, Verdict};
pub use role::{KeyKind, Operation, Role};
pub use search_term::SearchTerm;
pub use settings::{ApplicationSettings, InvalidSetting, RetentionDays, Setting};
pub use status::{StatusTrigger, UserStatus};
pub use tag::{Tag, TagColor, TagName, UserTag};
pub use text_normal_form::{NORMALISATION_VERSION, caseless, normalise};
pub use time::Timestamp;
pub use user::{ActivityTimes, SessionCounters, User, UserDetail, UserKey, UserRecord};
pub use vendor_data::VendorData;
