//! The sources of settings: their precedence and their formats. Knows no setting by name.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use toml::Table;

use crate::problem::Problem;
use crate::raw::Raw;

/// Maximum size of a configuration file; a longer file is probably not a configuration file.
const MAX_FILE_BYTES: u64 = 1 << 20;

/// A snapshot of the environment variables.
#[derive(Default)]
pub struct Environment(BTreeMap<String, OsString>);

impl Environment {
    /// Returns the variables of this process.
    #[must_use]
    pub fn of_process() -> Self {
        std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value)))
            .collect()
    }

    /// Returns the value of a variable if it is set and valid Unicode.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.to_str()
    }
}

impl<N: Into<String>, V: Into<OsString>> FromIterator<(N, V)> for Environment {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(variables: I) -> Self {
        Self(variables.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }
}

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// The source of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin<'a> {
    Default,
    File(&'a Path),
    Variable,
}

/// All sources: the environment overrides the file, the file overrides the defaults.
pub struct Layers<'a> {
    defaults: Table,
    file: Option<(PathBuf, Table)>,
    environment: &'a Environment,
}

impl<'a> Layers<'a> {
    /// Opens the sources. Returns a problem for each source that cannot be read, which is then left out, and for each
    /// key of the file that the defaults do not have.
    #[must_use]
    pub fn new(
        defaults: &str,
        file: Option<&Path>,
        environment: &'a Environment,
    ) -> (Self, Vec<Problem>) {
        let mut problems = Vec::new();
        let defaults = parse(defaults).unwrap_or_else(|message| {
            problems.push(Problem { place: "the defaults".to_owned(), message });
            Table::new()
        });
        let file = file.and_then(|path| match read(path).and_then(|text| parse(&text)) {
            Ok(table) => Some((path.to_owned(), table)),
            Err(message) => {
                problems.push(Problem { place: path.display().to_string(), message });
                None
            }
        });
        if let Some((path, table)) = &file {
            problems.extend(table.keys().filter(|key| !defaults.contains_key(*key)).map(|key| {
                Problem {
                    place: format!("{}: {key}", path.display()),
                    message: "is not a setting".to_owned(),
                }
            }));
        }
        (Self { defaults, file, environment }, problems)
    }

    /// Returns the effective value of a key; `None` for a key without a default, which is not a setting.
    pub(crate) fn find(&self, key: &str) -> Option<(Raw<'_>, Origin<'_>)> {
        if let Some(value) = self.environment.0.get(&variable(key)) {
            return Some((value.to_str().map_or(Raw::NotUnicode, Raw::Text), Origin::Variable));
        }
        if let Some((path, table)) = &self.file
            && let Some(value) = table.get(key)
        {
            return Some((Raw::Toml(value), Origin::File(path)));
        }
        self.defaults.get(key).map(|value| (Raw::Toml(value), Origin::Default))
    }
}

/// Returns the name of the environment variable of a key.
pub(crate) fn variable(key: &str) -> String {
    key.to_ascii_uppercase()
}

/// Returns the place where the user sets the key: a variable, or a file and a key.
pub(crate) fn place(key: &str, origin: Origin<'_>) -> String {
    match origin {
        Origin::File(path) => format!("{}: {key}", path.display()),
        Origin::Default | Origin::Variable => variable(key),
    }
}

fn read(path: &Path) -> Result<String, String> {
    let failed = |error: std::io::Error| format!("cannot be read: {error}");
    let mut text = String::new();
    let file = std::fs::File::open(path).map_err(failed)?;
    file.take(MAX_FILE_BYTES + 1).read_to_string(&mut text).map_err(failed)?;
    if text.len() as u64 > MAX_FILE_BYTES {
        Err(format!("is longer than {MAX_FILE_BYTES} bytes"))
    } else {
        Ok(text)
    }
}

/// Builds its own error text because that of the parser quotes the line, which may hold a secret.
fn parse(text: &str) -> Result<Table, String> {
    text.parse::<Table>().map_err(|error| {
        let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
        format!("line {}: {}", before.matches('\n').count() + 1, error.message())
    })
}
