//! Renews search texts from an older normalisation.

use async_trait::async_trait;
use diesel::{Connection as _, PgConnection};
use serde::Serialize;
use users_domain::ports::{SearchUpkeep, StoreError};
use users_domain::rules::search_text::{NORMALISATION_VERSION, SearchText};

use crate::adapters::PgSearchUpkeep;
use crate::failure::Failure;
use crate::rows::{RECORD_COLUMNS, RecordRow, json_of};
use crate::sort_key;
use crate::statement::Statement;

#[async_trait]
impl SearchUpkeep for PgSearchUpkeep {
    async fn renew_texts(&self, limit: usize) -> Result<usize, StoreError> {
        self.pool.run(move |connection| renew_on(connection, limit)).await
    }
}

#[derive(Serialize)]
struct Renewed {
    application_id: String,
    user_id: String,
    display_sort: String,
    body: String,
    short_grams: Vec<String>,
}

/// Renews outdated search texts, and returns how many. Skips users that another transaction has locked, because it may
/// be writing their text.
pub(crate) fn renew_on(connection: &mut PgConnection, limit: usize) -> Result<usize, Failure> {
    // A user stays locked until its text is written, so that no newer text is overwritten.
    let outdated = format!(
        "SELECT {RECORD_COLUMNS} FROM user_search s
            JOIN users u ON u.application_id = s.application_id AND u.id = s.user_id
        WHERE s.norm_version < {NORMALISATION_VERSION}
        ORDER BY s.application_id, s.user_id LIMIT $1
        FOR NO KEY UPDATE OF u SKIP LOCKED"
    );
    let renew = format!(
        "WITH given AS (
            SELECT * FROM jsonb_to_recordset($1::jsonb) AS r (
                application_id uuid, user_id uuid, display_sort text, body text, short_grams text[])
        ), sorted AS (
            UPDATE users u SET display_sort = r.display_sort FROM given r
            WHERE u.application_id = r.application_id AND u.id = r.user_id AND u.display_sort <> r.display_sort
        )
        UPDATE user_search s
        SET body = r.body, short_grams = r.short_grams, norm_version = {NORMALISATION_VERSION} FROM given r
        WHERE s.application_id = r.application_id AND s.user_id = r.user_id"
    );
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    connection.transaction(|connection| {
        let outdated = Statement::new(outdated).bind(limit);
        let rows: Vec<RecordRow> = outdated.rows(connection)?;
        if rows.is_empty() {
            return Ok(0);
        }
        let renewed: Result<Vec<_>, _> = rows.into_iter().map(Renewed::of).collect();
        let given = json_of(&renewed?)?;
        Ok(Statement::new(renew).bind(given).run(connection)?)
    })
}

impl Renewed {
    fn of(row: RecordRow) -> Result<Self, Failure> {
        let user = row.into_record()?;
        let text = SearchText::of(&user);
        Ok(Self {
            application_id: user.application.to_string(),
            user_id: user.id.to_string(),
            display_sort: sort_key::of_display_name(user.display_name.as_ref()),
            body: text.body().to_owned(),
            short_grams: text.grams().into_iter().collect(),
        })
    }
}
