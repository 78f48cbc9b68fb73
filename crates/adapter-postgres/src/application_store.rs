//! [`ApplicationStore`] on PostgreSQL.

use std::sync::LazyLock;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use diesel::prelude::QueryableByName;
use diesel::sql_types::{BigInt, Bool, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use users_domain::model::{
    Application, ApplicationId, ApplicationName, ApplicationSettings, AuditEntry, Environment,
    RetentionDays, Timestamp, VerifiedFieldsPolicy,
};
use users_domain::ports::{ApplicationStore, StoreError};
use uuid::Uuid;

use crate::audit::{ENTRY_COLUMNS, STORED_AUDIT, StoredAudit};
use crate::failure::Failure;
use crate::pool::Pool;
use crate::rows::{invalid, json_of, unsigned};
use crate::statement::{Bind, Statement};

const ADD: &str = "INSERT INTO applications (id, name, environment, created_at, verified_fields,
        auto_block_on_decline, block_survives_deletion, retention_days, rate_limit_get_per_minute, rate_limit_write_per_minute)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (id) DO NOTHING";

/// The columns of a [`SettingsRow`], in a query on `applications a`.
pub(crate) const SETTINGS_COLUMNS: &str =
    "a.verified_fields, a.auto_block_on_decline, a.block_survives_deletion, a.retention_days,
    a.rate_limit_get_per_minute, a.rate_limit_write_per_minute";

static LIST: LazyLock<String> =
    LazyLock::new(|| format!("{} ORDER BY a.created_at, a.id", applications()));
static FIND: LazyLock<String> = LazyLock::new(|| format!("{} WHERE a.id = $1", applications()));

fn applications() -> String {
    format!(
        "SELECT a.id, a.name, a.environment, a.created_at, {SETTINGS_COLUMNS} FROM applications a"
    )
}

/// Writes the settings and their audit entry, or neither.
static REPLACE_SETTINGS: LazyLock<String> = LazyLock::new(|| {
    format!(
        "WITH replaced AS (
        UPDATE applications SET verified_fields = $1, auto_block_on_decline = $2, block_survives_deletion = $3,
            retention_days = $4, rate_limit_get_per_minute = $5, rate_limit_write_per_minute = $6
        WHERE id = $7 AND verified_fields = $8 AND auto_block_on_decline = $9 AND block_survives_deletion = $10
            AND retention_days = $11 AND rate_limit_get_per_minute IS NOT DISTINCT FROM $12
            AND rate_limit_write_per_minute IS NOT DISTINCT FROM $13
        RETURNING id AS application
    ), noted AS (
        SELECT * FROM jsonb_to_record($14::jsonb) AS r ({STORED_AUDIT})
    ), entered AS (
        INSERT INTO audit_entries (application_id, {ENTRY_COLUMNS})
        SELECT r.application, {ENTRY_COLUMNS} FROM noted, replaced r
        RETURNING application_id, id
    ), detailed AS (
        INSERT INTO audit_details (application_id, entry_id, salt, detail)
        SELECT e.application_id, e.id, n.salt, n.detail FROM noted n, entered e
    )
    SELECT application AS id FROM replaced"
    )
});

/// Stores applications.
#[derive(Clone)]
pub struct PgApplicationStore {
    pool: Pool,
}

impl PgApplicationStore {
    /// Creates the store on this pool.
    #[must_use]
    pub fn new(pool: Pool) -> Self {
        Self { pool }
    }
}

#[async_trait]
impl ApplicationStore for PgApplicationStore {
    async fn add(&self, application: Application) -> Result<bool, StoreError> {
        let statement = Statement::new(ADD)
            .bind(application.id.uuid())
            .bind(application.name.as_str())
            .bind(application.environment.as_str())
            .bind(application.created_at)
            .bind_all(settings_binds(&application.settings));
        self.pool
            .run(|connection| Ok(statement.run(connection)? == 1))
            .await
    }

    async fn list(&self) -> Result<Vec<Application>, StoreError> {
        self.pool
            .run(|connection| {
                let rows: Vec<ApplicationRow> = Statement::new(LIST.as_str()).rows(connection)?;
                rows.into_iter()
                    .map(ApplicationRow::into_application)
                    .collect()
            })
            .await
    }

    async fn find(&self, id: ApplicationId) -> Result<Option<Application>, StoreError> {
        self.pool
            .run(move |connection| {
                let row: Option<ApplicationRow> = Statement::new(FIND.as_str())
                    .bind(id.uuid())
                    .row(connection)?;
                row.map(ApplicationRow::into_application).transpose()
            })
            .await
    }

    async fn replace_settings(
        &self,
        id: ApplicationId,
        before: ApplicationSettings,
        after: ApplicationSettings,
        entry: AuditEntry,
    ) -> Result<bool, StoreError> {
        self.pool
            .run(move |connection| {
                let replaced: Option<IdRow> = Statement::new(REPLACE_SETTINGS.as_str())
                    .bind_all(settings_binds(&after))
                    .bind(id.uuid())
                    .bind_all(settings_binds(&before))
                    .bind(json_of(&StoredAudit::of(&entry, false))?)
                    .row(connection)?;
                Ok(replaced.is_some_and(|row| row.id == id.uuid()))
            })
            .await
    }
}

#[derive(QueryableByName)]
struct IdRow {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
}

/// In the order of [`SETTINGS_COLUMNS`].
fn settings_binds(settings: &ApplicationSettings) -> [Bind; 6] {
    [
        settings.verified_fields.as_str().into(),
        settings.auto_block_on_decline.into(),
        settings.block_survives_deletion.into(),
        i64::from(settings.retention.days()).into(),
        settings.rate_limit_get_per_minute.map(i64::from).into(),
        settings.rate_limit_write_per_minute.map(i64::from).into(),
    ]
}

/// The settings of an application.
#[derive(QueryableByName)]
pub(crate) struct SettingsRow {
    #[diesel(sql_type = Text)]
    verified_fields: String,
    #[diesel(sql_type = Bool)]
    auto_block_on_decline: bool,
    #[diesel(sql_type = Bool)]
    block_survives_deletion: bool,
    #[diesel(sql_type = BigInt)]
    retention_days: i64,
    #[diesel(sql_type = Nullable<BigInt>)]
    rate_limit_get_per_minute: Option<i64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    rate_limit_write_per_minute: Option<i64>,
}

impl SettingsRow {
    pub(crate) fn into_settings(self) -> Result<ApplicationSettings, Failure> {
        let limit =
            |column, stored: Option<i64>| stored.map(|limit| unsigned(column, limit)).transpose();
        Ok(ApplicationSettings {
            verified_fields: VerifiedFieldsPolicy::parse(&self.verified_fields)
                .map_err(invalid("verified_fields"))?,
            auto_block_on_decline: self.auto_block_on_decline,
            block_survives_deletion: self.block_survives_deletion,
            retention: RetentionDays::new(unsigned("retention_days", self.retention_days)?)
                .map_err(invalid("retention_days"))?,
            rate_limit_get_per_minute: limit(
                "rate_limit_get_per_minute",
                self.rate_limit_get_per_minute,
            )?,
            rate_limit_write_per_minute: limit(
                "rate_limit_write_per_minute",
                self.rate_limit_write_per_minute,
            )?,
        })
    }
}

#[derive(QueryableByName)]
struct ApplicationRow {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    environment: String,
    #[diesel(sql_type = Timestamptz)]
    created_at: DateTime<Utc>,
    #[diesel(embed)]
    settings: SettingsRow,
}

impl ApplicationRow {
    fn into_application(self) -> Result<Application, Failure> {
        Ok(Application {
            id: ApplicationId::new(self.id),
            name: ApplicationName::from_stored(self.name),
            environment: Environment::parse(&self.environment).map_err(invalid("environment"))?,
            settings: self.settings.into_settings()?,
            created_at: Timestamp::from_datetime(self.created_at),
        })
    }
}
