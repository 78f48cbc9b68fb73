//! Evaluation of SPDX licence expressions.

/// Whether the `allowed` licences satisfy `expression`. `/` means `OR`, as in old manifests.
pub(crate) fn satisfied(expression: &str, allowed: &[String]) -> bool {
    let spaced = expression.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ");
    let mut words = spaced.split_whitespace().peekable();
    let result = any_of(&mut words, allowed);
    result && words.next().is_none()
}

type Words<'a> = std::iter::Peekable<std::str::SplitWhitespace<'a>>;

fn any_of(words: &mut Words<'_>, allowed: &[String]) -> bool {
    let mut result = all_of(words, allowed);
    while words.next_if_eq(&"OR").is_some() {
        // The right side is parsed in any case.
        result |= all_of(words, allowed);
    }
    result
}

fn all_of(words: &mut Words<'_>, allowed: &[String]) -> bool {
    let mut result = one(words, allowed);
    while words.next_if_eq(&"AND").is_some() {
        result &= one(words, allowed);
    }
    result
}

fn one(words: &mut Words<'_>, allowed: &[String]) -> bool {
    match words.next() {
        Some("(") => {
            let result = any_of(words, allowed);
            words.next_if_eq(&")").is_some() && result
        }
        // A licence with an exception is treated as another licence, and none is allowed.
        Some(_) if words.next_if_eq(&"WITH").is_some() => {
            words.next();
            false
        }
        Some(licence) => allowed.iter().any(|allowed| allowed == licence),
        None => false,
    }
}

#[test]
fn expressions_are_evaluated_with_operator_precedence() {
    let allowed = ["MIT".to_owned(), "Zlib".to_owned()];
    for (expression, expected) in [
        ("MIT", true),
        ("GPL-3.0", false),
        ("GPL-3.0 OR MIT", true),
        ("GPL-3.0/MIT", true),
        ("MIT AND GPL-3.0", false),
        ("GPL-3.0 AND MIT OR Zlib", true),
        ("GPL-3.0 AND (MIT OR Zlib)", false),
        ("(MIT OR GPL-3.0) AND Zlib", true),
        ("MIT WITH exception OR GPL-3.0", false),
        ("MIT Zlib", false),
        ("(MIT", false),
        ("", false),
    ] {
        assert_eq!(satisfied(expression, &allowed), expected, "{expression}");
    }
}
