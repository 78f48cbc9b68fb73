//! Entity tags of user versions, and conditional requests on them (RFC 9110 sections 8.8.3 and 13.1).

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue, IF_MATCH, IF_NONE_MATCH};
use users_domain::model::{Caller, UserId, UserRecord};
use users_domain::rules::IfMatch;
use users_domain::rules::role_matrix::sees_hold_reasons;

use crate::http::error::{ApiError, Malformed};

/// The suffix of the tag of a body that omits data which other callers see in this version.
const REDACTED: &str = "-redacted";

/// The strong entity tag of a user's version, as this caller sees it.
pub(crate) fn etag(user: &UserRecord, caller: &Caller) -> String {
    format!("\"{}\"", seen(user, caller))
}

/// Parses `If-Match`. A tag in another form than [`etag`]'s matches no version. A header with only weak or malformed
/// tags is an error, not a failed precondition, as weak tags never match (RFC 9110 section 13.1.1).
pub(crate) fn if_match(headers: &HeaderMap) -> Result<Option<IfMatch>, ApiError> {
    let tags = match condition(headers, IF_MATCH) {
        None => return Ok(None),
        Some(Condition::Any) => return Ok(Some(IfMatch::Any)),
        Some(Condition::Tags(tags)) => tags,
    };
    let mut strong = tags.iter().filter(|tag| !tag.weak).peekable();
    // An empty list names no version.
    let is_empty = |value: &HeaderValue| value.as_bytes().trim_ascii().is_empty();
    if strong.peek().is_none() && !headers.get_all(IF_MATCH).all(is_empty) {
        return Err(Malformed::IfMatch.into());
    }
    // The redacted tag and the full tag name the same version.
    let version = |tag: &str| version_of(tag.strip_suffix(REDACTED).unwrap_or(tag));
    let versions = strong.filter_map(|tag| version(&tag.opaque));
    Ok(Some(IfMatch::OneOf(versions.collect())))
}

/// Whether `If-None-Match` names this version, as this caller sees it.
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

/// Accepts only the exact form of [`opaque`]: tags are compared character by character.
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
        // Malformed text contains no tags.
        Condition::Tags(entity_tags(&text).unwrap_or_default())
    })
}

/// Parses a list of entity tags; `None` if it is malformed.
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
        tags.push(EntityTag { weak, opaque: opaque.to_owned() });
        text = rest;
    }
}

#[cfg(test)]
mod tests;
