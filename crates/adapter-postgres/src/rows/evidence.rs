//! The columns of evidence: sessions, transactions and risk events that other services reported.

use std::collections::BTreeSet;

use diesel::pg::Pg;
use diesel::prelude::QueryableByName;
use diesel::row::NamedRow;
use diesel::sql_types::{BigInt, Bool, Text};
use serde::ser::SerializeMap;
use users_domain::model::evidence::{
    Approval, Evidence, EvidenceOwner, Identity, PortraitUrl, Revision, RiskEvent, RiskEventId,
    RiskKind, RuleAction, SentDigest, Session, SessionId, SessionRevision, SessionStatus,
    StoredEvidence, TimeSpan, Transaction, TransactionId, TransactionRevision, TransactionStatus,
};
use users_domain::model::{
    CountryCode, DateOfBirth, Email, Features, FullName, Phone, Reason, Timestamp, UserId,
    VendorData,
};

use super::columns::{
    Columns, Row, SelectList, StoredColumn, Written, assignments, columns, get, selected, typed,
};
use super::{invalid, unsigned};
use crate::failure::Failure;
use crate::schema::Content;

/// A kind of evidence with a table of its own.
pub(crate) trait Reported: Columns + Into<Evidence> + 'static {
    const TABLE: &'static str;
    /// The column that identifies a row within its application. It is the first column.
    const KEY: &'static str;

    /// The columns of JSON rows, with their types.
    fn typed() -> String {
        format!("user_id uuid, {}", typed(&Self::columns()))
    }

    /// Assignments of the columns that a report sets from `r`.
    fn assignments() -> String {
        let columns = Self::columns();
        assignments(columns.iter().filter(|column| column.name != Self::KEY))
    }
}

/// The columns of a [`SessionRow`], in a query on `user_sessions e`.
pub(crate) static SESSION_COLUMNS: SelectList =
    SelectList::new(|| selected::<(UserId, Session)>("e"));

/// A session and its owner.
pub(crate) type SessionRow = Row<(UserId, Session)>;

columns!(Session {
    id: SessionId = "session_id", Impersonal;
} with {
    newest: SessionRevision;
    seen: TimeSpan;
});

columns!(TimeSpan {
    first: Timestamp = "first_seen_at", Impersonal;
    last: Timestamp = "last_seen_at", Impersonal;
} with {});

columns!(Approval {
    emails: Vec<Email> = "emails", Personal;
    phones: Vec<Phone> = "phones", Personal;
} with {
    identity: Identity;
});

columns!(Identity {
    full_name: Option<FullName> = "full_name", Personal;
    date_of_birth: Option<DateOfBirth> = "date_of_birth", Personal;
    issuing_state: Option<CountryCode> = "issuing_state", Personal;
    portrait_image_url: Option<PortraitUrl> = "portrait_image_url", Personal;
} with {});

/// A session that is not approved has an empty approval in the table.
impl Columns for SessionRevision {
    fn columns() -> Vec<StoredColumn> {
        let own = [
            StoredColumn::of::<Revision>("revision", Content::Impersonal),
            StoredColumn::of::<SessionStatus>("status", Content::Impersonal),
            StoredColumn::of::<Timestamp>("occurred_at", Content::Impersonal),
            StoredColumn::of::<Features>("features", Content::Personal),
            StoredColumn::of::<SentDigest>("incomplete_digest", Content::Personal),
        ];
        own.into_iter().chain(Approval::columns()).collect()
    }

    fn read<'a>(row: &impl NamedRow<'a, Pg>) -> Result<Self, Failure> {
        let mut newest = Self::new(
            get(row, "revision")?,
            get(row, "status")?,
            get(row, "occurred_at")?,
            get(row, "features")?,
            Approval::read(row)?,
        );
        newest.incomplete = get(row, "incomplete_digest")?;
        Ok(newest)
    }

    fn write<M: SerializeMap>(&self, to: &mut M) -> Result<(), M::Error> {
        to.serialize_entry("revision", &Written(&self.revision))?;
        to.serialize_entry("status", &Written(&self.status))?;
        to.serialize_entry("occurred_at", &Written(&self.occurred_at))?;
        to.serialize_entry("features", &Written(&self.features))?;
        to.serialize_entry("incomplete_digest", &Written(&self.incomplete))?;
        self.approval().unwrap_or(&Approval::default()).write(to)
    }
}

columns!(Transaction {
    id: TransactionId = "transaction_id", Impersonal;
} with {
    newest: TransactionRevision;
    seen: TimeSpan;
});

columns!(TransactionRevision {
    revision: Revision = "revision", Impersonal;
    status: TransactionStatus = "status", Impersonal;
    occurred_at: Timestamp = "occurred_at", Impersonal;
    rule_actions: BTreeSet<RuleAction> = "rule_actions", Impersonal;
    incomplete: Option<SentDigest> = "incomplete_digest", Personal;
} with {});

columns!(RiskEvent {
    id: RiskEventId = "event_id", Impersonal;
    kind: RiskKind = "kind", Impersonal;
    detail: Option<Reason> = "detail", Personal;
    incomplete: Option<SentDigest> = "incomplete_digest", Personal;
} with {});

impl Reported for Session {
    const TABLE: &'static str = "user_sessions";
    const KEY: &'static str = "session_id";
}

impl Reported for Transaction {
    const TABLE: &'static str = "user_transactions";
    const KEY: &'static str = "transaction_id";
}

impl Reported for RiskEvent {
    const TABLE: &'static str = "user_risk_events";
    const KEY: &'static str = "event_id";
}

/// Evidence and its owner.
impl<T: Reported> Columns for (UserId, T) {
    fn columns() -> Vec<StoredColumn> {
        let owner = StoredColumn::of::<UserId>("user_id", Content::Impersonal);
        let owner = std::iter::once(owner);
        owner.chain(T::columns()).collect()
    }

    fn read<'a>(row: &impl NamedRow<'a, Pg>) -> Result<Self, Failure> {
        Ok((get(row, "user_id")?, T::read(row)?))
    }

    fn write<M: SerializeMap>(&self, to: &mut M) -> Result<(), M::Error> {
        to.serialize_entry("user_id", &Written(&self.0))?;
        self.1.write(to)
    }
}

/// The columns of a row's owner, in a query that joins `users u`.
pub(crate) const OWNER_COLUMNS: &str =
    "u.vendor_data AS owner_vendor_data, u.version AS owner_version,
    u.deleted_at IS NOT NULL AS owner_deleted";

#[derive(QueryableByName)]
struct OwnerRow {
    #[diesel(column_name = owner_vendor_data, sql_type = Text)]
    vendor_data: String,
    #[diesel(column_name = owner_version, sql_type = BigInt)]
    version: i64,
    #[diesel(column_name = owner_deleted, sql_type = Bool)]
    deleted: bool,
}

#[derive(QueryableByName)]
pub(crate) struct OwnedRow<T: Reported> {
    #[diesel(embed)]
    evidence: Row<(UserId, T)>,
    #[diesel(embed)]
    owner: OwnerRow,
}

impl<T: Reported> OwnedRow<T> {
    /// The row with its owner, and the version that the owner had when the row was read.
    pub(crate) fn into_kept(self) -> Result<(StoredEvidence, u64), Failure> {
        let (user, evidence) = self.evidence.into_record()?;
        let vendor_data =
            VendorData::from_stored(self.owner.vendor_data).map_err(invalid("vendor_data"))?;
        let stored = StoredEvidence {
            owner: EvidenceOwner { user, vendor_data, deleted: self.owner.deleted },
            evidence: evidence.into(),
        };
        Ok((stored, unsigned("version", self.owner.version)?))
    }
}
