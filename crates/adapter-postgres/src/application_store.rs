//! [`ApplicationStore`] on PostgreSQL.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use users_domain::model::{
    Application, ApplicationId, ApplicationName, ApplicationSettings, AuditEntry, Environment,
    RetentionDays, Timestamp, VerifiedFieldsPolicy,
};
use users_domain::ports::{ApplicationStore, StoreError};
use uuid::Uuid;

use crate::adapters::PgApplicationStore;
use crate::audit;
use crate::failure::Failure;
use crate::rows::{invalid, optional_unsigned, unsigned};
use crate::schema::tables::applications;

#[async_trait]
impl ApplicationStore for PgApplicationStore {
    async fn add(&self, application: Application) -> Result<bool, StoreError> {
        self.pool
            .run(move |connection| {
                let added = diesel::insert_into(applications::table)
                    .values(ApplicationRow::of(&application))
                    .on_conflict(applications::id)
                    .do_nothing()
                    .execute(connection)?;
                Ok(added == 1)
            })
            .await
    }

    async fn list(&self) -> Result<Vec<Application>, StoreError> {
        self.pool
            .run(|connection| {
                let rows = applications::table
                    .order((applications::created_at, applications::id))
                    .select(ApplicationRow::as_select())
                    .load(connection)?;
                rows.into_iter().map(ApplicationRow::into_application).collect()
            })
            .await
    }

    async fn find(&self, id: ApplicationId) -> Result<Option<Application>, StoreError> {
        self.pool
            .run(move |connection| {
                let row = applications::table
                    .find(id.uuid())
                    .select(ApplicationRow::as_select())
                    .get_result(connection)
                    .optional()?;
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
                connection.transaction(|connection| {
                    let application = applications::table.find(id.uuid());
                    let stored = application
                        .select(SettingsRow::as_select())
                        .for_no_key_update()
                        .get_result(connection)
                        .optional()?;
                    if stored != Some(SettingsRow::of(&before)) {
                        return Ok(false);
                    }
                    diesel::update(application).set(SettingsRow::of(&after)).execute(connection)?;
                    audit::record(connection, id, &[entry])?;
                    Ok(true)
                })
            })
            .await
    }
}

#[derive(PartialEq, Eq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(
    table_name = applications,
    treat_none_as_default_value = false,
    treat_none_as_null = true
)]
pub(crate) struct SettingsRow {
    verified_fields: String,
    auto_block_on_decline: bool,
    block_survives_deletion: bool,
    retention_days: i64,
    rate_limit_get_per_minute: Option<i64>,
    rate_limit_write_per_minute: Option<i64>,
}

impl SettingsRow {
    fn of(settings: &ApplicationSettings) -> Self {
        Self {
            verified_fields: settings.verified_fields.as_str().to_owned(),
            auto_block_on_decline: settings.auto_block_on_decline,
            block_survives_deletion: settings.block_survives_deletion,
            retention_days: settings.retention.days().into(),
            rate_limit_get_per_minute: settings.rate_limit_get_per_minute.map(i64::from),
            rate_limit_write_per_minute: settings.rate_limit_write_per_minute.map(i64::from),
        }
    }

    pub(crate) fn into_settings(self) -> Result<ApplicationSettings, Failure> {
        Ok(ApplicationSettings {
            verified_fields: VerifiedFieldsPolicy::parse(&self.verified_fields)
                .map_err(invalid("verified_fields"))?,
            auto_block_on_decline: self.auto_block_on_decline,
            block_survives_deletion: self.block_survives_deletion,
            retention: RetentionDays::new(unsigned("retention_days", self.retention_days)?)
                .map_err(invalid("retention_days"))?,
            rate_limit_get_per_minute: optional_unsigned(
                "rate_limit_get_per_minute",
                self.rate_limit_get_per_minute,
            )?,
            rate_limit_write_per_minute: optional_unsigned(
                "rate_limit_write_per_minute",
                self.rate_limit_write_per_minute,
            )?,
        })
    }
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = applications)]
struct ApplicationRow {
    id: Uuid,
    name: String,
    environment: String,
    created_at: DateTime<Utc>,
    #[diesel(embed)]
    settings: SettingsRow,
}

impl ApplicationRow {
    fn of(application: &Application) -> Self {
        Self {
            id: application.id.uuid(),
            name: application.name.as_str().to_owned(),
            environment: application.environment.as_str().to_owned(),
            created_at: application.created_at.datetime(),
            settings: SettingsRow::of(&application.settings),
        }
    }

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
