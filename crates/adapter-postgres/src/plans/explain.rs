//! Reads query plans.

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel::sql_types::Text;

use crate::audit::hex;
use crate::statement::{Bind, Statement};

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text, column_name = "QUERY PLAN")]
    line: String,
}

/// The kind of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Planned {
    /// A custom plan for the given values.
    ForValues,
    /// A generic plan for any values, which a cached statement uses eventually.
    ForAny,
}

/// The plan as text, one node per line.
pub(super) fn plan(
    connection: &mut PgConnection,
    statement: &Statement,
    planned: Planned,
) -> String {
    let mode = match planned {
        Planned::ForValues => "force_custom_plan",
        Planned::ForAny => "force_generic_plan",
    };
    let types: Vec<_> = statement.binds.iter().map(type_of).collect();
    let values: Vec<_> = statement.binds.iter().map(literal).collect();
    let types = types.join(", ");
    connection
        .batch_execute(&format!(
            "SET plan_cache_mode = {mode}; PREPARE statement_under_test ({types}) AS {}",
            statement.text
        ))
        .unwrap();
    let lines: Vec<Line> = diesel::sql_query(format!(
        "EXPLAIN EXECUTE statement_under_test ({})",
        values.join(", ")
    ))
    .load(connection)
    .unwrap();
    connection
        .batch_execute("DEALLOCATE statement_under_test")
        .unwrap();
    lines.into_iter().map(|line| line.line + "\n").collect()
}

fn type_of(bind: &Bind) -> &'static str {
    match bind {
        Bind::Uuid(_) | Bind::OptionalUuid(_) => "uuid",
        Bind::Uuids(_) => "uuid[]",
        Bind::Text(_) | Bind::OptionalText(_) => "text",
        Bind::Texts(_) | Bind::OptionalTexts(_) => "text[]",
        Bind::Time(_) | Bind::OptionalTime(_) => "timestamptz",
        Bind::BigInt(_) | Bind::OptionalBigInt(_) => "bigint",
        Bind::BigInts(_) => "bigint[]",
        Bind::Bool(_) | Bind::OptionalBool(_) => "boolean",
        Bind::Bytes(_) => "bytea",
    }
}

fn literal(bind: &Bind) -> String {
    let text = |text: &str| format!("'{}'", text.replace('\'', "''"));
    let array = |items: Vec<String>| format!("'{{{}}}'", items.join(","));
    match bind {
        Bind::Uuid(value) | Bind::OptionalUuid(Some(value)) => text(&value.to_string()),
        Bind::Uuids(values) => array(values.iter().map(ToString::to_string).collect()),
        Bind::Text(value) => text(value),
        Bind::Texts(values) | Bind::OptionalTexts(Some(values)) => array(values.clone()),
        Bind::Time(value) | Bind::OptionalTime(Some(value)) => text(&value.to_rfc3339()),
        Bind::BigInt(value) | Bind::OptionalBigInt(Some(value)) => value.to_string(),
        Bind::BigInts(values) => array(values.iter().map(ToString::to_string).collect()),
        Bind::Bool(value) | Bind::OptionalBool(Some(value)) => value.to_string(),
        Bind::OptionalUuid(None)
        | Bind::OptionalText(_)
        | Bind::OptionalTexts(None)
        | Bind::OptionalTime(None)
        | Bind::OptionalBigInt(None)
        | Bind::OptionalBool(None) => "NULL".to_owned(),
        Bind::Bytes(value) => text(&hex(value)),
    }
}
