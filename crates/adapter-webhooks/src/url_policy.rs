//! Which URLs may be called. The same check applies to new destinations and to each attempt, so that an address which
//! the operator forbids later is forbidden for existing destinations too.

use url::{Host, Url};
use users_domain::model::webhooks::DestinationUrl;
use users_domain::ports::{UrlPolicy, UrlRefused};

use crate::AddressGuard;

/// Accepts `https` URLs (and `http` if the operator allows it) whose host is a name or an allowed address, without
/// credentials and without a fragment, which would never be sent.
#[derive(Debug, Clone)]
pub struct GuardedUrlPolicy {
    guard: AddressGuard,
    allow_http: bool,
}

impl GuardedUrlPolicy {
    /// Creates a policy that checks addresses with `guard`.
    #[must_use]
    pub const fn new(guard: AddressGuard, allow_http: bool) -> Self {
        Self { guard, allow_http }
    }

    pub(crate) const fn guard(&self) -> &AddressGuard {
        &self.guard
    }

    /// Returns the URL as the HTTP client parses it, so that the checked URL is the one called.
    pub(crate) fn judge(&self, text: &str) -> Result<Url, UrlRefused> {
        if text.len() > DestinationUrl::MAX_BYTES {
            return Err(UrlRefused::TooLong);
        }
        let url = Url::parse(text).map_err(|_| UrlRefused::Malformed)?;
        if url.scheme() != "https" && !(self.allow_http && url.scheme() == "http") {
            return Err(UrlRefused::Scheme);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(UrlRefused::Credentials);
        }
        if url.fragment().is_some() || !is_plainly_written(text, url.scheme()) {
            return Err(UrlRefused::Malformed);
        }
        let allowed = match url.host() {
            Some(Host::Ipv4(address)) => self.guard.allows(address.into()),
            Some(Host::Ipv6(address)) => self.guard.allows(address.into()),
            Some(Host::Domain(_)) => true,
            None => return Err(UrlRefused::Malformed),
        };
        if allowed { Ok(url) } else { Err(UrlRefused::ForbiddenAddress) }
    }
}

impl UrlPolicy for GuardedUrlPolicy {
    fn accept(&self, text: &str) -> Result<DestinationUrl, UrlRefused> {
        let normal = normal(self.judge(text)?);
        if normal.len() > DestinationUrl::MAX_BYTES {
            return Err(UrlRefused::TooLong);
        }
        Ok(DestinationUrl::accepted(normal))
    }
}

/// Normalises the spelling of a URL beyond what the library does: removes the trailing dot of the name and writes the
/// digits of escapes in upper case.
fn normal(mut url: Url) -> String {
    if let Some(name) = url.domain().and_then(|name| name.strip_suffix('.')) {
        let name = name.to_owned();
        // A name that the library rejects stays unchanged.
        let _ = url.set_host(Some(&name));
    }
    let mut left = 0;
    let upper = |c: char| {
        left = if c == '%' { 3 } else { left };
        if left == 0 {
            return c;
        }
        left -= 1;
        c.to_ascii_uppercase()
    };
    url.as_str().chars().map(upper).collect()
}

/// URL parsers silently repair spaces, line breaks, backslashes and missing or doubled slashes. Such URLs are rejected,
/// so that the text shows plainly where the destination leads.
fn is_plainly_written(text: &str, scheme: &str) -> bool {
    let behind_slashes = text.get(scheme.len()..).and_then(|rest| rest.strip_prefix("://"));
    behind_slashes.is_some_and(|rest| !rest.starts_with('/'))
        && !text.chars().any(|c| c == '\\' || c.is_control() || c.is_whitespace())
}
