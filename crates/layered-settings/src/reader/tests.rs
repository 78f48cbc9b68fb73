use std::path::PathBuf;

use super::*;
use crate::Environment;

const DEFAULTS: &str =
    "threads = 2\nverbose = false\nname = \"\"\npassword = \"\"\nhosts = []\nempty = \"x\"\n";

/// A configuration file that is removed when dropped.
struct File(PathBuf);

impl File {
    fn new(stem: &str, text: &str) -> Self {
        let name = format!("layered-settings-{stem}-{}.toml", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::write(&path, text).unwrap();
        Self(path)
    }
}

impl Drop for File {
    fn drop(&mut self) {
        std::fs::remove_file(&self.0).unwrap();
    }
}

/// Reads with the function, and returns its result and the problems.
fn read<T>(
    file: Option<&File>,
    variables: &[(&str, &str)],
    read: impl FnOnce(&mut Reader<'_>) -> T,
) -> (T, Vec<String>) {
    let environment: Environment = variables.iter().copied().collect();
    let (layers, problems) = Layers::new(DEFAULTS, file.map(|file| file.0.as_path()), &environment);
    let mut reader = Reader::new(&layers, problems);
    let value = read(&mut reader);
    let (problems, _) = reader.finish();
    (value, problems.iter().map(ToString::to_string).collect())
}

fn lower_case(text: &str) -> Result<String, String> {
    if text.chars().all(|letter| letter.is_ascii_lowercase()) {
        Ok(text.to_owned())
    } else {
        Err("must be lower case".to_owned())
    }
}

#[test]
fn a_number_is_whole_and_within_its_range() {
    for (text, expected) in [("1", 1), (" 64 ", 64), ("007", 7)] {
        let (number, problems) =
            read(None, &[("THREADS", text)], |reader| reader.number::<u32>("threads", 1..=64));
        assert_eq!((number.ok(), problems), (Some(expected), vec![]), "{text}");
    }
    for text in ["0", "65", "-1", "1.5", "many", "", "99999999999999999999"] {
        let (number, problems) =
            read(None, &[("THREADS", text)], |reader| reader.number::<u32>("threads", 1..=64));
        let expected = format!("THREADS: must be a whole number from 1 to 64, is {text:?}");
        assert_eq!((number.ok(), problems), (None, vec![expected]), "{text}");
    }
}

#[test]
fn the_variable_overrides_the_file_and_the_file_the_default() {
    let file = File::new("precedence", "threads = 3\n");
    let (file, variable) = (Some(&file), Some(("THREADS", "4")));
    let cases = [
        (None, None, 2, false),
        (file, None, 3, true),
        (None, variable, 4, true),
        (file, variable, 4, true),
    ];
    for (file, variable, expected, is_set) in cases {
        let (found, problems) = read(file, variable.as_slice(), |reader| {
            (reader.number::<u32>("threads", 1..=64).ok(), reader.is_set("threads"))
        });
        assert_eq!((found, problems), ((Some(expected), is_set), vec![]));
    }
}

#[test]
fn an_unknown_key_of_a_file_is_a_problem_and_an_unknown_variable_is_not() {
    let file = File::new("unknown", "treads = 3\n");
    let ((), problems) = read(Some(&file), &[("TREADS", "3")], |_| ());
    assert_eq!(problems, [format!("{}: treads: is not a setting", file.0.display())]);
}

#[test]
fn all_problems_are_recorded_with_the_places_of_the_values() {
    let file = File::new("places", "threads = \"3\"\nname = 5\nhosts = [\"a\", \"B\"]\n");
    let variables = [("VERBOSE", "yes"), ("EMPTY", "")];
    let ((), problems) = read(Some(&file), &variables, |reader| {
        assert!(reader.number::<u32>("threads", 1..=64).is_err());
        assert!(reader.optional("name", lower_case).is_err());
        assert!(reader.list("hosts", lower_case).is_err());
        assert!(reader.flag("verbose").is_err());
        assert!(reader.required("empty", lower_case).is_err());
    });
    let path = file.0.display();
    assert_eq!(
        problems,
        [
            format!("{path}: threads: must be a whole number from 1 to 64, is \"3\""),
            format!("{path}: name: must be a string, is \"5\""),
            format!("{path}: hosts: item 2: must be lower case, is \"B\""),
            "VERBOSE: must be true or false, is \"yes\"".to_owned(),
            "EMPTY: must not be empty".to_owned(),
        ]
    );
}

#[test]
fn neither_a_problem_nor_the_report_shows_a_secret() {
    let (report, problems) = read(None, &[("PASSWORD", "Hunter")], |reader| {
        assert!(reader.secret("password", lower_case).is_err());
        reader.report()
    });
    assert_eq!(problems, ["PASSWORD: must be lower case"]);
    assert!(report.contains("(set)") && !report.contains("Hunter"), "{report}");
}
