//! Signature headers, by which receivers verify the origin of a delivery. Owns all headers derived from secrets; must
//! never log or expose a secret.

use std::borrow::Cow;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use users_domain::model::EventId;
use users_domain::model::webhooks::SigningSecrets;

use crate::canonical::Canonical;

/// Returns the headers that sign one attempt to deliver `body`. The body is in the raw form and already contains
/// `timestamp`, in Unix seconds. Header names are in lower case.
///
/// Each `x-` header has room for one signature, made with the oldest secret that still signs, because the receiver
/// certainly knows that secret; `webhook-signature` has one signature per secret.
#[must_use]
pub fn signature_headers(
    body: &str,
    secrets: &SigningSecrets,
    event: EventId,
    timestamp: i64,
) -> [(&'static str, String); 7] {
    let id = event.to_string();
    let timestamp = timestamp.to_string();
    let standard = standard_signatures(
        secrets.all().map(|secret| &secret.as_bytes()[..]),
        &id,
        &timestamp,
        body,
    );
    let shared_key = secrets.oldest().shared_key();
    let key = Key::new(shared_key.as_bytes());
    let canonical = Canonical::of(body);
    let raw_signature = key.hex(&[body]);
    let canonical_signature = match &canonical.text {
        Cow::Borrowed(_) => raw_signature.clone(),
        Cow::Owned(text) => key.hex(&[text]),
    };
    let (session_id, status, webhook_type) = (
        unquoted(canonical.session_id),
        unquoted(canonical.status),
        unquoted(canonical.webhook_type),
    );
    let simple_signature =
        key.hex(&[&timestamp, ":", &session_id, ":", &status, ":", &webhook_type]);
    [
        ("webhook-id", id),
        ("webhook-timestamp", timestamp.clone()),
        ("webhook-signature", standard),
        ("x-timestamp", timestamp),
        ("x-signature", raw_signature),
        ("x-signature-v2", canonical_signature),
        ("x-signature-simple", simple_signature),
    ]
}

/// Standard Webhooks, version 1: one signature per secret, separated by spaces.
fn standard_signatures<'a>(
    secrets: impl Iterator<Item = &'a [u8]>,
    id: &str,
    timestamp: &str,
    body: &str,
) -> String {
    let mut signatures = String::new();
    for secret in secrets {
        if !signatures.is_empty() {
            signatures.push(' ');
        }
        signatures.push_str("v1,");
        let mac = Key::new(secret).mac(&[id, ".", timestamp, ".", body]);
        BASE64_STANDARD.encode_string(mac, &mut signatures);
    }
    signatures
}

/// Decodes a JSON string; an absent string is the empty text.
fn unquoted(string: Option<&str>) -> Cow<'_, str> {
    match string {
        None => Cow::Borrowed(""),
        Some(quoted) if quoted.contains('\\') => {
            Cow::Owned(serde_json::from_str(quoted).unwrap_or_default())
        }
        Some(quoted) => Cow::Borrowed(quoted.trim_matches('"')),
    }
}

struct Key(Hmac<Sha256>);

impl Key {
    #[expect(clippy::expect_used, reason = "HMAC takes keys of any length")]
    fn new(secret: &[u8]) -> Self {
        Self(Hmac::new_from_slice(secret).expect("any length will do"))
    }

    fn mac(&self, parts: &[&str]) -> [u8; 32] {
        let mut mac = self.0.clone();
        for part in parts {
            mac.update(part.as_bytes());
        }
        mac.finalize().into_bytes().into()
    }

    fn hex(&self, parts: &[&str]) -> String {
        let digit = |nibble: u8| char::from(nibble + if nibble < 10 { b'0' } else { b'a' - 10 });
        self.mac(parts).iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 0xf)]).collect()
    }
}

#[cfg(test)]
mod tests;
