//! The declared tables of the query builder, compared with the migrated database.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;

use adapter_postgres::testing::TestDatabase;

use crate::sql::{connect, lines};

const DECLARATIONS: &str = include_str!("../../src/schema/tables.rs");

/// One line per column: table, name, type, and whether it accepts NULL.
const COLUMNS: &str = "SELECT format('%s.%s %s %s', relname, attname, format_type(atttypid, NULL),
        CASE WHEN attnotnull THEN 'NOT NULL' ELSE 'NULL' END) AS line
    FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid AND attnum > 0 AND NOT attisdropped
    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition";

const KEYS: &str =
    "SELECT format('%s (%s)', relname, string_agg(attname, ', ' ORDER BY array_position(conkey, attnum))) AS line
    FROM pg_constraint JOIN pg_class ON pg_class.oid = conrelid
    JOIN pg_attribute ON attrelid = conrelid AND attnum = ANY(conkey)
    WHERE relnamespace = 'public'::regnamespace AND contype = 'p' AND NOT relispartition
    GROUP BY relname";

struct Declared {
    columns: BTreeSet<String>,
    keys: BTreeSet<String>,
}

/// Reads the lines of the macro calls: `table (key) {` and `column -> Type,`.
fn declared() -> Declared {
    let (mut columns, mut keys, mut table) = (BTreeSet::new(), BTreeSet::new(), "");
    for line in DECLARATIONS.lines() {
        let line = line.trim();
        if let Some((name, sql_type)) = line.strip_suffix(',').and_then(|it| it.split_once(" -> "))
        {
            columns.insert(format!("{table}.{name} {}", shown(sql_type)));
        } else if let Some(key) = line.strip_suffix(" {").filter(|it| it.ends_with(')')) {
            table = key.split(' ').next().unwrap();
            keys.insert(key.to_owned());
        }
    }
    Declared { columns, keys }
}

/// A type of the query builder as the catalogue shows it.
fn shown(declared: &str) -> String {
    let inside = |name: &str| declared.strip_prefix(name)?.strip_suffix('>').map(str::to_owned);
    match inside("Nullable<") {
        Some(inner) => format!("{} NULL", shown_type(&inner)),
        None => format!("{} NOT NULL", shown_type(declared)),
    }
}

fn shown_type(declared: &str) -> String {
    if let Some(inner) = declared.strip_prefix("Array<") {
        return shown_type(inner.trim_end_matches('>')) + "[]";
    }
    let name = match declared {
        "BigInt" => "bigint",
        "Binary" => "bytea",
        "Bool" => "boolean",
        "Date" => "date",
        "Integer" => "integer",
        "Json" => "json",
        "Jsonb" => "jsonb",
        "SmallInt" => "smallint",
        "Text" => "text",
        "Timestamp" => "timestamp without time zone",
        "Timestamptz" => "timestamp with time zone",
        "Uuid" => "uuid",
        "VarChar" => "character varying",
        other => panic!("unknown type {other}"),
    };
    name.to_owned()
}

#[test]
fn declared_tables_are_in_the_database() {
    let database = TestDatabase::migrated();
    let mut owner = connect(database.owner_url());
    let declared = declared();
    for (declared, query) in [(declared.keys, KEYS), (declared.columns, COLUMNS)] {
        let stored: BTreeSet<_> = lines(&mut owner, query).into_iter().collect();
        assert!(!declared.is_empty(), "the declarations were read");
        let unknown: Vec<_> = declared.difference(&stored).collect();
        assert!(unknown.is_empty(), "not in the database: {unknown:?}");
    }
}
