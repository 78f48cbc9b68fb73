//! Versions of users as entity tags, and the conditions on them (RFC 9110 sections 8.8.3 and 13.1).

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue, IF_MATCH, IF_NONE_MATCH};
use users_domain::model::{Caller, UserId, UserRecord};
use users_domain::rules::IfMatch;
use users_domain::rules::role_matrix::sees_hold_reasons;

use crate::error::{ApiError, Malformed};

/// At the end of the tag of a body that leaves out what other callers are shown of this version.
const REDACTED: &str = "-redacted";

/// The strong entity tag of a user at its version, as this caller sees it.
pub(crate) fn etag(user: &UserRecord, caller: &Caller) -> String {
    format!("\"{}\"", seen(user, caller))
}

/// What `If-Match` says. A tag of another form than ours matches nothing; weak tags alone never do (RFC 9110 section
/// 13.1.1), which the client is told instead of being taken for late.
pub(crate) fn if_match(headers: &HeaderMap) -> Result<Option<IfMatch>, ApiError> {
    let tags = match condition(headers, IF_MATCH) {
        None => return Ok(None),
        Some(Condition::Any) => return Ok(Some(IfMatch::Any)),
        Some(Condition::Tags(tags)) => tags,
    };
    let mut strong = tags.iter().filter(|tag| !tag.weak).peekable();
    // An empty list is one that no version is in.
    let is_empty = |value: &HeaderValue| value.as_bytes().trim_ascii().is_empty();
    if strong.peek().is_none() && !headers.get_all(IF_MATCH).all(is_empty) {
        return Err(ApiError::Malformed(Malformed::IfMatch));
    }
    // Whatever was shown of a version, it is the same one to write to.
    let version = |tag: &str| version_of(tag.strip_suffix(REDACTED).unwrap_or(tag));
    let versions = strong.filter_map(|tag| version(&tag.opaque));
    Ok(Some(IfMatch::OneOf(versions.collect())))
}

/// Whether `If-None-Match` says that the client has this version already, as this caller sees it.
pub(crate) fn is_unchanged(headers: &HeaderMap, user: &UserRecord, caller: &Caller) -> bool {
    has_tag(headers, &seen(user, caller))
}

/// Whether `If-None-Match` names this entity tag, given without its quotes.
pub(crate) fn has_tag(headers: &HeaderMap, current: &str) -> bool {
    match condition(headers, IF_NONE_MATCH) {
        None => false,
        Some(Condition::Any) => true,
        Some(Condition::Tags(tags)) => tags.iter().any(|tag| tag.opaque == current),
    }
}

fn seen(user: &UserRecord, caller: &Caller) -> String {
    let whole = opaque(user.id, user.version);
    if user.legal_hold.is_some() && !sees_hold_reasons(caller.grant.key.kind) {
        whole + REDACTED
    } else {
        whole
    }
}

fn opaque(id: UserId, version: u64) -> String {
    format!("{id}-{version}")
}

/// Only the form that [`opaque`] makes: tags are compared character by character.
fn version_of(text: &str) -> Option<(UserId, u64)> {
    let (id, version) = text.rsplit_once('-')?;
    let (id, version) = (UserId::parse(id).ok()?, version.parse().ok()?);
    (opaque(id, version) == text).then_some((id, version))
}

#[derive(Debug, PartialEq, Eq)]
enum Condition {
    Any,
    Tags(Vec<EntityTag>),
}

#[derive(Debug, PartialEq, Eq)]
struct EntityTag {
    weak: bool,
    opaque: String,
}

fn condition(headers: &HeaderMap, name: HeaderName) -> Option<Condition> {
    let values: Vec<_> = headers.get_all(name).collect();
    if values.is_empty() {
        return None;
    }
    let texts: Result<Vec<_>, _> = values.into_iter().map(|value| value.to_str()).collect();
    let text = texts.unwrap_or_default().join(",");
    Some(if text.trim() == "*" {
        Condition::Any
    } else {
        // What is no list of tags holds none.
        Condition::Tags(entity_tags(&text).unwrap_or_default())
    })
}

/// A list of entity tags; `None` where the text is none.
fn entity_tags(mut text: &str) -> Option<Vec<EntityTag>> {
    let mut tags = Vec::new();
    loop {
        text = text.trim_start_matches([' ', '\t', ',']);
        if text.is_empty() {
            return Some(tags);
        }
        let (weak, quoted) = match text.strip_prefix("W/") {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (opaque, rest) = quoted.strip_prefix('"')?.split_once('"')?;
        let rest = rest.trim_start_matches([' ', '\t']);
        if !rest.is_empty() && !rest.starts_with(',') {
            return None;
        }
        tags.push(EntityTag {
            weak,
            opaque: opaque.to_owned(),
        });
        text = rest;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "0190a1b2-0000-7000-8000-000000000001";

    fn parsed(value: &str) -> Option<IfMatch> {
        let mut headers = HeaderMap::new();
        headers.insert(IF_MATCH, HeaderValue::from_str(value).unwrap());
        if_match(&headers).ok().flatten()
    }

    #[test]
    fn a_list_names_versions() {
        let id = UserId::parse(ID).unwrap();
        assert_eq!(parsed("*"), Some(IfMatch::Any));
        assert_eq!(
            parsed(&format!("\"{ID}-3\", \"a,b\" ,, \"{ID}-4\"")),
            Some(IfMatch::OneOf(vec![(id, 3), (id, 4)]))
        );
        let redacted = IfMatch::OneOf(vec![(id, 3)]);
        assert_eq!(parsed(&format!("\"{ID}-3-redacted\"")), Some(redacted));
        assert_eq!(if_match(&HeaderMap::new()), Ok(None));
    }

    #[test]
    fn what_is_of_another_form_matches_nothing() {
        for value in [
            format!("\"{ID}-03\""),
            format!("\"{}-3\"", ID.replace('-', "")),
            format!("W/\"{ID}-3\", \"x\""),
        ] {
            assert_eq!(parsed(&value), Some(IfMatch::OneOf(vec![])), "{value}");
        }
    }

    #[test]
    fn what_is_weak_or_no_tag_is_told_from_what_is_late() {
        for value in [
            format!("W/\"{ID}-3\""),
            format!("{ID}-3"),
            format!("\"{ID}-3\" \"{ID}-3\""),
            format!("\"{ID}-3"),
            format!("*, \"{ID}-3\""),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(IF_MATCH, HeaderValue::from_str(&value).unwrap());
            let malformed = ApiError::Malformed(Malformed::IfMatch);
            assert_eq!(if_match(&headers), Err(malformed), "{value}");
        }
    }

    #[test]
    fn an_empty_list_names_no_version() {
        assert_eq!(parsed(""), Some(IfMatch::OneOf(Vec::new())));
    }
}
