//! Signatures, checked with independent verifiers.

use std::time::{Duration, SystemTime};

use adapter_webhooks::signature_headers;
use proptest::prelude::*;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use users_domain::model::EventId;
use users_domain::model::webhooks::{SigningSecrets, WebhookSecret};

/// Older than any receiver accepts.
const STALE_SECONDS: i64 = 6 * 60;

#[expect(clippy::disallowed_methods, reason = "the verifiers read the clock themselves")]
fn now() -> i64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since.map_or(Duration::ZERO, |since| since).as_secs().cast_signed()
}

fn event() -> EventId {
    EventId::parse("0f3c9a1e-6c1b-7a55-9d43-2d4b5f6a7b8c").unwrap()
}

fn headers(body: &str, secrets: &SigningSecrets, timestamp: i64) -> HeaderMap {
    signature_headers(body, secrets, event(), timestamp)
        .iter()
        .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_str(value).unwrap()))
        .collect()
}

/// Whether both verifiers accept; panics if they disagree.
fn verifies(body: &str, headers: &HeaderMap, secret: &WebhookSecret) -> bool {
    let secret = secret.standard_secret();
    let one = standardwebhooks::Webhook::new(&secret).unwrap().verify(body.as_bytes(), headers);
    let other = svix::webhooks::Webhook::new(&secret).unwrap().verify(body.as_bytes(), headers);
    assert_eq!(one.is_ok(), other.is_ok(), "{one:?}, {other:?}");
    one.is_ok()
}

fn only(secret: &WebhookSecret) -> SigningSecrets {
    SigningSecrets::new(secret.clone(), Vec::new())
}

fn any_secret() -> impl Strategy<Value = WebhookSecret> {
    any::<[u8; 32]>().prop_map(WebhookSecret::from_bytes)
}

proptest! {
    #[test]
    fn a_signed_body_verifies(body: String, secret in any_secret()) {
        prop_assert!(verifies(&body, &headers(&body, &only(&secret), now()), &secret));
    }

    #[test]
    fn during_a_rotation_every_live_secret_verifies(body: String, secrets in prop::collection::vec(any_secret(), 1..=4)) {
        let (newest, older) = secrets.split_first().unwrap();
        let signed = headers(&body, &SigningSecrets::new(newest.clone(), older.to_vec()), now());
        for secret in &secrets {
            prop_assert!(verifies(&body, &signed, secret));
        }
        let oldest = headers(&body, &only(secrets.last().unwrap()), now());
        for name in ["x-signature", "x-signature-v2"] {
            prop_assert_eq!(&signed[name], &oldest[name]);
        }
    }

    #[test]
    fn a_changed_byte_is_rejected(body in "[ -~]{1,80}", at: prop::sample::Index, secret in any_secret()) {
        let signed = headers(&body, &only(&secret), now());
        let mut bytes = body.clone().into_bytes();
        let at = at.index(bytes.len());
        bytes[at] = if bytes[at] == b'~' { b' ' } else { bytes[at] + 1 };
        let changed = String::from_utf8(bytes).unwrap();
        prop_assert!(!verifies(&changed, &signed, &secret));
        let of_changed = headers(&changed, &only(&secret), now());
        prop_assert_ne!(&signed["x-signature"], &of_changed["x-signature"]);
    }

    #[test]
    fn another_secret_is_rejected(body: String, secret in any_secret(), other in any_secret()) {
        prop_assume!(secret != other);
        let (signed, of_other) = (headers(&body, &only(&secret), now()), headers(&body, &only(&other), now()));
        prop_assert!(!verifies(&body, &signed, &other));
        for name in ["x-signature", "x-signature-v2", "x-signature-simple"] {
            prop_assert_ne!(&signed[name], &of_other[name]);
        }
    }

    #[test]
    fn a_stale_timestamp_is_rejected(body: String, secret in any_secret()) {
        for timestamp in [now() - STALE_SECONDS, now() + STALE_SECONDS] {
            prop_assert!(!verifies(&body, &headers(&body, &only(&secret), timestamp), &secret));
        }
        let mut moved = headers(&body, &only(&secret), now() - 100);
        moved.insert("webhook-timestamp", HeaderValue::from(now()));
        prop_assert!(!verifies(&body, &moved, &secret));
    }
}

#[test]
fn an_absent_field_is_empty_in_the_simple_signature() {
    let secret = WebhookSecret::from_bytes([7; 32]);
    let simple =
        |body: &str| headers(body, &only(&secret), 1_774_970_000)["x-signature-simple"].clone();
    let full = simple(r#"{"session_id":"s","status":"ACTIVE","webhook_type":"t"}"#);
    let none = simple("{}");
    assert_ne!(full, none);
    assert_eq!(none, simple(r#"{"session_id":"","status":"","webhook_type":""}"#));
    assert_eq!(none, simple(r#"{"data":{"status":"ACTIVE"}}"#));
    // The decoded text is signed, however it is escaped.
    assert_eq!(full, simple(r#"{"session_id":"\u0073","status":"ACTIVE","webhook_type":"t"}"#));
}
