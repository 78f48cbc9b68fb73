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
            let upper = letter.to_uppercase().filter(|_| letter.to_uppercase().count() == 1);
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
    let mut all: Vec<char> = REPLACEMENTS.iter().flat_map(|(_, letters)| letters.chars()).collect();
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
        ("Łukasz Søren Đặng Ħal Æsa Cœur", "lukasz soren dang hal aesa coeur"),
        ("O’Connor Oʻtkir O´Neil Oʼ Brien", "o'connor o'tkir o'neil o' brien"),
        ("Jean‑Luc Anne–Marie בן־דוד ワン゠ツー", "jean-luc anne-marie בן-דוד ワン-ツー"),
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
            assert_eq!(normalise(&format!("{base}{mark}")), base, "U+{:X}", u32::from(mark));
        }
        for base in ["क", "ก", "カ", "한"] {
            assert_ne!(normalise(&format!("{base}{mark}")), normalise(base), "{base}{mark}");
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
    for (one, other) in
        [("Ann@Example.ORG", "ann@example.org"), ("É@x", "e\u{301}@x"), ("ΣΑΣ", "σας")]
    {
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
        assert!(!normalised.contains(|c: char| c.is_ascii_uppercase()), "{c}");
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
