//! The headers in which proxies tell about the requests that they received. Owns their forms and which of them this
//! service's proxies write; whose word counts is decided by those who read them.

use std::collections::BTreeMap;

use actix_web::http::header::{FORWARDED, HeaderMap};

use crate::state::ProxyHeaders;

const X_FORWARDED: [&str; 3] = ["x-forwarded-for", "x-forwarded-host", "x-forwarded-proto"];

/// Removes the headers that the proxies do not write. They pass them through, so a client alone can have sent them.
pub(crate) fn remove_unwritten(headers: &mut HeaderMap, written: ProxyHeaders) {
    match written {
        ProxyHeaders::XForwarded => {
            headers.remove(FORWARDED);
        }
        ProxyHeaders::Forwarded => {
            for name in X_FORWARDED {
                headers.remove(name);
            }
        }
    }
}

/// All values of a header as one list.
pub(crate) fn header_list(headers: &HeaderMap, name: &str) -> Option<String> {
    let values: Vec<_> = headers
        .get_all(name)
        .filter_map(|value| value.to_str().ok())
        .collect();
    (!values.is_empty()).then(|| values.join(","))
}

/// What one proxy says in `Forwarded`: its parameters, by their names in lower case.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Element(BTreeMap<String, String>);

impl Element {
    /// The value of a parameter, without quotes.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    fn parse(text: &str) -> Option<Self> {
        let mut parameters = BTreeMap::new();
        for pair in split_outside_quotes(text, ';')? {
            if pair.trim().is_empty() {
                continue;
            }
            let (name, value) = pair.split_once('=')?;
            let name = name.trim().to_ascii_lowercase();
            if parameters.insert(name, unquoted(value.trim())?).is_some() {
                return None;
            }
        }
        Some(Self(parameters))
    }
}

/// The elements of a `Forwarded` list (RFC 7239 section 4). `None` where any of it is out of form: it cannot be told
/// then where the word of one proxy ends and that of another begins.
pub(crate) fn elements(list: &str) -> Option<Vec<Element>> {
    split_outside_quotes(list, ',')?
        .into_iter()
        .map(Element::parse)
        .collect()
}

/// `None` where a quote is never closed.
fn split_outside_quotes(text: &str, separator: char) -> Option<Vec<&str>> {
    let (mut quoted, mut escaped) = (false, false);
    let pieces = text
        .split(|character| {
            let literal = escaped;
            escaped = quoted && !literal && character == '\\';
            quoted ^= character == '"' && !literal;
            character == separator && !quoted
        })
        .collect();
    (!quoted).then_some(pieces)
}

/// The text of a token or of a quoted string, which must be quoted as a whole.
fn unquoted(value: &str) -> Option<String> {
    let Some(rest) = value.strip_prefix('"') else {
        return (!value.contains('"')).then(|| value.to_owned());
    };
    let mut text = String::new();
    let mut characters = rest.strip_suffix('"')?.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => text.push(characters.next()?),
            '"' => return None,
            plain => text.push(plain),
        }
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{HeaderName, HeaderValue};

    use super::*;

    #[test]
    fn what_the_proxies_do_not_write_is_gone() {
        let names = [
            "forwarded",
            "x-forwarded-for",
            "x-forwarded-host",
            "x-forwarded-proto",
            "host",
        ];
        let left = |written| {
            let mut headers: HeaderMap = names
                .map(|name| (HeaderName::from_static(name), HeaderValue::from_static("a")))
                .into_iter()
                .collect();
            remove_unwritten(&mut headers, written);
            names.map(|name| headers.contains_key(name))
        };
        assert_eq!(
            left(ProxyHeaders::XForwarded),
            [false, true, true, true, true]
        );
        assert_eq!(
            left(ProxyHeaders::Forwarded),
            [true, false, false, false, true]
        );
    }

    #[test]
    fn separators_within_quotes_are_text() {
        let list = r#"For="a,b;c\"d";;host = x , ,proto="http\s""#;
        let found = elements(list).unwrap();
        assert_eq!(found.len(), 3);
        assert_eq!(found[0].get("for"), Some("a,b;c\"d"));
        assert_eq!(found[0].get("host"), Some("x"));
        assert_eq!(found[1], Element(BTreeMap::new()));
        assert_eq!(found[2].get("proto"), Some("https"));
    }

    #[test]
    fn a_list_out_of_form_says_nothing() {
        for list in [
            r#"for="a"#,
            r#"for="a, for="192.0.2.7";host=x"#,
            r#"for="a\", for=b"#,
            r#"for=a"b""#,
            r#"for="a"b"#,
            r#"for=""a"""#,
            r#"for=""#,
            "for=a;For=b",
            "host=a;proto=http;host=a",
            "for=a;host",
        ] {
            assert_eq!(elements(list), None, "{list}");
        }
    }
}
