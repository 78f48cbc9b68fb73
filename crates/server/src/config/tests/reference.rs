//! Tests of the settings' documentation: `default.toml` documents each setting in full, and the tables in
//! `docs/SETTINGS.md` are generated from it.

use std::fmt::Write as _;
use std::path::Path;

use toml::{Table, Value};

use layered_settings::{Environment, Layers, Reader};

use crate::config::{Config, DEFAULTS};

const BEGIN: &str = "<!-- settings: begin, made from crates/server/default.toml -->\n";
const END: &str = "<!-- settings: end -->\n";

/// The documentation of one setting in `default.toml`.
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
            heading.trim_end_matches([' ', '#']).clone_into(&mut section);
        } else if let Some(comment) = line.strip_prefix("# ") {
            let (text, started) =
                match (comment.strip_prefix("Unit: "), comment.strip_prefix("Why: ")) {
                    (Some(unit), _) => (unit, 1),
                    (_, Some(why)) => (why, 2),
                    _ => (comment, part),
                };
            part = started;
            let into =
                [&mut next.meaning, &mut next.unit, &mut next.why].into_iter().nth(part).unwrap();
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
            assert!(line.is_empty() || line == "#", "{line:?} is neither a comment nor a setting");
            // Discards the text above the first heading, which is about all settings.
            if line.is_empty() {
                (next, part) = (Documented::default(), 0);
            }
        }
    }
    all
}

/// Returns the tables, one for each section of the file. Ranges come from the code that enforces them.
fn tables() -> String {
    let settings = documented();
    let mut text = String::new();
    let mut section = "";
    for setting in &settings {
        if setting.section != section {
            section = &setting.section;
            write!(text, "\n## {section}\n\n{TABLE_HEAD}").unwrap();
        }
        let default = match setting.default.as_str() {
            "\"\"" | "[]" => "not set".to_owned(),
            default => format!("`{}`", default.trim_matches('"')),
        };
        let unit = setting.unit.trim_end_matches('.');
        let (unit, special) = unit.split_once(';').unwrap_or((unit, ""));
        let range = range(&setting.key).map(|range| format!(", {range}")).unwrap_or_default();
        let special = if special.is_empty() { String::new() } else { format!(";{special}") };
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

/// Returns the range of a whole number, taken from the error for an invalid value; `None` for other types.
fn range(key: &str) -> Option<String> {
    let environment = [(key.to_uppercase(), "-1")].into_iter().collect();
    let problems = Config::load(None, &environment).err()?.0;
    let refusal = problems.iter().find(|problem| problem.place == key.to_uppercase())?;
    let range = refusal.message.strip_prefix("must be a whole number from ")?;
    Some(range.split_once(',')?.0.to_owned())
}

/// Replaces the names of other settings by their environment variables.
fn link_settings(text: &str, settings: &[Documented]) -> String {
    let is_key =
        |word: &str| settings.iter().any(|setting| setting.key == word && word.contains('_'));
    text.split(' ')
        .map(|word| {
            let bare = word.trim_end_matches(['.', ',', ';', ')']);
            let rest = word.strip_prefix(bare).unwrap_or_default();
            if is_key(bare) { format!("`{}`{rest}", bare.to_uppercase()) } else { word.to_owned() }
        })
        .collect::<Vec<_>>()
        .join(" ")
}

#[test]
fn every_setting_is_documented_in_full() {
    for setting in documented() {
        for (part, text) in
            [("section", &setting.section), ("unit", &setting.unit), ("why", &setting.why)]
        {
            assert!(!text.is_empty(), "{} has no {part}", setting.key);
        }
        for text in [&setting.meaning, &setting.unit, &setting.why] {
            assert!(text.ends_with('.'), "{}: {text:?} is not a sentence", setting.key);
        }
    }
}

#[test]
fn the_defaults_have_exactly_the_keys_that_are_read() {
    let environment = Environment::default();
    let (layers, problems) = Layers::new(DEFAULTS, None, &environment);
    let mut reader = Reader::new(&layers, problems);
    Config::read(&mut reader).unwrap();
    let read: Vec<&str> = reader.keys().collect();
    let mut keys: Vec<String> = documented().into_iter().map(|setting| setting.key).collect();
    keys.sort_unstable();
    assert_eq!(keys, read);
}

#[test]
fn every_whole_number_has_a_range() {
    let defaults: Table = DEFAULTS.parse().unwrap();
    for (key, value) in &defaults {
        assert_eq!(range(key).is_some(), matches!(value, Value::Integer(_)), "{key}");
    }
}

#[test]
fn the_settings_page_matches_the_defaults() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/SETTINGS.md");
    let text = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = text.split_once(BEGIN).expect("the mark where the tables begin");
    let (found, after) = rest.split_once(END).expect("the mark where the tables end");
    let tables = tables();
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, format!("{before}{BEGIN}{tables}{END}{after}")).unwrap();
    } else {
        assert!(found == tables, "docs/SETTINGS.md is stale: run the tests with UPDATE_GOLDEN=1");
    }
}
