//! What of a request cannot be read, and what is told about it.

use std::fmt;

use users_domain::model::IdempotencyKey;

use crate::request::query_string::MalformedQuery;

/// What cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Malformed {
    /// The body is no JSON text.
    Json,
    /// The body is JSON, but no object.
    NotAnObject,
    /// The body is JSON, but neither an object nor an array.
    NotItems,
    /// The body is an array of more items than one call may have.
    TooManyItems { max: usize },
    /// An object of the body has more members than anything that is read.
    TooManyMembers { max: usize },
    /// An object of the body names a key twice.
    DuplicateKey,
    /// The body is nested too deeply to be read at all.
    TooDeep,
    /// NUL in the body.
    NulInBody,
    /// NUL in the path.
    NulInPath,
    /// `Idempotency-Key` is no key, or there are several.
    IdempotencyKey,
    /// `If-Match` is no list of entity tags, or of weak ones alone.
    IfMatch,
    /// The client broke off.
    Incomplete,
    /// The query string.
    Query(MalformedQuery),
}

impl fmt::Display for Malformed {
    /// The text that clients read.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooManyItems { max } => {
                return write!(f, "Ensure the body has no more than {max} items.");
            }
            Self::TooManyMembers { max } => {
                return write!(f, "Ensure an object has no more than {max} members.");
            }
            Self::Json => "JSON parse error: the body is not valid JSON in UTF-8.",
            Self::NotAnObject => "Invalid data. Expected a JSON object.",
            Self::NotItems => "Invalid data. Expected a JSON object or an array of JSON objects.",
            Self::DuplicateKey => "JSON parse error: an object has the same key twice.",
            Self::TooDeep => "JSON parse error: the body is nested too deeply.",
            Self::NulInBody => "JSON parse error: NUL characters are not allowed.",
            Self::NulInPath => "NUL characters are not allowed in the path.",
            Self::IdempotencyKey => {
                return write!(
                    f,
                    "The Idempotency-Key header must be one value of 1 to {} visible ASCII characters.",
                    IdempotencyKey::MAX_CHARACTERS
                );
            }
            Self::IfMatch => {
                "The If-Match header must be * or entity tags as ETag shows them: in double quotes, and not weak (W/)."
            }
            Self::Incomplete => "The body could not be read to its end.",
            Self::Query(MalformedQuery::TooLong) => "The query string is too long.",
            Self::Query(MalformedQuery::NotUtf8) => {
                "The query string must be percent-encoded UTF-8."
            }
            Self::Query(MalformedQuery::Nul) => {
                "NUL characters are not allowed in the query string."
            }
        })
    }
}
