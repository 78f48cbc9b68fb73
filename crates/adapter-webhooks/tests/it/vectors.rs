use adapter_webhooks::RawJson;
use serde_json::Value;

use super::json;

#[test]
fn the_raw_form_of_every_vector_is_reached_byte_by_byte() {
    let file: Value = serde_json::from_str(include_str!("../data/signature-vectors.json")).unwrap();
    let vectors = file["vectors"].as_array().unwrap();
    assert!(vectors.len() >= 5);
    for vector in vectors {
        let raw = vector["raw"].as_str().unwrap();
        let body: Value = serde_json::from_str(raw).unwrap();
        assert_eq!(RawJson(&json(&body)).to_string(), raw, "{}", vector["name"]);
    }
}
