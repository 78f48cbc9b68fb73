//! Normalisation of texts for searching and sorting.

use std::collections::HashMap;
use std::sync::LazyLock;

use unicase::UniCase;
use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

use crate::classes::{inherits_script, is_dash, is_default_ignorable, is_of_accented_script};

/// Version of the normalisation. Must be increased when [`normalise`] returns another text for the same input or when a
/// searched text is built from other parts; stored texts of an older version are then rebuilt.
pub const NORMALISATION_VERSION: u16 = 3;

/// Returns the same text for all spellings of a text: compatibility decomposition and full case folding; special Latin
/// letters replaced by plain ones; no marks in scripts where marks are accents; no invisible characters; one kind of
/// apostrophe, dash and white space; one form of equivalent Arabic and Persian letters. The remaining marks are
/// composed with their letters, so that a prefix never ends within a character.
#[must_use]
pub fn normalise(text: &str) -> String {
    let visible = text.chars().filter(|c| !is_invisible(*c));
    // Replacement runs first, because NFKD would decompose some of these characters into others, and again at the end,
    // because decomposition and folding produce some of them.
    let unmarked = without_marks(replaced(visible).nfkd());
    // Case folding can decompose further (İ becomes i and a dot above).
    let folded = UniCase::unicode(unmarked).to_folded_case();
    let text = replaced(without_marks(folded.nfkd()).chars());
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    words.nfc().collect()
}

/// Case-folds the text (NFC, full case folding).
#[must_use]
pub fn caseless(text: &str) -> String {
    let composed: String = text.nfc().collect();
    UniCase::unicode(composed).to_folded_case().nfc().collect()
}

/// Includes the tatweel, which only lengthens a word.
fn is_invisible(c: char) -> bool {
    c == '\u{640}' || is_default_ignorable(c)
}

/// Removes marks in scripts where they are accents. In other scripts, a mark distinguishes letters.
fn without_marks(text: impl Iterator<Item = char>) -> String {
    // Whether the script of the latest letter is one in which marks are accents.
    let mut accented = None;
    let is_kept = |c: &char| {
        // Decomposition can produce invisible characters.
        if is_invisible(*c) {
            return false;
        }
        if !is_combining_mark(*c) {
            accented = (!c.is_whitespace()).then(|| is_of_accented_script(*c));
            return true;
        }
        // Most marks have no script; they belong to the script of their letter.
        let accented = if inherits_script(*c) { accented } else { Some(is_of_accented_script(*c)) };
        accented == Some(false)
    };
    text.filter(is_kept).collect()
}

fn replaced(text: impl Iterator<Item = char>) -> String {
    let mut replaced = String::new();
    for c in text {
        match replacement(c) {
            Some(plain) => replaced.push_str(plain),
            None => replaced.push(c),
        }
    }
    replaced
}

/// Returns the plain replacement of a character, if it has one.
fn replacement(c: char) -> Option<&'static str> {
    if c.is_ascii() {
        return (c == '`').then_some("'");
    }
    if is_dash(c) {
        return Some("-");
    }
    BY_CHARACTER.get(&c).copied()
}

static BY_CHARACTER: LazyLock<HashMap<char, &str>> = LazyLock::new(|| {
    let pairs = REPLACEMENTS.iter();
    pairs.flat_map(|(plain, letters)| letters.chars().map(move |letter| (letter, *plain))).collect()
});

/// Replacements of characters that do not decompose: apostrophes, quotation marks, Arabic letters, Latin letters as in
/// CLDR's transform Latin-ASCII (lower case), and ə as in passports (ICAO 9303-3).
#[rustfmt::skip]
const REPLACEMENTS: [(&str, &str); 52] = [
    ("'", "´ʹʻʼʽʾʿˈ᾽᾿՚׳‘’‚‛′ꞌ"), ("\"", "ʺ״“”„‟″〝〞"), ("-", "˗"),
    ("\u{64a}", "\u{649}\u{6cc}"), ("\u{643}", "\u{6a9}"), ("\u{647}", "\u{629}"),
    ("a", "ᴀᶏẚⱥ"), ("aa", "ꜳ"), ("ae", "æᴁ"), ("ao", "ꜵ"), ("au", "ꜷ"), ("av", "ꜹꜻ"), ("ay", "ꜽ"), ("b", "ƀƃɓʙᴃᵬᶀ"),
    ("c", "ƈȼɕᴄꞓ"), ("d", "ðđƌȡɖɗᴅᴆᵭᶁᶑꝱꝺ"), ("db", "ȸ"), ("dz", "ʣʥ"), ("e", "ɇəɛᴇᶒᶓⱸ"), ("f", "ƒᵮᶂꜰꝼ"),
    ("g", "ǥɠɡɢʛᵹᶃꞡ"), ("h", "ħɦɧʜⱨ"), ("hv", "ƕ"), ("i", "ıɨɩɪᵻᶖ"), ("j", "ȷɉɟʝᴊ"), ("k", "ƙᴋᶄⱪꝁꝃꝅꞣ"),
    ("l", "Ŀŀłƚȴɫɬɭʟᴌᶅⱡꝇꝉꝲ"), ("ll", "ỻ"), ("ls", "ʪ"), ("lz", "ʫ"), ("m", "ɱᴍᵯᶆꝳ"), ("n", "ŋƞȵɲɳɴᵰᶇꝴꞑꞥ"),
    ("o", "øɵᴏⱺꝋꝍ"), ("oe", "œɶ"), ("oi", "ƣ"), ("oo", "ꝏ"), ("p", "ƥᴘᵱᵽᶈꝑꝓꝕ"), ("q", "ĸɋʠꝗꝙ"), ("qp", "ȹ"),
    ("r", "ɍɼɽɾʀᵲᵳᶉꝵꝶꞃꞧ"), ("s", "ȿʂᵴᶊẜẝꜱꞅꞩ"), ("t", "ŧƫƭȶʈᴛᵵⱦꝷꞇ"), ("th", "þᵺꝥꝧ"), ("ts", "ʦ"), ("u", "ʉᴜᵾᶙꞹ"),
    ("ue", "ᵫ"), ("v", "ʋᴠᶌỽⱱⱴꝟ"), ("vy", "ꝡ"), ("w", "ᴡⱳ"), ("x", "ᶍ"), ("y", "ƴɏʏỿ"), ("z", "ƶȥɀʐʑᴢᵶᶎⱬ"),
];

#[cfg(test)]
mod tests;
