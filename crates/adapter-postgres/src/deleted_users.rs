//! [`DeletedUserReader`] on PostgreSQL.

use async_trait::async_trait;
use diesel::PgConnection;
use diesel::sql_types::{Text, Uuid as SqlUuid};
use users_domain::model::{ApplicationId, DeletedPosition, UserId, UserRecord, VendorData};
use users_domain::ports::{DeletedUserReader, StoreError};
use uuid::Uuid;

use crate::adapters::PgDeletedUserReader;
use crate::failure::Failure;
use crate::pool::Work;
use crate::rows::{RecordRow, invalid, page_of_records};
use crate::statement::Statement;

const DELETED: &str = "u.application_id = $1 AND u.deleted_at IS NOT NULL";
const AFTER: &str = "AND (u.deleted_at, u.id) < ($2, $3)";
const ORDER: &str = "u.deleted_at DESC, u.id DESC";

/// One look-up per name and one per id.
const CANDIDATES: &str = "SELECT newest.id, newest.vendor_data
    FROM unnest($1::text[]) AS given (name)
    CROSS JOIN LATERAL (
        SELECT u.id, u.vendor_data FROM users u
        WHERE u.application_id = $2 AND u.vendor_data BETWEEN given.name AND given.name AND u.deleted_at IS NOT NULL
        ORDER BY u.vendor_data DESC, u.deleted_at DESC, u.id DESC LIMIT 1
    ) newest
    UNION
    SELECT u.id, u.vendor_data FROM unnest($3::uuid[]) AS given (id)
    CROSS JOIN LATERAL (
        SELECT u.id, u.vendor_data, u.deleted_at FROM users u
        WHERE u.application_id = $2 AND u.id BETWEEN given.id AND given.id
        ORDER BY u.id LIMIT 1
    ) u
    WHERE u.deleted_at IS NOT NULL";

#[async_trait]
impl DeletedUserReader for PgDeletedUserReader {
    async fn list(
        &self,
        application: ApplicationId,
        after: Option<DeletedPosition>,
        limit: usize,
    ) -> Result<Vec<UserRecord>, StoreError> {
        self.pool
            .read(application, move |reading| {
                reading.run(|connection| page(connection, application, after, limit))
            })
            .await
    }

    async fn candidates(
        &self,
        application: ApplicationId,
        names: &[VendorData],
        ids: &[UserId],
    ) -> Result<Vec<(UserId, VendorData)>, StoreError> {
        let (names, ids) = (names.to_vec(), ids.to_vec());
        self.pool
            .run_for(application, Work::Lookup, move |connection| {
                candidates(connection, application, &names, &ids)
            })
            .await
    }
}

pub(crate) fn page(
    connection: &mut PgConnection,
    application: ApplicationId,
    after: Option<DeletedPosition>,
    limit: usize,
) -> Result<Vec<UserRecord>, Failure> {
    let beyond = after.map_or("", |_| AFTER);
    let text = page_of_records("users u", &format!("{DELETED} {beyond}"), ORDER, limit, 0);
    let mut statement = Statement::new(text).bind(application.uuid());
    if let Some(after) = after {
        statement = statement.bind(after.deleted_at).bind(after.id.uuid());
    }
    // Not cached: the set of texts is open, and the query is rare.
    let rows: Vec<RecordRow> = statement.planned_each_time().rows(connection)?;
    rows.into_iter().map(RecordRow::into_record).collect()
}

pub(crate) fn candidates(
    connection: &mut PgConnection,
    application: ApplicationId,
    names: &[VendorData],
    ids: &[UserId],
) -> Result<Vec<(UserId, VendorData)>, Failure> {
    let names: Vec<String> = names.iter().map(|name| name.as_str().to_owned()).collect();
    let ids: Vec<Uuid> = ids.iter().map(|id| id.uuid()).collect();
    let rows: Vec<(Uuid, String)> = Statement::new(CANDIDATES)
        .bind(names)
        .bind(application.uuid())
        .bind(ids)
        .typed_rows::<(SqlUuid, Text), _>(connection)?;
    let candidate = |(id, name): (Uuid, String)| {
        let name = VendorData::from_stored(name).map_err(invalid("vendor_data"))?;
        Ok((UserId::new(id), name))
    };
    rows.into_iter().map(candidate).collect()
}
