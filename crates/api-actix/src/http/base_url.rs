//! The public base URL in the configuration, and the checks of its parts.

use std::fmt;
use std::str::FromStr;

use actix_web::http::Uri;
use thiserror::Error;

/// The base URL of the API: scheme, host with an optional port, and the path prefix of a proxy, without a trailing
/// slash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaseUrl {
    pub(super) origin: String,
    pub(super) prefix: String,
}

/// The text is not a base URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("must be a URL such as https://users.example.com or https://example.com/users")]
pub struct InvalidBaseUrl;

impl FromStr for BaseUrl {
    type Err = InvalidBaseUrl;

    fn from_str(text: &str) -> Result<Self, InvalidBaseUrl> {
        let uri: Uri = text.parse().map_err(|_| InvalidBaseUrl)?;
        let scheme = uri.scheme_str().and_then(scheme).ok_or(InvalidBaseUrl)?;
        let authority = uri.authority().map(ToString::to_string);
        let host = authority.and_then(|host| checked_host(&host));
        if uri.query().is_some() {
            return Err(InvalidBaseUrl);
        }
        Ok(Self {
            origin: format!("{scheme}://{}", host.ok_or(InvalidBaseUrl)?),
            prefix: prefix(uri.path()).ok_or(InvalidBaseUrl)?,
        })
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { origin, prefix } = self;
        write!(f, "{origin}{prefix}")
    }
}

/// A path without a trailing slash. Returns `None` if the text is not a path, or could change the meaning of a URL or a
/// page that contains it.
pub(super) fn prefix(text: &str) -> Option<String> {
    const MAX_BYTES: usize = 255;

    let path = text.strip_suffix('/').unwrap_or(text);
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~%".contains(&b);
    let sound = |segment: &str| !["", ".", ".."].contains(&segment) && segment.bytes().all(plain);
    let is_path = path.is_empty() || path.strip_prefix('/')?.split('/').all(sound);
    (is_path && path.len() <= MAX_BYTES).then(|| path.to_owned())
}

/// The scheme, if the service supports it.
pub(super) fn scheme(name: &str) -> Option<&'static str> {
    ["http", "https"].into_iter().find(|known| name.eq_ignore_ascii_case(known))
}

/// A host with an optional port. Rejects text that would change the meaning of a URL.
pub(super) fn checked_host(text: &str) -> Option<String> {
    const MAX_BYTES: usize = 261; // 255 for the name, a colon, five digits

    let authority = Uri::builder()
        .scheme("http")
        .authority(text)
        .path_and_query("/")
        .build()
        .ok()?
        .into_parts()
        .authority?;
    let plain = !authority.as_str().contains('@') && !authority.host().is_empty();
    (plain && text.len() <= MAX_BYTES).then(|| authority.to_string())
}

#[cfg(test)]
mod tests;
