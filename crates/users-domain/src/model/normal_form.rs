//! The form in which texts are compared by searches and orders.

use unicase::UniCase;
use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

/// Changes whenever [`normalise`] gives another text for the same input: stored texts of an older version are to be
/// made anew.
pub const NORMALISATION_VERSION: u16 = 1;

/// Case- and accent-insensitive form: compatibility decomposition, marks dropped, full case folding.
#[must_use]
pub fn normalise(text: &str) -> String {
    let unmarked: String = text.nfkd().filter(|c| !is_combining_mark(*c)).collect();
    // Folding can decompose further (İ becomes i and a dot above).
    UniCase::unicode(unmarked)
        .to_folded_case()
        .nfkd()
        .filter(|c| !is_combining_mark(*c))
        .collect()
}
