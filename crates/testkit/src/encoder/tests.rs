use super::*;
use crate::{an_event, vendor_data};

#[test]
fn the_stored_form_is_ascii_and_the_offset_points_at_the_placeholder() {
    let event = UserEvent { vendor_data: vendor_data("é\"timestamp\":0 😀"), ..an_event() };
    let encoded = PlainEncoder.encode(&event);
    assert!(encoded.body.is_ascii());
    let rest = encoded.body.get(encoded.timestamp_offset..).unwrap();
    assert!(rest.starts_with("0,\"vendor_data\":\"\\u00e9\\\"timestamp\\\":0 \\ud83d\\ude00\""));
}
