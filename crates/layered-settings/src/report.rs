//! The table that `check-config` prints. Its input values contain no secrets.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::layers::{Origin, variable};
use crate::reader::Used;

pub(crate) fn render(used: &BTreeMap<&'static str, Used<'_>>) -> String {
    let mut rows = vec![["SETTING".to_owned(), "VALUE".to_owned(), "FROM".to_owned()]];
    rows.extend(used.iter().map(|(key, used)| {
        let from = match used.origin {
            Origin::Default => "default".to_owned(),
            Origin::File(path) => path.display().to_string(),
            Origin::Variable => variable(key),
        };
        [(*key).to_owned(), used.value.clone().unwrap_or_else(|| "(not set)".to_owned()), from]
    }));
    let width = |at: usize| {
        rows.iter()
            .filter_map(|row| row.get(at))
            .map(|cell| cell.chars().count())
            .max()
            .unwrap_or(0)
    };
    let (key_width, value_width) = (width(0), width(1));
    let mut table = String::new();
    for [key, value, from] in &rows {
        // Writing to a String cannot fail.
        let _ = writeln!(table, "{key:key_width$}  {value:value_width$}  {from}");
    }
    table
}
