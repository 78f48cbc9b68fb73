//! [`ApplicationStore`] on PostgreSQL.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use diesel::prelude::QueryableByName;
use diesel::sql_types::{Text, Timestamptz, Uuid as SqlUuid};
use users_domain::model::{
    Application, ApplicationId, ApplicationName, Environment, Timestamp, VerifiedFieldsPolicy,
};
use users_domain::ports::{ApplicationStore, StoreError};
use uuid::Uuid;

use crate::failure::Failure;
use crate::pool::Pool;
use crate::rows::invalid;
use crate::statement::Statement;

const ADD: &str = "INSERT INTO applications (id, name, environment, verified_fields, created_at)
    VALUES ($1, $2, $3, $4, $5) ON CONFLICT (id) DO NOTHING";
const LIST: &str = "SELECT id, name, environment, verified_fields, created_at FROM applications ORDER BY created_at, id";
const FIND: &str =
    "SELECT id, name, environment, verified_fields, created_at FROM applications WHERE id = $1";

/// Keeps applications.
#[derive(Clone)]
pub struct PgApplicationStore {
    pool: Pool,
}

impl PgApplicationStore {
    /// Over this pool.
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
            .bind(application.verified_fields.as_str())
            .bind(application.created_at);
        self.pool
            .run(|connection| Ok(statement.run(connection)? == 1))
            .await
    }

    async fn list(&self) -> Result<Vec<Application>, StoreError> {
        self.pool
            .run(|connection| {
                let rows: Vec<ApplicationRow> = Statement::new(LIST).rows(connection)?;
                rows.into_iter()
                    .map(ApplicationRow::into_application)
                    .collect()
            })
            .await
    }

    async fn find(&self, id: ApplicationId) -> Result<Option<Application>, StoreError> {
        self.pool
            .run(move |connection| {
                let row: Option<ApplicationRow> =
                    Statement::new(FIND).bind(id.uuid()).row(connection)?;
                row.map(ApplicationRow::into_application).transpose()
            })
            .await
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
    #[diesel(sql_type = Text)]
    verified_fields: String,
    #[diesel(sql_type = Timestamptz)]
    created_at: DateTime<Utc>,
}

impl ApplicationRow {
    fn into_application(self) -> Result<Application, Failure> {
        Ok(Application {
            id: ApplicationId::new(self.id),
            name: ApplicationName::parse(self.name).map_err(invalid("application name"))?,
            environment: Environment::parse(&self.environment).map_err(invalid("environment"))?,
            verified_fields: VerifiedFieldsPolicy::parse(&self.verified_fields)
                .map_err(invalid("verified_fields"))?,
            created_at: Timestamp::from_datetime(self.created_at),
        })
    }
}
