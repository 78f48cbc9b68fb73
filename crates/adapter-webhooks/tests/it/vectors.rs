use adapter_webhooks::{RawJson, signature_headers};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::Value;
use users_domain::model::EventId;
use users_domain::model::webhooks::{SigningSecrets, WebhookSecret};

use super::json;

fn vectors() -> Value {
    serde_json::from_str(include_str!("../data/signature-vectors.json")).unwrap()
}

#[test]
fn the_signatures_of_every_vector_match() {
    let file = vectors();
    let secret = BASE64_URL_SAFE_NO_PAD.decode(file["secret"].as_str().unwrap()).unwrap();
    let known = WebhookSecret::from_bytes(secret.try_into().unwrap());
    let newer = WebhookSecret::from_bytes([7; 32]);
    // The receiver may not know the newer secret yet.
    let secrets = SigningSecrets::new(newer, vec![known]);
    let event = EventId::parse("0f3c9a1e-6c1b-7a55-9d43-2d4b5f6a7b8c").unwrap();
    for vector in file["vectors"].as_array().unwrap() {
        let raw = vector["raw"].as_str().unwrap();
        let body: Value = serde_json::from_str(raw).unwrap();
        let timestamp = body["timestamp"].as_i64().unwrap();
        let headers = signature_headers(raw, &secrets, event, timestamp);
        let value = |name| headers.iter().find(|(other, _)| *other == name).unwrap().1.as_str();
        assert_eq!(value("x-timestamp"), timestamp.to_string());
        for (name, key) in [
            ("x-signature", "x_signature"),
            ("x-signature-v2", "x_signature_v2"),
            ("x-signature-simple", "x_signature_simple"),
        ] {
            assert_eq!(value(name), vector[key], "{name} of {}", vector["name"]);
        }
    }
}

#[test]
fn the_raw_form_of_every_vector_matches_byte_for_byte() {
    let file = vectors();
    let vectors = file["vectors"].as_array().unwrap();
    assert!(vectors.len() >= 5);
    for vector in vectors {
        let raw = vector["raw"].as_str().unwrap();
        let body: Value = serde_json::from_str(raw).unwrap();
        assert_eq!(RawJson(&json(&body)).to_string(), raw, "{}", vector["name"]);
    }
}
