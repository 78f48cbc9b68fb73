//! SQL functions as the query builder knows them.

use diesel::declare_sql_function;
use diesel::dsl::{AsExprOf, IntervalDsl as _, now};
use diesel::expression::IntoSql as _;
use diesel::pg::Pg;
use diesel::pg::data_types::PgInterval;
use diesel::query_builder::QueryId;
use diesel::sql_types::{BigInt, Bool, Integer, Interval, Nullable, SqlType, Text, Timestamptz};

/// The type of a function that returns nothing.
#[derive(Debug, QueryId, SqlType)]
#[diesel(postgres_type(name = "void"))]
pub struct Void;

diesel::infix_operator!(Later, " + ", Timestamptz, backend: Pg);

/// A time after the start of the transaction.
pub(crate) fn in_millis(millis: i64) -> Later<now, AsExprOf<PgInterval, Interval>> {
    Later::new(now, millis.milliseconds().into_sql::<Interval>())
}

#[declare_sql_function]
extern "SQL" {
    fn current_setting(name: Text) -> Text;
    fn hashtextextended(text: Text, seed: BigInt) -> BigInt;
    fn pg_advisory_xact_lock(key: BigInt) -> Void;
    fn pg_sleep(seconds: diesel::sql_types::Double) -> Void;
    fn pg_try_advisory_lock(key: BigInt) -> Bool;
    fn pg_try_advisory_xact_lock(key: BigInt) -> Bool;
    fn to_regclass(name: Text) -> Nullable<Oid>;

    #[sql_name = "greatest"]
    fn greatest_integer(one: Nullable<Integer>, other: Nullable<Integer>) -> Nullable<Integer>;
    #[sql_name = "greatest"]
    fn greatest_time(
        one: Nullable<Timestamptz>,
        other: Nullable<Timestamptz>,
    ) -> Nullable<Timestamptz>;
    #[sql_name = "least"]
    fn least_integer(one: Nullable<Integer>, other: Nullable<Integer>) -> Nullable<Integer>;
    #[sql_name = "least"]
    fn least_time(
        one: Nullable<Timestamptz>,
        other: Nullable<Timestamptz>,
    ) -> Nullable<Timestamptz>;

    // The functions of `migrations/`.
    fn advance_webhook_recovery(portion: BigInt) -> Nullable<BigInt>;
    fn arrange_webhook_lane(
        lane: BigInt,
        is_reordered: Bool,
        is_per_user: Bool,
        is_enabled: Bool,
        portion: BigInt,
    ) -> BigInt;
    fn attach_default_partition() -> BigInt;
    fn copy_statistics_targets() -> Void;
    fn create_partition(days_ahead: Integer) -> Bool;
    fn delete_old_deliveries(cutoff: Timestamptz, portion: BigInt) -> Nullable<BigInt>;
    fn drop_partitions(cutoff: Timestamptz) -> BigInt;
    fn skip_webhook_deliveries(lane: BigInt, portion: BigInt) -> BigInt;
}
