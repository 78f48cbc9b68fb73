//! Every statement names the application of the rows it reads or changes: checked on the queries and string literals of
//! the sources and on the functions of a migrated database, so that a new statement cannot omit it.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::{Path, PathBuf};

use adapter_postgres::testing::TestDatabase;

use crate::sql::{connect, lines, number};

/// The tables whose rows belong to an application. Partitions are only read through their table.
const TABLES: &str =
    "SELECT relname::text AS line FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid
    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition
        AND attname = 'application_id'";

/// The functions as `name:body`.
const FUNCTIONS: &str =
    "SELECT proname || ':' || coalesce(pg_get_function_sqlbody(p.oid), prosrc) AS line
    FROM pg_proc p JOIN pg_language l ON l.oid = prolang
    WHERE pronamespace = 'public'::regnamespace AND lanname IN ('sql', 'plpgsql')";

/// Their rows can also be found by lane: a lane belongs to one destination, and no client knows its number.
const BY_LANE: [&str; 2] = ["webhook_lanes", "webhook_deliveries"];

/// The words before a table. Not `INTO`: an insert cannot omit the column, which has no default.
const BEFORE_A_TABLE: [&str; 4] = ["FROM", "JOIN", "UPDATE", "USING"];

/// The statements that may omit it: the file or function, a part of the statement, and the reason.
const EXCEPTIONS: [(&str, &str, &str); 13] = [
    ("audit_reader/page.rs", "WHERE {condition}", "the condition begins with the application"),
    ("user_reader/list/count.rs", "WHERE {condition}", "the condition begins with the application"),
    (
        "user_store/write.rs",
        "WHERE u.ctid = n.row",
        "the same statement finds these rows by application",
    ),
    ("backlog.rs", "AS dead_letters", "counts over all applications"),
    ("claims/quota.rs", "HAVING sum(", "finds applications that exceed their share"),
    ("claims/store.rs", "WHERE expires_at <= now()", "deletes expired rows"),
    ("retention.rs", "WHERE finished_at < $1", "deletes old rows"),
    ("search_upkeep.rs", "WHERE s.norm_version <", "renews search texts of all applications"),
    ("sequence_outbox", "FROM outbox ORDER BY queue_seq", "one process sequences all applications"),
    (
        "delete_old_deliveries",
        "FROM webhook_deliveries WHERE event_recorded_at < before LIMIT 1",
        "finds a lane with old rows",
    ),
    ("delete_old_deliveries", "SELECT ctid FROM webhook_dead_letters", "finds old rows"),
    ("delete_old_deliveries", "DELETE FROM webhook_dead_letters", "deletes old rows"),
    (
        "advance_webhook_recovery",
        "WHERE state = 'running' ORDER BY created_at",
        "one process advances all recoveries",
    ),
];

/// The functions with a query that may omit it: the file, the function, and the reason.
const QUERIES_OF_ALL: [(&str, &str, &str); 5] = [
    ("destination_store/row.rs", "with_lanes", "the callers name it"),
    ("destination_store/mod.rs", "sealed_secrets", "reads all secrets to encrypt them again"),
    ("destination_store/mod.rs", "replace_sealed", "a number belongs to one secret"),
    ("key_store/mod.rs", "application_of", "finds the application of a key"),
    ("key_store/mod.rs", "find_on", "finds the application of a key"),
];

/// A query reads or changes `table::table`; only an insert cannot omit the column.
#[test]
fn every_query_names_its_application() {
    let database = TestDatabase::migrated();
    let tables = lines(&mut connect(database.owner_url()), TABLES);
    let (mut found, mut unscoped) = (0, Vec::new());
    for (place, code) in codes() {
        for function in code.split("fn ").skip(1) {
            let name = function.split(['(', '<']).next().unwrap();
            let body: String = function.split_whitespace().collect();
            for table in tables.iter().filter(|table| !BY_LANE[1..].contains(&table.as_str())) {
                let uses = count(&body, &format!("{table}::table"))
                    - count(&body, &format!("insert_into({table}::table"))
                    - count(&body, &format!("<{table}::table"));
                let named = count(&body, &format!("{table}::application_id.eq("))
                    - count(&body, &format!("values(({table}::application_id.eq("))
                    + count(&body, &format!("{table}::table.find((application"));
                found += uses;
                if named < uses {
                    unscoped.push((place.clone(), name.to_owned(), table.clone()));
                }
            }
        }
    }
    assert!(found >= 25, "only {found} were found");
    for (place, name, table) in &unscoped {
        assert!(
            QUERIES_OF_ALL.iter().any(|(at, function, _)| place == at && name == function),
            "a query of {place}, {name} does not name the application of {table}"
        );
    }
    for (at, function, reason) in QUERIES_OF_ALL {
        assert!(
            unscoped.iter().any(|(place, name, _)| place == at && name == function),
            "the exception of {at}, {function} ({reason}) is not needed any more"
        );
    }
}

fn count(text: &str, part: &str) -> usize {
    text.matches(part).count()
}

#[test]
fn every_statement_names_its_application() {
    let database = TestDatabase::migrated();
    let mut owner = connect(database.owner_url());
    let tables = lines(&mut owner, TABLES);
    let nullable = format!(
        "SELECT count(*) FROM pg_attribute WHERE attname = 'application_id'
         AND NOT attnotnull AND attrelid::regclass::text = ANY('{{{}}}')",
        tables.join(",")
    );
    assert_eq!(number(&mut owner, &nullable), 0, "an insert could omit the column");

    let mut statements = literals();
    let literals = statements.len();
    for function in lines(&mut owner, FUNCTIONS) {
        let (name, body) = function.split_once(':').unwrap();
        let code: String =
            body.lines().map(|line| line.split("--").next().unwrap().to_owned() + "\n").collect();
        let parts = code.split(';');
        statements.extend(parts.map(|part| (name.to_owned(), one_line(part))));
    }
    let of_tables = |(_, text): &&(String, String)| !tables_in(text, &tables).is_empty();
    let found = [&statements[..literals], &statements[literals..]]
        .map(|statements| statements.iter().filter(of_tables).count());
    assert!(found[0] >= 40 && found[1] >= 40, "only {found:?} were found");

    let unscoped: Vec<_> =
        statements.iter().filter(|(_, text)| is_unscoped(text, &tables)).collect();
    for (place, text) in &unscoped {
        assert!(
            EXCEPTIONS.iter().any(|(at, part, _)| place == at && text.contains(part)),
            "a statement of {place} does not name the application of each table: {text}"
        );
    }
    for (at, part, reason) in EXCEPTIONS {
        assert!(
            unscoped.iter().any(|(place, text)| place == at && text.contains(part)),
            "the exception of {at}, {part} ({reason}) is not needed any more"
        );
    }
}

/// Whether the text has fewer conditions on `application_id` than tables.
fn is_unscoped(text: &str, tables: &[String]) -> bool {
    let is_by_lane = text.contains("lane = ") || text.contains("lane BETWEEN ");
    let found = tables_in(text, tables)
        .iter()
        .filter(|table| !(is_by_lane && BY_LANE.contains(table)))
        .count();
    let conditions = text.split("application_id").skip(1).filter(|rest| {
        let rest = rest.trim_start_matches([')', ' ']);
        rest.starts_with('=') || rest.starts_with("IN (")
    });
    conditions.count() < found
}

/// The tables that the text reads or changes, as often as it names them: after one of the words, or in a list of tables
/// with short aliases.
fn tables_in<'a>(text: &'a str, tables: &[String]) -> Vec<&'a str> {
    let is_separator = |c: char| !c.is_alphanumeric() && c != '_' && c != ',';
    let words: Vec<&str> = text
        .split_inclusive(',')
        .flat_map(|part| part.strip_suffix(',').map_or([part, ""], |part| [part, ","]))
        .flat_map(|part| part.split(is_separator))
        .filter(|word| !word.is_empty())
        .chain([""])
        .collect();
    let found = words.windows(3).filter_map(|words| {
        let [before, word, after] = words else {
            return None;
        };
        let is_alias =
            matches!(after.len(), 1 | 2) && after.starts_with(|c: char| c.is_ascii_lowercase());
        let is_found = *before == "," && is_alias || BEFORE_A_TABLE.contains(before);
        is_found.then_some(*word)
    });
    found.filter(|word| tables.iter().any(|table| table == word)).collect()
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The files of the adapter, except tests, with their code.
fn codes() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let place = |file: &Path| file.strip_prefix(&root).unwrap().display().to_string();
    let code = |file: PathBuf| (place(&file), fs::read_to_string(&file).unwrap());
    sources(&root).into_iter().map(code).collect()
}

/// The string literals of the adapter with their files.
fn literals() -> Vec<(String, String)> {
    let mut found = Vec::new();
    for (place, code) in codes() {
        // Escaped quotes do not end a literal, and a quote as a character does not begin one.
        let code = code.replace("\\\"", "'").replace("'\"'", "' '");
        let texts = code.split('"').skip(1).step_by(2);
        found.extend(texts.map(|text| (place.clone(), one_line(text))));
    }
    found
}

fn sources(dir: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if path.is_dir() && name != "tests" {
            files.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}
