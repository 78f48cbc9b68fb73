use serde_json::Value;

use super::*;

/// Tests the private function, because the vectors use keys and ids that the public one does not accept.
#[test]
fn every_standard_webhooks_vector_matches() {
    let file = include_str!("../../tests/data/standard-webhooks-vectors.json");
    let file: Value = serde_json::from_str(file).unwrap();
    let vectors = file["vectors"].as_array().unwrap();
    assert!(vectors.len() >= 4);
    for vector in vectors {
        let text = |key: &str| vector[key].as_str().unwrap();
        let secret = text("secret").strip_prefix("whsec_").unwrap();
        let secret = BASE64_STANDARD.decode(secret).unwrap();
        let timestamp = vector["timestamp"].to_string();
        let signed = |secrets: &[&[u8]]| {
            standard_signatures(secrets.iter().copied(), text("id"), &timestamp, text("body"))
        };
        assert_eq!(signed(&[&secret]), text("signature"));
        let of_both = signed(&[b"another one", &secret]);
        assert_eq!(of_both.split(' ').nth(1), Some(text("signature")));
    }
}
