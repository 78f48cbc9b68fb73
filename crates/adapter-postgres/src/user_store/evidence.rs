//! The evidence rows of a round, as they were read and as its decisions changed them. All mutations of a round see the
//! same rows, whatever their users.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use diesel::PgConnection;
use users_domain::model::evidence::{
    Evidence, EvidenceChange, EvidenceId, EvidenceOwner, RiskEvent, Session, StoredEvidence,
    Transaction,
};
use users_domain::model::{ApplicationId, User, UserId, UserKey, UserRecord};
use users_domain::ports::Mutation;
use users_domain::rules::EvidenceOnly;

use crate::failure::Failure;
use crate::rows::{OWNER_COLUMNS, OwnedRow, Reported, selected};
use crate::statement::Statement;

static READ_SESSIONS: LazyLock<String> = LazyLock::new(reading::<Session>);
static READ_TRANSACTIONS: LazyLock<String> = LazyLock::new(reading::<Transaction>);
static READ_RISK_EVENTS: LazyLock<String> = LazyLock::new(reading::<RiskEvent>);

/// Reads a row and its owner in one statement, and therefore in one snapshot. Includes deleted owners.
fn reading<T: Reported>() -> String {
    let (columns, table, key) = (selected::<(UserId, T)>("e"), T::TABLE, T::KEY);
    format!(
        "SELECT {columns}, {OWNER_COLUMNS} FROM unnest($1::text[]) AS k (name) CROSS JOIN LATERAL (
            SELECT * FROM {table} e WHERE e.application_id = $2 AND e.{key} BETWEEN k.name AND k.name
            ORDER BY e.{key} LIMIT 1
        ) e CROSS JOIN LATERAL (
            SELECT * FROM users u WHERE u.application_id = $2 AND u.id BETWEEN e.user_id AND e.user_id
            ORDER BY u.id LIMIT 1
        ) u"
    )
}

/// The statement that writes a row in this round.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Writer {
    /// The statement that writes the user of the subject with this index.
    Subject(usize),
    /// The statement for rows of deleted users.
    EvidenceOnly,
}

/// A row that this round changes.
pub(super) struct Pending {
    /// The row as it was read; `None` for a new row.
    pub(super) before: Option<Evidence>,
    pub(super) writer: Writer,
}

struct KnownRow {
    kept: StoredEvidence,
    /// The owner's version when the row was read; `None` for a row that this round creates.
    owner_version: Option<u64>,
    pending: Option<Pending>,
}

impl KnownRow {
    fn change(&mut self, writer: Writer, change: &EvidenceChange) {
        self.kept.evidence = change.after.clone();
        self.pending.get_or_insert_with(|| Pending { before: change.before.clone(), writer });
    }
}

/// The rows by id, in the order of writing.
#[derive(Default)]
pub(super) struct KnownRows(BTreeMap<EvidenceId, KnownRow>);

impl KnownRows {
    /// Reads the rows that the mutations ask for, with one statement per kind of evidence. Must run after the users are
    /// read: see [`Self::is_torn`].
    pub(super) fn read<'a>(
        connection: &mut PgConnection,
        application: ApplicationId,
        mutations: impl Iterator<Item = &'a Mutation>,
    ) -> Result<Self, Failure> {
        let (mut sessions, mut transactions, mut risk_events) = (vec![], vec![], vec![]);
        for id in mutations.filter_map(|mutation| mutation.facts.evidence.as_ref()) {
            match id {
                EvidenceId::Session(id) => sessions.push(id.as_str().to_owned()),
                EvidenceId::Transaction(id) => transactions.push(id.as_str().to_owned()),
                EvidenceId::RiskEvent(id) => risk_events.push(id.as_str().to_owned()),
            }
        }
        let mut rows = Self::default();
        rows.add::<Session>(connection, application, &READ_SESSIONS, sessions)?;
        rows.add::<Transaction>(connection, application, &READ_TRANSACTIONS, transactions)?;
        rows.add::<RiskEvent>(connection, application, &READ_RISK_EVENTS, risk_events)?;
        Ok(rows)
    }

    fn add<T: Reported>(
        &mut self,
        connection: &mut PgConnection,
        application: ApplicationId,
        text: &'static str,
        names: Vec<String>,
    ) -> Result<(), Failure> {
        if names.is_empty() {
            return Ok(());
        }
        let rows: Vec<OwnedRow<T>> =
            Statement::new(text).bind(names).bind(application.uuid()).rows(connection)?;
        for row in rows {
            let (kept, owner_version) = row.into_kept()?;
            let known = KnownRow { owner_version: Some(owner_version), pending: None, kept };
            self.0.insert(known.kept.evidence.id(), known);
        }
        Ok(())
    }

    /// The row with this id after the decisions so far.
    pub(super) fn find(&self, id: &EvidenceId) -> Option<&StoredEvidence> {
        self.0.get(id).map(|row| &row.kept)
    }

    /// Whether this row and the user of this key come from different states, because another transaction wrote the user
    /// between the two reads. `user` is the user that was read.
    pub(super) fn is_torn(&self, id: &EvidenceId, key: &UserKey, user: Option<&User>) -> bool {
        let Some(KnownRow { kept, owner_version: Some(version), .. }) = self.0.get(id) else {
            return false;
        };
        let owner = &kept.owner;
        match user.map(|user| &user.record) {
            Some(record) if record.id == owner.user => record.version != *version,
            // The owner was created, or created again, between the reads.
            _ => {
                let named = match key {
                    UserKey::VendorData(name) => *name == owner.vendor_data,
                    UserKey::Id(id) | UserKey::IdIncludingDeleted(id) => *id == owner.user,
                };
                named && !owner.deleted
            }
        }
    }

    /// Records the change of a row that belongs to a change of this user.
    pub(super) fn keep(&mut self, user: &UserRecord, place: usize, change: &EvidenceChange) {
        let made = || KnownRow {
            kept: StoredEvidence {
                owner: EvidenceOwner {
                    user: user.id,
                    vendor_data: user.vendor_data.clone(),
                    deleted: false,
                },
                evidence: change.after.clone(),
            },
            owner_version: None,
            pending: None,
        };
        self.0.entry(change.after.id()).or_insert_with(made).change(Writer::Subject(place), change);
    }

    /// Records the change of a deleted user's row.
    pub(super) fn write_evidence_only(&mut self, change: &EvidenceOnly) -> Result<(), Failure> {
        let row = self.0.get_mut(&change.change.after.id());
        let of_deleted = |row: &&mut KnownRow| {
            let owner = &row.kept.owner;
            owner.deleted && owner.user == change.owner
        };
        row.filter(of_deleted)
            .ok_or_else(|| Failure::defect("the row does not belong to a deleted user"))?
            .change(Writer::EvidenceOnly, &change.change);
        Ok(())
    }

    /// The rows that this round changes, in order.
    pub(super) fn pending(&self) -> impl Iterator<Item = (&StoredEvidence, &Pending)> {
        let rows = self.0.values();
        rows.filter_map(|row| Some((&row.kept, row.pending.as_ref()?)))
    }

    /// The statement that writes this row, if this round changes it.
    pub(super) fn writer_of(&self, id: &EvidenceId) -> Option<Writer> {
        Some(self.0.get(id)?.pending.as_ref()?.writer)
    }
}
