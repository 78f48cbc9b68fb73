use serde_json::json;

use super::*;

#[test]
fn the_first_errors_are_shown_and_the_rest_counted() {
    let mut errors = FieldErrors::default();
    for item in 0..1000 {
        errors.add("list", messages::item(item, messages::NOT_A_STRING));
        errors.add("list", messages::item(0, messages::NOT_A_STRING));
    }
    for name in 0..1000 {
        errors.add(&format!("{name}{}", "é".repeat(10_000)), messages::NULL);
    }
    let shown = serde_json::to_value(&errors).unwrap();
    let list = shown["list"].as_array().unwrap();
    assert_eq!(list.len(), 11);
    assert_eq!(list[10], "And 990 more errors.");
    assert_eq!(shown["non_field_errors"], json!(["And 961 more errors."]));
    assert!(shown.to_string().len() < 16_384, "{shown}");

    let mut outer = FieldErrors::default();
    outer.add_within("object", errors.clone());
    let shown = serde_json::to_value(&outer).unwrap();
    assert_eq!(shown["object.list"][10], "And 990 more errors.");
    assert_eq!(shown["non_field_errors"], json!(["And 961 more errors."]));
}
