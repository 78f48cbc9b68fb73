//! Licence expressions (SPDX): whether a list of licences satisfies one.

/// Whether `expression` can be met with licences of `allowed` alone. `/` is read as `OR`, as old manifests write it.
pub(crate) fn satisfied(expression: &str, allowed: &[String]) -> bool {
    let spaced = expression
        .replace('(', " ( ")
        .replace(')', " ) ")
        .replace('/', " OR ");
    let mut words = spaced.split_whitespace().peekable();
    let met = any_of(&mut words, allowed);
    met && words.next().is_none()
}

type Words<'a> = std::iter::Peekable<std::str::SplitWhitespace<'a>>;

fn any_of(words: &mut Words<'_>, allowed: &[String]) -> bool {
    let mut met = all_of(words, allowed);
    while words.next_if_eq(&"OR").is_some() {
        // The right side is read in any case.
        met |= all_of(words, allowed);
    }
    met
}

fn all_of(words: &mut Words<'_>, allowed: &[String]) -> bool {
    let mut met = one(words, allowed);
    while words.next_if_eq(&"AND").is_some() {
        met &= one(words, allowed);
    }
    met
}

fn one(words: &mut Words<'_>, allowed: &[String]) -> bool {
    match words.next() {
        Some("(") => {
            let met = any_of(words, allowed);
            words.next_if_eq(&")").is_some() && met
        }
        // An exception only adds permissions, but it is a licence of its own here, and none is allowed.
        Some(_) if words.next_if_eq(&"WITH").is_some() => {
            words.next();
            false
        }
        Some(licence) => allowed.iter().any(|allowed| allowed == licence),
        None => false,
    }
}

#[test]
fn expressions_are_read_with_their_precedence() {
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
