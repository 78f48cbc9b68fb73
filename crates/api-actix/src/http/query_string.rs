//! Decodes query strings into pairs of texts. Rejects badly encoded bytes instead of guessing.

use percent_encoding::percent_decode;

use crate::http::error::Malformed;

/// The longest accepted query string, in bytes: the longest cursor and repeated filters fit. Below the HTTP layer's
/// limit of 65,534 bytes for a request target, so that clients get a specific error.
pub(crate) const MAX_QUERY_BYTES: usize = 60 * 1024;

/// Decodes `application/x-www-form-urlencoded` strictly. Keeps order and repetitions.
pub(crate) fn decode(raw: &str) -> Result<Vec<(String, String)>, Malformed> {
    if raw.len() > MAX_QUERY_BYTES {
        return Err(Malformed::QueryTooLong);
    }
    raw.split('&')
        .filter(|piece| !piece.is_empty())
        .map(|piece| {
            let (name, value) = piece.split_once('=').unwrap_or((piece, ""));
            Ok((decode_text(name)?, decode_text(value)?))
        })
        .collect()
}

/// Whether every percent sign is followed by two hexadecimal digits.
pub(crate) fn is_percent_encoded(raw: &str) -> bool {
    raw.split('%').skip(1).all(|rest| {
        let digits = rest.as_bytes().first_chunk::<2>();
        digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    })
}

fn decode_text(raw: &str) -> Result<String, Malformed> {
    if !is_percent_encoded(raw) {
        return Err(Malformed::QueryNotUtf8);
    }
    let spaced = raw.replace('+', " ");
    let text =
        percent_decode(spaced.as_bytes()).decode_utf8().map_err(|_| Malformed::QueryNotUtf8)?;
    if text.contains('\0') {
        return Err(Malformed::NulInQuery);
    }
    Ok(text.into_owned())
}

#[cfg(test)]
mod tests;
