//! SQL statements: text with `$1`, `$2`, … and their values.
//!
//! Decides which statements are cached. diesel caches a prepared statement by its text, so a text from a closed set is
//! prepared once per connection. A text from an open set ([`Statement::planned_each_time`]) is never cached, because
//! the cache is unbounded and a generic plan would be wrong.

use std::borrow::Cow;
use std::marker::PhantomData;

use diesel::deserialize::QueryableByName;
use diesel::pg::{Pg, PgConnection};
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::query_dsl::LoadQuery;
use diesel::result::{Error, QueryResult};
use diesel::sql_types::{
    Array, BigInt, Binary, Bool, Nullable, Text, Timestamptz, Untyped, Uuid as SqlUuid,
};
use diesel::{OptionalExtension as _, RunQueryDsl};
use users_domain::model::Timestamp;
use uuid::Uuid;

/// A value for a placeholder.
#[derive(Debug, Clone)]
pub(crate) enum Bind {
    Uuid(Uuid),
    OptionalUuid(Option<Uuid>),
    Uuids(Vec<Uuid>),
    Text(String),
    OptionalText(Option<String>),
    Texts(Vec<String>),
    Time(chrono::DateTime<chrono::Utc>),
    OptionalTime(Option<chrono::DateTime<chrono::Utc>>),
    BigInt(i64),
    BigInts(Vec<i64>),
    Bool(bool),
    Bytes(Vec<u8>),
}

macro_rules! bind_from {
    ($($from:ty => $variant:ident,)+) => {
        $(impl From<$from> for Bind {
            fn from(value: $from) -> Self {
                Self::$variant(value)
            }
        })+
    };
}

bind_from!(
    Uuid => Uuid,
    Option<Uuid> => OptionalUuid,
    Vec<Uuid> => Uuids,
    String => Text,
    Option<String> => OptionalText,
    Vec<String> => Texts,
    i64 => BigInt,
    Vec<i64> => BigInts,
    bool => Bool,
    Vec<u8> => Bytes,
);

impl From<&str> for Bind {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

impl From<Timestamp> for Bind {
    fn from(value: Timestamp) -> Self {
        Self::Time(value.datetime())
    }
}

impl From<Option<Timestamp>> for Bind {
    fn from(value: Option<Timestamp>) -> Self {
        Self::OptionalTime(value.map(Timestamp::datetime))
    }
}

impl Bind {
    fn push<'b>(&'b self, out: &mut AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        match self {
            Self::Uuid(value) => out.push_bind_param::<SqlUuid, _>(value),
            Self::OptionalUuid(value) => out.push_bind_param::<Nullable<SqlUuid>, _>(value),
            Self::Uuids(values) => out.push_bind_param::<Array<SqlUuid>, _>(values),
            Self::Text(value) => out.push_bind_param::<Text, _>(value),
            Self::OptionalText(value) => out.push_bind_param::<Nullable<Text>, _>(value),
            Self::Texts(values) => out.push_bind_param::<Array<Text>, _>(values),
            Self::Time(value) => out.push_bind_param::<Timestamptz, _>(value),
            Self::OptionalTime(value) => out.push_bind_param::<Nullable<Timestamptz>, _>(value),
            Self::BigInt(value) => out.push_bind_param::<BigInt, _>(value),
            Self::BigInts(values) => out.push_bind_param::<Array<BigInt>, _>(values),
            Self::Bool(value) => out.push_bind_param::<Bool, _>(value),
            Self::Bytes(value) => out.push_bind_param::<Binary, _>(value),
        }
    }
}

/// SQL with its values. A placeholder may occur several times; the first occurrences are in order.
#[derive(Debug, Clone)]
pub(crate) struct Statement {
    pub(crate) text: Cow<'static, str>,
    pub(crate) binds: Vec<Bind>,
    cached: bool,
}

impl Statement {
    /// A statement whose text belongs to a closed set: prepared once per connection.
    pub(crate) fn new(text: impl Into<Cow<'static, str>>) -> Self {
        Self { text: text.into(), binds: Vec::new(), cached: true }
    }

    /// Plans the statement with its values on each execution, and never caches it.
    pub(crate) fn planned_each_time(mut self) -> Self {
        self.cached = false;
        self
    }

    /// Sets the value of the next placeholder.
    pub(crate) fn bind(mut self, value: impl Into<Bind>) -> Self {
        self.binds.push(value.into());
        self
    }

    /// Sets the values of the next placeholders.
    pub(crate) fn bind_all(mut self, values: impl IntoIterator<Item = Bind>) -> Self {
        self.binds.extend(values);
        self
    }

    pub(crate) fn rows<T>(self, connection: &mut PgConnection) -> QueryResult<Vec<T>>
    where
        T: QueryableByName<Pg> + 'static,
    {
        self.load(connection)
    }

    /// Returns the only row, if there is one.
    pub(crate) fn row<T>(self, connection: &mut PgConnection) -> QueryResult<Option<T>>
    where
        T: QueryableByName<Pg> + 'static,
    {
        self.get_result(connection).optional()
    }

    /// Returns all rows as values or tuples of these SQL types, by position.
    pub(crate) fn typed_rows<'a, S, T>(self, connection: &mut PgConnection) -> QueryResult<Vec<T>>
    where
        Typed<S>: LoadQuery<'a, PgConnection, T>,
    {
        Typed(self, PhantomData).load(connection)
    }

    /// Returns the first row as a value or a tuple of these SQL types, by position.
    pub(crate) fn typed_row<'a, S, T>(self, connection: &mut PgConnection) -> QueryResult<T>
    where
        Typed<S>: LoadQuery<'a, PgConnection, T>,
    {
        Typed(self, PhantomData).get_result(connection)
    }

    /// Returns the number of rows written.
    pub(crate) fn run(self, connection: &mut PgConnection) -> QueryResult<usize> {
        self.execute(connection)
    }
}

impl QueryId for Statement {
    // The text identifies the statement: with a static id, every statement would reuse the first one.
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl Query for Statement {
    type SqlType = Untyped;
}

impl RunQueryDsl<PgConnection> for Statement {}

impl QueryFragment<Pg> for Statement {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        if !self.cached {
            out.unsafe_to_cache_prepared();
        }
        let mut values = self.binds.iter().enumerate();
        let mut pieces = self.text.split('$');
        out.push_sql(pieces.next().unwrap_or_default());
        let mut used = 0;
        for piece in pieces {
            let digits = piece.bytes().take_while(u8::is_ascii_digit).count();
            let (number, rest) = piece.split_at(digits);
            let number: usize = number.parse().map_err(|_| unbound("a $ without a number"))?;
            if number == used + 1 {
                let (_, value) =
                    values.next().ok_or_else(|| unbound("a placeholder without a value"))?;
                value.push(&mut out)?;
                used = number;
            } else if number <= used {
                out.push_sql("$");
                out.push_sql(&number.to_string());
            } else {
                return Err(unbound("placeholders out of order"));
            }
            out.push_sql(rest);
        }
        match values.next() {
            Some(_) => Err(unbound("a value without a placeholder")),
            None => Ok(()),
        }
    }
}

/// A statement whose rows have these SQL types.
pub(crate) struct Typed<S>(Statement, PhantomData<S>);

impl<S> QueryId for Typed<S> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<S> Query for Typed<S> {
    type SqlType = S;
}

impl<S> RunQueryDsl<PgConnection> for Typed<S> {}

impl<S> QueryFragment<Pg> for Typed<S> {
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        self.0.walk_ast(out)
    }
}

fn unbound(what: &'static str) -> Error {
    Error::QueryBuilderError(what.into())
}
