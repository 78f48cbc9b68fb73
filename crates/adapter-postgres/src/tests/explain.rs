//! Records the statements of a connection, and reads their plans.

use diesel::connection::SimpleConnection as _;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{Array, Nullable, Text};

use crate::audit::hex;

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

/// A statement as it was sent.
#[derive(Debug)]
pub(super) struct Sent {
    pub(super) text: String,
    /// The values in the debug format.
    binds: String,
}

/// The statements that this thread sent.
pub(super) mod sent {
    use std::cell::RefCell;

    use diesel::connection::{Connection as _, InstrumentationEvent};
    use diesel::pg::PgConnection;

    use super::Sent;

    thread_local! {
        static SENT: RefCell<Vec<Sent>> = const { RefCell::new(Vec::new()) };
    }

    /// Records the statements of a connection from now on.
    pub(in super::super) fn record(connection: &mut PgConnection) {
        take();
        connection.set_instrumentation(|event: InstrumentationEvent<'_>| {
            if let InstrumentationEvent::StartQuery { query, .. } = event
                && let Some((text, binds)) = query.to_string().split_once(" -- binds: ")
            {
                let (text, binds) = (text.to_owned(), binds.to_owned());
                SENT.with_borrow_mut(|sent| sent.push(Sent { text, binds }));
            }
        });
    }

    /// The statements since the last call.
    pub(in super::super) fn take() -> Vec<Sent> {
        SENT.take()
    }
}

/// The plan as text, one node per line.
pub(super) fn plan(connection: &mut PgConnection, statement: &Sent, planned: Planned) -> String {
    const TYPES: &str = "(SELECT parameter_types::text[] FROM pg_prepared_statements
        WHERE name = 'statement_under_test')";

    let mode = match planned {
        Planned::ForValues => "force_custom_plan",
        Planned::ForAny => "force_generic_plan",
    };
    let text = &statement.text;
    // A statement that this connection has prepared has the types with which it was sent.
    let sent_types: Option<Vec<String>> = diesel::select(
        sql::<Nullable<Array<Text>>>(
            "(SELECT parameter_types::text[] FROM pg_prepared_statements WHERE statement = ",
        )
        .bind::<Text, _>(text)
        .sql(" LIMIT 1)"),
    )
    .get_result(connection)
    .unwrap();
    let sent_types = match sent_types {
        Some(types) if !types.is_empty() => format!("({})", types.join(", ")),
        _ => String::new(),
    };
    let prepare = format!(
        "SET plan_cache_mode = {mode}; PREPARE statement_under_test {sent_types} AS {text}"
    );
    connection.batch_execute(&prepare).unwrap();
    let types: Vec<String> =
        diesel::select(sql::<Array<Text>>(TYPES)).get_result(connection).unwrap();
    let Value::List(values) = value(&mut statement.binds.as_str()) else {
        panic!("a list: {}", statement.binds);
    };
    assert_eq!(values.len(), types.len(), "{statement:?}");
    let values = values.iter().zip(&types);
    let literals: Vec<_> = values.map(|(value, of)| literal(value, of)).collect();
    let execute = match literals.as_slice() {
        [] => "EXPLAIN EXECUTE statement_under_test".to_owned(),
        literals => format!("EXPLAIN EXECUTE statement_under_test ({})", literals.join(", ")),
    };
    let lines: Vec<Line> = diesel::sql_query(execute).load(connection).unwrap();
    connection.batch_execute("DEALLOCATE statement_under_test").unwrap();
    lines.into_iter().map(|line| line.line + "\n").collect()
}

/// A value in the debug format.
#[derive(Debug)]
enum Value {
    Null,
    Text(String),
    List(Vec<Value>),
}

/// Reads one value from the start of the text.
fn value(rest: &mut &str) -> Value {
    if let Some(after) = rest.strip_prefix("None") {
        *rest = after;
        return Value::Null;
    }
    if let Some(after) = rest.strip_prefix("Some(") {
        *rest = after;
        let value = value(rest);
        *rest = rest.strip_prefix(')').unwrap();
        return value;
    }
    if let Some(after) = rest.strip_prefix('[') {
        *rest = after;
        let mut values = Vec::new();
        while !rest.starts_with(']') {
            values.push(value(rest));
            *rest = rest.strip_prefix(", ").unwrap_or(rest);
        }
        *rest = &rest[1..];
        return Value::List(values);
    }
    if let Some(after) = rest.strip_prefix('"') {
        *rest = after;
        return Value::Text(quoted(rest));
    }
    let end = rest.find([',', ']', ')']).unwrap_or(rest.len());
    let (text, after) = rest.split_at(end);
    *rest = after;
    Value::Text(text.to_owned())
}

/// Reads a string up to its closing quote.
fn quoted(rest: &mut &str) -> String {
    let mut text = String::new();
    let mut chars = rest.chars();
    loop {
        match chars.next().unwrap() {
            '"' => break,
            '\\' => match chars.next().unwrap() {
                'n' => text.push('\n'),
                't' => text.push('\t'),
                'r' => text.push('\r'),
                '0' => text.push('\0'),
                'u' => {
                    let code: String = chars.by_ref().skip(1).take_while(|c| *c != '}').collect();
                    let code = u32::from_str_radix(&code, 16).unwrap();
                    text.push(char::from_u32(code).unwrap());
                }
                other => text.push(other),
            },
            other => text.push(other),
        }
    }
    *rest = chars.as_str();
    text
}

fn literal(value: &Value, of: &str) -> String {
    let quoted = |text: &str| format!("'{}'", text.replace('\'', "''"));
    match value {
        Value::Null => "NULL".to_owned(),
        Value::Text(text) => quoted(text),
        Value::List(values) if of == "bytea" => {
            let bytes: Vec<u8> = values.iter().map(|byte| item(byte).parse().unwrap()).collect();
            quoted(&hex(&bytes))
        }
        Value::List(values) => {
            let items = values.iter().map(|value| {
                let text = item(value).replace('\\', "\\\\").replace('"', "\\\"");
                format!("\"{text}\"")
            });
            quoted(&format!("{{{}}}", items.collect::<Vec<_>>().join(",")))
        }
    }
}

fn item(value: &Value) -> &str {
    match value {
        Value::Text(text) => text,
        other => panic!("{other:?} in a list"),
    }
}
