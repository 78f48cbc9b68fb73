//! Normalisation of texts for searching and sorting.

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
        let accented = if inherits_script(*c) {
            accented
        } else {
            Some(is_of_accented_script(*c))
        };
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
    let mut groups = REPLACEMENTS.iter();
    groups
        .find(|(_, letters)| letters.contains(c))
        .map(|(plain, _)| *plain)
}

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
mod tests {
    use icu_properties::props::{EnumeratedProperty as _, Script};
    use proptest::prelude::*;

    use super::*;

    /// Every character that a version of Unicode assigns or may assign.
    fn all() -> impl Iterator<Item = char> {
        '\0'..=char::MAX
    }

    #[test]
    fn every_table_entry_is_replaced_in_either_case_and_anywhere() {
        for (plain, letters) in REPLACEMENTS {
            assert_eq!(normalise(plain), plain);
            for letter in letters.chars() {
                // Skips capitals that consist of several letters.
                let upper = letter
                    .to_uppercase()
                    .filter(|_| letter.to_uppercase().count() == 1);
                for form in [letter].into_iter().chain(upper) {
                    assert_eq!(normalise(&form.to_string()), plain, "{form}");
                    let (within, expected) = (format!("x{form}\u{301}y"), format!("x{plain}y"));
                    let marked = normalise(&within);
                    // Apostrophes and dashes have no script, so a mark on them is retained.
                    assert_eq!(marked.replace('\u{301}', ""), expected, "{within}");
                }
            }
        }
    }

    #[test]
    fn a_character_has_at_most_one_entry() {
        let mut all: Vec<char> = REPLACEMENTS
            .iter()
            .flat_map(|(_, letters)| letters.chars())
            .collect();
        let count = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), count);
        let is_redundant = |c: &char| c.is_ascii() || is_dash(*c) || is_invisible(*c);
        assert_eq!(all.into_iter().find(is_redundant), None);
    }

    #[test]
    fn case_accents_and_compatibility_forms_do_not_matter() {
        for (text, normalised) in [
            ("JOSÉ Müller", "jose muller"),
            ("Straße", "strasse"),
            ("İstanbul YILDIZ ışık", "istanbul yildiz isik"),
            ("ﬁn", "fin"),
            ("Ёжик Йосиф", "ежик иосиф"),
            ("Ελένη ΟΔΥΣΣΕΥΣ", "ελενη οδυσσευσ"),
            ("日本", "日本"),
            ("e\u{301}", "e"),
            ("\u{301}", ""),
            ("100%_\\", "100%_\\"),
            (
                "Łukasz Søren Đặng Ħal Æsa Cœur",
                "lukasz soren dang hal aesa coeur",
            ),
            (
                "O’Connor Oʻtkir O´Neil Oʼ Brien",
                "o'connor o'tkir o'neil o' brien",
            ),
            (
                "Jean‑Luc Anne–Marie בן־דוד ワン゠ツー",
                "jean-luc anne-marie בן-דוד ワン-ツー",
            ),
            ("محـمد علی‌رضا", "محمد عليرضا"),
            ("كريم کریم", "كريم كريم"),
            ("فاطمة فاطمه", "فاطمه فاطمه"),
            ("مُحَمَّد שָׁלוֹם", "محمد שלום"),
            ("Mar\u{200b}ia Hans\u{ad}Peter", "maria hanspeter"),
            (" Ada \u{a0}\u{3000} Lovelace\t", "ada lovelace"),
        ] {
            assert_eq!(normalise(text), normalised, "{text}");
        }
    }

    #[test]
    fn marks_that_distinguish_letters_are_kept() {
        for (one, other) in [
            ("राम", "रमा"),
            ("कमल", "कुमिल"),
            ("ดี", "ดุ"),
            ("パパ", "ハハ"),
            ("রাম", "রমা"),
            ("கமல", "குமில"),
            ("ក", "កិ"),
            ("မ", "မိ"),
        ] {
            assert_ne!(normalise(one), normalise(other));
        }
        assert_ne!(normalise("ั"), "", "a vowel by itself");
        let marks = all().filter(|c| is_combining_mark(*c) && !is_invisible(*c));
        let (inherited, own): (Vec<_>, Vec<_>) = marks.partition(|c| inherits_script(*c));
        assert!(inherited.len() > 300 && own.len() > 1500);
        for mark in inherited {
            for base in ["a", "α", "а", "ا", "א"] {
                assert_eq!(
                    normalise(&format!("{base}{mark}")),
                    base,
                    "U+{:X}",
                    u32::from(mark)
                );
            }
            for base in ["क", "ก", "カ", "한"] {
                assert_ne!(
                    normalise(&format!("{base}{mark}")),
                    normalise(base),
                    "{base}{mark}"
                );
            }
        }
    }

    #[test]
    fn all_latin_letters_with_a_plain_form_are_replaced() {
        let left = all().filter(|c| Script::for_char(*c) == Script::Latin && c.is_alphabetic());
        let left = left.filter(|c| !normalise(&c.to_string()).is_ascii());
        let names: String = left.filter(|c| u32::from(*c) < 0x250).collect();
        assert_eq!(names, "ƄƅƆƍƎƔƛƜƧƨƩƪƱƷƸƹƺƻƼƽƾƿǀǁǂǃǝǮǯǷȜȝȢȣɁɂɅ");
    }

    #[test]
    fn caseless_removes_case_only() {
        for (one, other) in [
            ("Ann@Example.ORG", "ann@example.org"),
            ("É@x", "e\u{301}@x"),
            ("ΣΑΣ", "σας"),
        ] {
            assert_eq!(caseless(one), caseless(other));
        }
        for (one, other) in [("josé@x", "jose@x"), ("ø@x", "o@x"), ("a-b@x", "a‑b@x")] {
            assert_ne!(caseless(one), caseless(other));
        }
    }

    #[test]
    fn normalising_a_character_is_idempotent_and_lower_case() {
        for c in all() {
            let normalised = normalise(&c.to_string());
            assert!(
                !normalised.contains(|c: char| c.is_ascii_uppercase()),
                "{c}"
            );
            assert_eq!(normalise(&normalised), normalised, "{c}");
        }
    }

    proptest! {
        #[test]
        fn normalising_is_idempotent(text in "\\PC{0,12}") {
            let once = normalise(&text);
            prop_assert_eq!(normalise(&once), once);
        }
    }

    #[test]
    fn a_word_is_no_prefix_of_the_word_with_a_kept_mark() {
        let mut pairs = 0;
        for letter in all() {
            // Characters that decompose canonically and compose again.
            let parts: Vec<char> = std::iter::once(letter).nfd().collect();
            let Some((_, rest)) = parts.split_last().filter(|(_, rest)| !rest.is_empty()) else {
                continue;
            };
            let whole: String = parts.iter().copied().nfc().collect();
            let base: String = rest.iter().copied().nfc().collect();
            let marked = normalise(&format!("x{letter}"));
            let plain = normalise(&format!("x{base}"));
            // Skips accents, which are removed.
            if whole.chars().count() == 1 && marked != plain {
                pairs += 1;
                assert!(!marked.starts_with(&plain), "{plain} begins {marked}");
            }
        }
        assert!(pairs > 10_000, "only {pairs} pairs");
        for (word, other) in [("タナカ", "タナガ"), ("이기", "이긴")] {
            assert!(!normalise(other).starts_with(&normalise(word)), "{word}");
        }
    }
}
