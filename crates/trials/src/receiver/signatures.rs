//! Verification of delivery signatures, independent of the code that signs.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Number, Value};
use sha2::Sha256;

use crate::Error;

/// The secret of one destination, in both of its forms.
#[derive(Clone)]
pub struct Verifier {
    text: String,
    bytes: Vec<u8>,
}

impl Verifier {
    /// Creates a verifier from the API's `secret_shared_key`.
    ///
    /// # Errors
    /// If the key is not valid base64.
    pub fn new(shared_key: &str) -> Result<Self, Error> {
        Ok(Self { text: shared_key.to_owned(), bytes: BASE64_URL_SAFE_NO_PAD.decode(shared_key)? })
    }

    /// Checks all headers; `header` returns the value of a lower-case name.
    ///
    /// # Errors
    /// The first header that is wrong.
    pub fn verify<'a>(
        &self,
        header: &dyn Fn(&str) -> Option<&'a str>,
        raw: &[u8],
        body: &Value,
    ) -> Result<(), String> {
        let timestamp = body["timestamp"].as_u64().ok_or("no timestamp")?;
        let timestamp = timestamp.to_string();
        let id = body["event_id"].as_str().ok_or("no event_id")?;
        let simple = simple(&timestamp, body);
        let standard = [id.as_bytes(), timestamp.as_bytes(), raw].join(&b'.');
        let signed = |message: &[u8]| mac(self.text.as_bytes(), message).map(|mac| hex(&mac));
        let standard = mac(&self.bytes, &standard).map(|mac| BASE64_STANDARD.encode(mac));
        for (name, expected) in [
            ("content-type", "application/json".to_owned()),
            ("x-timestamp", timestamp.clone()),
            ("x-signature", signed(raw)?),
            ("x-signature-v2", signed(canonical(body).as_bytes())?),
            ("x-signature-simple", signed(simple.as_bytes())?),
            ("webhook-id", id.to_owned()),
            ("webhook-timestamp", timestamp),
        ] {
            let found = header(name);
            if found != Some(&expected) {
                return Err(format!("{name} is {found:?}"));
            }
        }
        let expected = format!("v1,{}", standard?);
        let signatures = header("webhook-signature").unwrap_or_default();
        if !signatures.split(' ').any(|found| found == expected) {
            return Err(format!("webhook-signature is {signatures:?}"));
        }
        match header("user-agent") {
            Some(agent) if agent.starts_with("users-service/") => Ok(()),
            other => Err(format!("user-agent is {other:?}")),
        }
    }
}

fn mac(key: &[u8], message: &[u8]) -> Result<Vec<u8>, String> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).map_err(|error| error.to_string())?;
    mac.update(message);
    Ok(mac.finalize().into_bytes().to_vec())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn simple(timestamp: &str, body: &Value) -> String {
    let member = |name: &str| body[name].as_str().unwrap_or_default();
    format!("{timestamp}:{}:{}:{}", member("session_id"), member("status"), member("webhook_type"))
}

/// JSON with keys sorted by code points, whole floats as integers and minimal escaping. Other floats use Rust's format,
/// which differs from the contract for very small and very large values.
fn canonical(value: &Value) -> String {
    match value {
        Value::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            members.sort_by_key(|(key, _)| *key);
            let members: Vec<_> = members
                .into_iter()
                .map(|(key, value)| format!("{}:{}", Value::String(key.clone()), canonical(value)))
                .collect();
            format!("{{{}}}", members.join(","))
        }
        Value::Array(values) => {
            let values: Vec<_> = values.iter().map(canonical).collect();
            format!("[{}]", values.join(","))
        }
        Value::Number(number) => whole(number).unwrap_or_else(|| number.to_string()),
        other => other.to_string(),
    }
}

fn whole(number: &Number) -> Option<String> {
    let float = number.as_f64().filter(|_| number.is_f64())?;
    (float.fract() == 0.0 && float.abs() < 1e15).then(|| format!("{float:.0}"))
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use serde_json::json;

    use super::*;

    const KEY: &str = "tno2NTeRC1ZK3sBOYlBJDyEzBVENl3pQ1AcZyAW0xnQ";

    fn body() -> String {
        r#"{"changes":{"metadata":{"current":{"b":92.0,"a":0.5}}},"event_id":"e","full_name":"Jos\u00e9","status":"ACTIVE","timestamp":1774970001,"webhook_type":"user.data.updated"}"#.to_owned()
    }

    /// Headers computed step by step; the Standard Webhooks part uses the crate that this project publishes.
    fn headers(raw: &str) -> HashMap<&'static str, String> {
        let canonical = r#"{"changes":{"metadata":{"current":{"a":0.5,"b":92}}},"event_id":"e","full_name":"José","status":"ACTIVE","timestamp":1774970001,"webhook_type":"user.data.updated"}"#;
        let signed = |message: &str| hex(&mac(KEY.as_bytes(), message.as_bytes()).unwrap());
        let secret = BASE64_URL_SAFE_NO_PAD.decode(KEY).unwrap();
        let standard = standardwebhooks::Webhook::from_bytes(secret).unwrap();
        let standard = standard.sign("e", 1_774_970_001, raw.as_bytes()).unwrap();
        HashMap::from([
            ("content-type", "application/json".to_owned()),
            ("user-agent", "users-service/0.1.0".to_owned()),
            ("x-timestamp", "1774970001".to_owned()),
            ("x-signature", signed(raw)),
            ("x-signature-v2", signed(canonical)),
            ("x-signature-simple", signed("1774970001::ACTIVE:user.data.updated")),
            ("webhook-id", "e".to_owned()),
            ("webhook-timestamp", "1774970001".to_owned()),
            ("webhook-signature", format!("v1,AAAA {standard}")),
        ])
    }

    fn verified(headers: &HashMap<&'static str, String>, raw: &str) -> Result<(), String> {
        let value = serde_json::from_str(raw).unwrap();
        Verifier::new(KEY).unwrap().verify(
            &|name| headers.get(name).map(String::as_str),
            raw.as_bytes(),
            &value,
        )
    }

    #[test]
    fn a_delivery_signed_in_every_way_is_valid() {
        assert_eq!(verified(&headers(&body()), &body()), Ok(()));
    }

    #[test]
    fn every_header_is_checked() {
        let right = headers(&body());
        for name in right.keys() {
            let mut wrong = right.clone();
            wrong.insert(name, "other".to_owned());
            let error = verified(&wrong, &body()).unwrap_err();
            assert!(error.starts_with(name), "{name}: {error}");
            wrong.remove(name);
            assert!(verified(&wrong, &body()).is_err(), "{name}");
        }
    }

    #[test]
    fn a_changed_body_is_not_valid() {
        let changed = body().replace("ACTIVE", "ACTIVF");
        assert!(verified(&headers(&body()), &changed).is_err());
    }

    #[test]
    fn the_simple_signature_covers_the_session() {
        let body = json!({"session_id": "s", "status": "Approved", "webhook_type": "w"});
        assert_eq!(simple("1", &body), "1:s:Approved:w");
    }

    /// Signatures that the reference implementation created for the same body.
    #[test]
    fn signatures_match_those_of_the_reference_implementation() {
        let raw = r#"{"application_id":"3b1f0f1e-1111-4222-8333-444455556666","event_id":"0f3c9a1e-6c1b-4a55-9d43-2d4b5f6a7b8c","previous_status":"ACTIVE","status":"BLOCKED","timestamp":1774970000,"vendor_data":"user-abc-123","vendor_user_id":"f4e5e1f2-94a9-4f86-8c16-2b7d9b4db418","webhook_type":"user.status.updated"}"#;
        let signed = |message: &str| hex(&mac(KEY.as_bytes(), message.as_bytes()).unwrap());
        assert_eq!(signed(raw), "17d772b273c055e2e29f076aa5c624ae61ae00cfa0b38e7bc191c8b3013dc452");
        let value: Value = serde_json::from_str(raw).unwrap();
        assert_eq!(canonical(&value), raw, "sorted and compact as it was");
        assert_eq!(
            signed(&simple("1774970000", &value)),
            "7814fd4b583e648a3c78493b2d31fb30c6db07881cd446d21f6778e662c87fe7"
        );
    }
}
