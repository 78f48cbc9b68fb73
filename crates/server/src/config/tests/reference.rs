//! The settings' documentation: each is documented in full in `default.toml`, and the table in `docs/OPERATIONS.md` is
//! made from it.

use std::fmt::Write as _;
use std::path::Path;

use toml::{Table, Value};

use crate::config::layers::Layers;
use crate::config::reader::Reader;
use crate::config::{Config, DEFAULTS, Environment};

const BEGIN: &str = "<!-- settings: begin, made from crates/server/default.toml -->\n";
const END: &str = "<!-- settings: end -->\n";

/// One setting as `default.toml` documents it.
#[derive(Default)]
struct Documented {
    section: String,
    key: String,
    default: String,
    meaning: String,
    unit: String,
    why: String,
}

/// Reads the comments: a heading between `####`, then per key its meaning, `Unit:` and `Why:`.
fn documented() -> Vec<Documented> {
    let mut all = Vec::new();
    let mut section = String::new();
    let mut next = Documented::default();
    let mut part = 0;
    for line in DEFAULTS.lines() {
        if let Some(heading) = line.strip_prefix("#### ") {
            heading
                .trim_end_matches([' ', '#'])
                .clone_into(&mut section);
        } else if let Some(comment) = line.strip_prefix("# ") {
            let (text, started) = match (
                comment.strip_prefix("Unit: "),
                comment.strip_prefix("Why: "),
            ) {
                (Some(unit), _) => (unit, 1),
                (_, Some(why)) => (why, 2),
                _ => (comment, part),
            };
            part = started;
            let into = [&mut next.meaning, &mut next.unit, &mut next.why]
                .into_iter()
                .nth(part)
                .unwrap();
            if !into.is_empty() {
                into.push(' ');
            }
            into.push_str(text);
        } else if let Some((key, default)) = line.split_once(" = ") {
            let section = section.clone();
            all.push(Documented {
                section,
                key: key.to_owned(),
                default: default.to_owned(),
                ..std::mem::take(&mut next)
            });
            part = 0;
        } else {
            assert!(
                line.is_empty() || line == "#",
                "{line:?} is neither a comment nor a setting"
            );
            // The text above the first heading is about all settings.
            if line.is_empty() {
                (next, part) = (Documented::default(), 0);
            }
        }
    }
    all
}

/// The table, grouped as the file is. Ranges come from the code that enforces them.
fn table() -> String {
    let settings = documented();
    let mut text = String::new();
    let mut section = "";
    for setting in &settings {
        if setting.section != section {
            section = &setting.section;
            write!(text, "\n### {section}\n\n{TABLE_HEAD}").unwrap();
        }
        let default = match setting.default.as_str() {
            "\"\"" | "[]" => "not set".to_owned(),
            default => format!("`{}`", default.trim_matches('"')),
        };
        let unit = setting.unit.trim_end_matches('.');
        let (unit, special) = unit.split_once(';').unwrap_or((unit, ""));
        let range = range(&setting.key)
            .map(|range| format!(", {range}"))
            .unwrap_or_default();
        let special = if special.is_empty() {
            String::new()
        } else {
            format!(";{special}")
        };
        let [meaning, why] =
            [&setting.meaning, &setting.why].map(|text| link_settings(text, &settings));
        writeln!(
            text,
            "| `{}` | {default} | {unit}{range}{special} | {meaning} Why: {why} |",
            setting.key.to_uppercase()
        )
        .unwrap();
    }
    text.push('\n');
    text
}

const TABLE_HEAD: &str =
    "| variable | default | unit | meaning, and why this default |\n| --- | --- | --- | --- |\n";

/// What a whole number may be, as the refusal of another one says; `None` for other types.
fn range(key: &str) -> Option<String> {
    let environment = [(key.to_uppercase(), "-1")].into_iter().collect();
    let problems = Config::load(None, &environment).err()?.0;
    let refusal = problems
        .iter()
        .find(|problem| problem.place == key.to_uppercase())?;
    let range = refusal
        .message
        .strip_prefix("must be a whole number from ")?;
    Some(range.split_once(',')?.0.to_owned())
}

/// Writes the names of other settings as the variables they are.
fn link_settings(text: &str, settings: &[Documented]) -> String {
    let is_key = |word: &str| {
        settings
            .iter()
            .any(|setting| setting.key == word && word.contains('_'))
    };
    text.split(' ')
        .map(|word| {
            let bare = word.trim_end_matches(['.', ',', ';', ')']);
            let rest = word.strip_prefix(bare).unwrap_or_default();
            if is_key(bare) {
                format!("`{}`{rest}", bare.to_uppercase())
            } else {
                word.to_owned()
            }
        })
        .collect::<Vec<_>>()
        .join(" ")
}

#[test]
fn every_setting_is_documented_in_full() {
    for setting in documented() {
        for (part, text) in [
            ("section", &setting.section),
            ("unit", &setting.unit),
            ("why", &setting.why),
        ] {
            assert!(!text.is_empty(), "{} has no {part}", setting.key);
        }
        for text in [&setting.meaning, &setting.unit, &setting.why] {
            assert!(
                text.ends_with('.'),
                "{}: {text:?} is no sentence",
                setting.key
            );
        }
    }
}

#[test]
fn the_keys_of_the_defaults_are_the_ones_that_are_read() {
    let environment = Environment::default();
    let (layers, problems) = Layers::new(DEFAULTS, None, &environment);
    let mut reader = Reader::new(&layers, problems);
    Config::read(&mut reader).unwrap();
    let read: Vec<&str> = reader.used().keys().copied().collect();
    let mut keys: Vec<String> = documented()
        .into_iter()
        .map(|setting| setting.key)
        .collect();
    keys.sort_unstable();
    assert_eq!(keys, read);
}

#[test]
fn every_whole_number_has_a_range() {
    let defaults: Table = DEFAULTS.parse().unwrap();
    for (key, value) in &defaults {
        assert_eq!(
            range(key).is_some(),
            matches!(value, Value::Integer(_)),
            "{key}"
        );
    }
}

#[test]
fn the_operators_table_is_made_from_the_defaults() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/OPERATIONS.md");
    let text = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = text
        .split_once(BEGIN)
        .expect("the mark where the table begins");
    let (found, after) = rest.split_once(END).expect("the mark where the table ends");
    let table = table();
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, format!("{before}{BEGIN}{table}{END}{after}")).unwrap();
    } else {
        assert!(
            found == table,
            "docs/OPERATIONS.md is stale: run the tests with UPDATE_GOLDEN=1"
        );
    }
}
