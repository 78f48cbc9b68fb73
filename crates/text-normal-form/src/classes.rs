//! Classes of characters. The tables are generated from ICU's data, and a test compares every character.

use std::cmp::Ordering;

use crate::tables::{
    ACCENTED_SCRIPTS, DASHES, DEFAULT_IGNORABLE, FORMATS, INHERITED_SCRIPT, VARIATION_SELECTORS,
};

/// Characters that render as a blank without a Unicode property for it: from Braille, music and hieroglyphs.
const BLANKS: [char; 4] = ['\u{2800}', '\u{1d159}', '\u{13441}', '\u{13442}'];

/// Whether a character renders as nothing or as white space.
#[must_use]
pub fn is_invisible(c: char) -> bool {
    c.is_whitespace() || is_default_ignorable(c) || is_in(FORMATS, c) || BLANKS.contains(&c)
}

/// Whether a character is invisible, except for white space and for joiners and variation selectors, which affect the
/// rendering of letters and emoji.
#[must_use]
pub fn is_hidden(c: char) -> bool {
    let joins = matches!(c, '\u{200c}' | '\u{200d}') || is_in(VARIATION_SELECTORS, c);
    is_invisible(c) && !c.is_whitespace() && !joins
}

/// The property `Default_Ignorable_Code_Point`.
pub(crate) fn is_default_ignorable(c: char) -> bool {
    is_in(DEFAULT_IGNORABLE, c)
}

/// The property `Dash`.
pub(crate) fn is_dash(c: char) -> bool {
    is_in(DASHES, c)
}

/// Whether the character belongs to a script in which marks are accents: Latin, Greek, Cyrillic, Arabic and Hebrew.
pub(crate) fn is_of_accented_script(c: char) -> bool {
    is_in(ACCENTED_SCRIPTS, c)
}

/// Whether the character has the script of the character before it (`Inherited`).
pub(crate) fn inherits_script(c: char) -> bool {
    is_in(INHERITED_SCRIPT, c)
}

fn is_in(ranges: &[(char, char)], c: char) -> bool {
    let found = ranges.binary_search_by(|(first, last)| {
        if *last < c {
            Ordering::Less
        } else if *first > c {
            Ordering::Greater
        } else {
            Ordering::Equal
        }
    });
    found.is_ok()
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use icu_properties::props::{
        BinaryProperty as _, Dash, DefaultIgnorableCodePoint, EnumeratedProperty as _,
        GeneralCategory, PrependedConcatenationMark, Script, VariationSelector,
    };

    /// A property of characters.
    type Property = fn(char) -> bool;

    /// The tables and the properties that they contain.
    const TABLES: [(&str, Property); 6] = [
        ("ACCENTED_SCRIPTS", |c| {
            let accented = [
                Script::Latin,
                Script::Greek,
                Script::Cyrillic,
                Script::Arabic,
                Script::Hebrew,
            ];
            accented.contains(&Script::for_char(c))
        }),
        ("DASHES", Dash::for_char),
        ("DEFAULT_IGNORABLE", DefaultIgnorableCodePoint::for_char),
        ("FORMATS", |c| {
            GeneralCategory::for_char(c) == GeneralCategory::Format
                && !PrependedConcatenationMark::for_char(c)
        }),
        ("INHERITED_SCRIPT", |c| {
            Script::for_char(c) == Script::Inherited
        }),
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
            write!(
                text,
                "\n#[rustfmt::skip]\npub(crate) const {name}: &[(char, char)] = &["
            )
            .unwrap();
            for (index, (first, last)) in ranges(property).into_iter().enumerate() {
                let start = if index.is_multiple_of(4) {
                    "\n    "
                } else {
                    " "
                };
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
        assert!(
            found == expected,
            "run the tests with UPDATE_GOLDEN=1, and review the difference"
        );
    }
}
