//! Reads the facts for decisions.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use chrono::{DateTime, Utc};
use diesel::PgConnection;
use diesel::sql_types::{Text, Timestamptz, Uuid as SqlUuid};
use users_domain::model::{ApplicationId, Comment, Tag, TagName, Timestamp, User, UserId, UserKey};
use users_domain::ports::Mutation;
use uuid::Uuid;

use crate::failure::Failure;
use crate::rows::{COMMENTS_OF_USER, DetailRow, RECORD_COLUMNS};
use crate::statement::Statement;
use crate::user_reader::blocks_left;

/// Look-ups of users. A key is compared with BETWEEN and in the order of its index: with an equality condition, the
/// planner could choose any index that begins with the application (docs/adr/0024).
const BY_NAME: &str = "FROM users u
    WHERE u.application_id = $1 AND u.deleted_at IS NULL AND u.vendor_data BETWEEN $2 AND $2
    ORDER BY u.vendor_data LIMIT 1";
/// Finds deleted users too. A separate text, so that the others use the indexes of live users.
const BY_ID_EVEN_DELETED: &str = "FROM users u
    WHERE u.application_id = $1 AND u.id BETWEEN $2 AND $2
    ORDER BY u.id LIMIT 1";
const BY_IDS_EVEN_DELETED: &str = "FROM unnest($1::uuid[]) AS k (id) CROSS JOIN LATERAL (
        SELECT * FROM users u WHERE u.application_id = $2 AND u.id BETWEEN k.id AND k.id
        ORDER BY u.id LIMIT 1
    ) u";
const BY_ID: &str = "FROM users u
    WHERE u.application_id = $1 AND u.deleted_at IS NULL AND u.id BETWEEN $2 AND $2
    ORDER BY u.id LIMIT 1";

/// The statements that read users, each in one snapshot with the comments.
struct Reads {
    by_name: String,
    by_id: String,
    even_deleted: String,
    locked: String,
}

impl Reads {
    fn with(comments: &str) -> Self {
        let reading = |users: &str| {
            format!("SELECT {RECORD_COLUMNS}, u.metadata::text AS metadata, {comments} {users}")
        };
        Self {
            by_name: reading(BY_NAME),
            by_id: reading(BY_ID),
            even_deleted: reading(BY_ID_EVEN_DELETED),
            locked: reading(BY_IDS_EVEN_DELETED),
        }
    }

    fn of(comments: bool) -> &'static Self {
        static WITH: LazyLock<Reads> = LazyLock::new(|| Reads::with(COMMENTS_OF_USER));
        static WITHOUT: LazyLock<Reads> = LazyLock::new(|| Reads::with("NULL::text AS comments"));
        if comments { &WITH } else { &WITHOUT }
    }
}

static LOCK: LazyLock<String> = LazyLock::new(|| {
    let named = "SELECT n.id FROM unnest($1::text[]) AS g (name) CROSS JOIN LATERAL (
            SELECT n.id FROM users n
            WHERE n.application_id = $2 AND n.deleted_at IS NULL AND n.vendor_data BETWEEN g.name AND g.name
            ORDER BY n.vendor_data LIMIT 1
        ) n";
    let ids = format!("{named} UNION SELECT unnest($3::uuid[])");
    locking(&ids, "AND u.deleted_at IS NULL")
});
static LOCK_EVEN_DELETED: LazyLock<String> =
    LazyLock::new(|| locking("SELECT DISTINCT unnest($1::uuid[])", ""));

/// Locks users one by one in the order of their ids.
fn locking(ids: &str, condition: &str) -> String {
    format!(
        "SELECT u.id FROM (SELECT id FROM ({ids}) AS k (id) ORDER BY id) k CROSS JOIN LATERAL (
            SELECT u.id FROM users u WHERE u.application_id = $2 AND u.id BETWEEN k.id AND k.id {condition}
            ORDER BY u.id LIMIT 1
            FOR NO KEY UPDATE
        ) u"
    )
}

/// Reads the user of a key with one index look-up, and its comments if they are requested.
pub(crate) fn read_one(
    connection: &mut PgConnection,
    application: ApplicationId,
    key: &UserKey,
    comments: bool,
) -> Result<Option<DetailRow>, Failure> {
    let reads = Reads::of(comments);
    let statement = match key {
        UserKey::VendorData(name) => {
            Statement::new(reads.by_name.as_str()).bind(application.uuid()).bind(name.as_str())
        }
        UserKey::Id(id) => {
            Statement::new(reads.by_id.as_str()).bind(application.uuid()).bind(id.uuid())
        }
        UserKey::IdIncludingDeleted(id) => {
            Statement::new(reads.even_deleted.as_str()).bind(application.uuid()).bind(id.uuid())
        }
    };
    Ok(statement.row(connection)?)
}

pub(super) fn read_of(
    connection: &mut PgConnection,
    application: ApplicationId,
    mutation: &Mutation,
) -> Result<Option<(User, Vec<Comment>)>, Failure> {
    let row = read_one(connection, application, &mutation.key, mutation.facts.comments)?;
    row.map(DetailRow::into_user).transpose()
}

#[derive(Default)]
pub(super) struct Keys {
    names: Vec<String>,
    ids: Vec<Uuid>,
    even_deleted: Vec<Uuid>,
}

impl<'a> FromIterator<&'a UserKey> for Keys {
    fn from_iter<I: IntoIterator<Item = &'a UserKey>>(keys: I) -> Self {
        let mut result = Self::default();
        for key in keys {
            match key {
                UserKey::VendorData(name) => result.names.push(name.as_str().to_owned()),
                UserKey::Id(id) => result.ids.push(id.uuid()),
                UserKey::IdIncludingDeleted(id) => result.even_deleted.push(id.uuid()),
            }
        }
        result
    }
}

impl Keys {
    /// Locks the existing users in id order, and returns them. A separate statement, so that later reads return the
    /// locked state.
    pub(super) fn lock(
        self,
        connection: &mut PgConnection,
        application: ApplicationId,
    ) -> Result<Locked, Failure> {
        let mut locked: Vec<Uuid> = Vec::new();
        if !self.names.is_empty() || !self.ids.is_empty() {
            let present = Statement::new(LOCK.as_str())
                .bind(self.names)
                .bind(application.uuid())
                .bind(self.ids);
            locked = present.typed_rows::<SqlUuid, _>(connection)?;
        }
        if !self.even_deleted.is_empty() {
            let even_deleted = Statement::new(LOCK_EVEN_DELETED.as_str())
                .bind(self.even_deleted)
                .bind(application.uuid());
            locked.extend(even_deleted.typed_rows::<SqlUuid, Uuid>(connection)?);
        }
        Ok(Locked(locked))
    }
}

/// The users that this transaction has locked.
pub(super) struct Locked(Vec<Uuid>);

impl Locked {
    /// Reads only the locked users. A user created since then counts as absent: changing it here would lock it out of
    /// order. Creating it again fails on the existing row, and the next round locks it with the others.
    pub(super) fn read(
        self,
        connection: &mut PgConnection,
        application: ApplicationId,
        comments: bool,
    ) -> Result<Vec<(User, Vec<Comment>)>, Failure> {
        if self.0.is_empty() {
            return Ok(Vec::new());
        }
        let rows: Vec<DetailRow> = Statement::new(Reads::of(comments).locked.as_str())
            .bind(self.0)
            .bind(application.uuid())
            .rows(connection)?;
        rows.into_iter().map(DetailRow::into_user).collect()
    }
}

/// The deleted users that the mutations ask about and whose `vendor_data` now belongs to a live user.
pub(super) fn read_taken<'a>(
    connection: &mut PgConnection,
    application: ApplicationId,
    mutations: impl Iterator<Item = &'a Mutation>,
) -> Result<HashSet<UserId>, Failure> {
    const READ: &str = "SELECT u.id FROM unnest($1::uuid[]) AS k (id) CROSS JOIN LATERAL (
            SELECT u.id, u.vendor_data, u.deleted_at FROM users u
            WHERE u.application_id = $2 AND u.id BETWEEN k.id AND k.id
            ORDER BY u.id LIMIT 1
        ) u CROSS JOIN LATERAL (
            SELECT FROM users n
            WHERE n.application_id = $2 AND n.deleted_at IS NULL AND n.vendor_data BETWEEN u.vendor_data AND u.vendor_data
            ORDER BY n.vendor_data LIMIT 1
        ) n
        WHERE u.deleted_at IS NOT NULL";
    let asking = mutations.filter(|mutation| mutation.facts.name_taken);
    let ids: Vec<Uuid> = asking
        .filter_map(|mutation| match &mutation.key {
            UserKey::IdIncludingDeleted(id) => Some(id.uuid()),
            UserKey::VendorData(_) | UserKey::Id(_) => None,
        })
        .collect();
    if ids.is_empty() {
        return Ok(HashSet::new());
    }
    let statement = Statement::new(READ).bind(ids).bind(application.uuid());
    let taken: Vec<Uuid> = statement.typed_rows::<SqlUuid, _>(connection)?;
    Ok(taken.into_iter().map(UserId::new).collect())
}

/// The names that the mutations ask about, that no live user has, and whose last deleted user was BLOCKED. A deleted
/// user is identified by its id.
pub(super) fn read_blocks_left<'a>(
    connection: &mut PgConnection,
    application: ApplicationId,
    mutations: impl Iterator<Item = &'a Mutation>,
    users: &[(User, Vec<Comment>)],
) -> Result<HashSet<String>, Failure> {
    let present =
        users.iter().map(|(user, _)| &user.record).filter(|record| record.deleted_at.is_none());
    let present: HashSet<_> = present.map(|record| &record.vendor_data).collect();
    let asking = mutations.filter(|mutation| mutation.facts.block_left);
    let names = asking.filter_map(|mutation| match &mutation.key {
        UserKey::VendorData(name) => Some(name),
        UserKey::Id(_) => None,
        UserKey::IdIncludingDeleted(id) => {
            let mut users = users.iter().map(|(user, _)| &user.record);
            users.find(|user| user.id == *id).map(|user| &user.vendor_data)
        }
    });
    let names = names.filter(|name| !present.contains(name)).map(|name| name.as_str().to_owned());
    blocks_left(connection, application, names.collect())
}

type TagRow = (String, String, DateTime<Utc>, DateTime<Utc>);

pub(super) fn read_tags<'a>(
    connection: &mut PgConnection,
    application: ApplicationId,
    mutations: impl Iterator<Item = &'a Mutation>,
) -> Result<HashMap<TagName, Tag>, Failure> {
    const READ: &str = "SELECT t.* FROM unnest($1::text[]) AS g (name) CROSS JOIN LATERAL (
            SELECT t.name, t.description, t.created_at, t.updated_at FROM tags t
            WHERE t.application_id = $2 AND t.name = g.name LIMIT 1
        ) t";
    let names: Vec<String> = mutations
        .flat_map(|mutation| mutation.facts.tags.iter().map(|name| name.as_str().to_owned()))
        .collect();
    if names.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<TagRow> = Statement::new(READ)
        .bind(names)
        .bind(application.uuid())
        .typed_rows::<(Text, Text, Timestamptz, Timestamptz), _>(connection)?;
    let tag = |(name, description, created_at, updated_at): TagRow| {
        let name = TagName::from_stored(name);
        let tag = Tag {
            application,
            name: name.clone(),
            description,
            created_at: Timestamp::from_datetime(created_at),
            updated_at: Timestamp::from_datetime(updated_at),
        };
        (name, tag)
    };
    Ok(rows.into_iter().map(tag).collect())
}
