use std::fmt::Write as _;

use icu_properties::props::{
    BinaryProperty as _, Dash, DefaultIgnorableCodePoint, EnumeratedProperty as _, GeneralCategory,
    PrependedConcatenationMark, Script, VariationSelector,
};

/// A property of characters.
type Property = fn(char) -> bool;

/// The tables and the properties that they contain.
const TABLES: [(&str, Property); 6] = [
    ("ACCENTED_SCRIPTS", |c| {
        let accented =
            [Script::Latin, Script::Greek, Script::Cyrillic, Script::Arabic, Script::Hebrew];
        accented.contains(&Script::for_char(c))
    }),
    ("DASHES", Dash::for_char),
    ("DEFAULT_IGNORABLE", DefaultIgnorableCodePoint::for_char),
    ("FORMATS", |c| {
        GeneralCategory::for_char(c) == GeneralCategory::Format
            && !PrependedConcatenationMark::for_char(c)
    }),
    ("INHERITED_SCRIPT", |c| Script::for_char(c) == Script::Inherited),
    ("VARIATION_SELECTORS", VariationSelector::for_char),
];

fn ranges(property: Property) -> Vec<(char, char)> {
    let mut ranges: Vec<(char, char)> = Vec::new();
    let mut is_open = false;
    for c in '\0'..=char::MAX {
        let holds = property(c);
        match ranges.last_mut().filter(|_| is_open && holds) {
            Some((_, last)) => *last = c,
            None if holds => ranges.push((c, c)),
            None => {}
        }
        is_open = holds;
    }
    ranges
}

fn rendered() -> String {
    let mut text =
        "//! Ranges of characters, generated from ICU's data: a test compares them, and writes them with\n\
         //! `UPDATE_GOLDEN=1`. A change may need another `NORMALISATION_VERSION`.\n"
            .to_owned();
    for (name, property) in TABLES {
        write!(text, "\n#[rustfmt::skip]\npub(crate) const {name}: &[(char, char)] = &[").unwrap();
        for (index, (first, last)) in ranges(property).into_iter().enumerate() {
            let start = if index.is_multiple_of(4) { "\n    " } else { " " };
            let (first, last) = (u32::from(first), u32::from(last));
            write!(text, "{start}('\\u{{{first:x}}}', '\\u{{{last:x}}}'),").unwrap();
        }
        text.push_str("\n];\n");
    }
    text
}

#[test]
fn the_tables_contain_the_properties_of_icu() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/tables.rs");
    let expected = rendered();
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(path, &expected).unwrap();
    }
    let found = std::fs::read_to_string(path).unwrap();
    assert!(found == expected, "run the tests with UPDATE_GOLDEN=1, and review the difference");
}
