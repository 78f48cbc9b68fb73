//! Stores the sealed check value with which a process verifies that it has the encryption keys of the database. Sealing
//! happens elsewhere.

use diesel::prelude::*;
use users_domain::ports::StoreError;

use crate::adapters::PgKeyCheckStore;
use crate::failure::Failure;
use crate::schema::functions::to_regclass;
use crate::schema::tables::key_check;

impl PgKeyCheckStore {
    /// Returns the stored value.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn find(&self) -> Result<Option<Vec<u8>>, StoreError> {
        self.pool.run(find).await
    }

    /// Returns the stored value, also from a database with an older schema or none.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn find_before_migrating(&self) -> Result<Option<Vec<u8>>, StoreError> {
        self.pool
            .run(|connection| {
                let table = to_regclass("public.key_check");
                let is_there: bool = diesel::select(table.is_not_null()).get_result(connection)?;
                if is_there { find(connection) } else { Ok(None) }
            })
            .await
    }

    /// Returns the stored value; stores `fresh` first if the database has none.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn find_or_add(&self, fresh: Vec<u8>) -> Result<Vec<u8>, StoreError> {
        self.pool
            .run(move |connection| {
                diesel::insert_into(key_check::table)
                    .values(key_check::sealed.eq(fresh))
                    .on_conflict(key_check::id)
                    .do_nothing()
                    .execute(connection)?;
                find(connection)?
                    .ok_or_else(|| Failure::defect("the sealed check value is missing"))
            })
            .await
    }

    /// Replaces the value `before`; does nothing if another process has replaced it.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn replace(&self, before: Vec<u8>, fresh: Vec<u8>) -> Result<(), StoreError> {
        self.pool
            .run(move |connection| {
                diesel::update(key_check::table.filter(key_check::sealed.eq(before)))
                    .set(key_check::sealed.eq(fresh))
                    .execute(connection)?;
                Ok(())
            })
            .await
    }
}

fn find(connection: &mut PgConnection) -> Result<Option<Vec<u8>>, Failure> {
    let sealed = key_check::table.select(key_check::sealed);
    Ok(sealed.get_result(connection).optional()?)
}
