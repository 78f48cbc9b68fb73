//! Why a request cannot be read, with the message for the client.

use std::fmt;

use users_domain::model::IdempotencyKey;

/// Why a request cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Malformed {
    Json,
    NotAnObject,
    /// The body is JSON, but neither an object nor an array.
    NotItems,
    /// The body is an array with more items than allowed.
    TooManyItems {
        max: usize,
    },
    /// An object in the body has too many members.
    TooManyMembers {
        max: usize,
    },
    DuplicateKey,
    TooDeep,
    NulInBody,
    NulInPath,
    /// `Idempotency-Key` is invalid or repeated.
    IdempotencyKey,
    /// `If-Match` is not a list of entity tags, or has only weak ones.
    IfMatch,
    Incomplete,
    /// The query string is longer than [`crate::http::query_string::MAX_QUERY_BYTES`].
    QueryTooLong,
    /// A percent sign without two hexadecimal digits in the query string, or bytes that are not UTF-8.
    QueryNotUtf8,
    NulInQuery,
}

impl fmt::Display for Malformed {
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
                let max = IdempotencyKey::MAX_CHARACTERS;
                return write!(
                    f,
                    "The Idempotency-Key header must be one value of 1 to {max} visible ASCII characters."
                );
            }
            Self::IfMatch => {
                "The If-Match header must be * or entity tags as ETag shows them: in double quotes, and not weak (W/)."
            }
            Self::Incomplete => "The body could not be read to its end.",
            Self::QueryTooLong => "The query string is too long.",
            Self::QueryNotUtf8 => {
                "The query string must be percent-encoded UTF-8."
            }
            Self::NulInQuery => {
                "NUL characters are not allowed in the query string."
            }
        })
    }
}
