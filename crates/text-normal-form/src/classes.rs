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
mod tests;
