use super::*;

#[test]
fn the_canonical_text_is_sorted_compact_and_minimally_escaped() {
    let json = Json::object([
        ("é\"\\", Json::strings(["\u{1}\n", "😀"])),
        ("9", Json::Number(Number::parse("1e-5").unwrap())),
        ("10", Json::Null),
    ]);
    assert_eq!(
        json.to_string(),
        "{\"10\":null,\"9\":0.00001,\"é\\\"\\\\\":[\"\\u0001\\n\",\"😀\"]}"
    );
}

#[test]
fn depth_counts_containers() {
    assert_eq!(Json::Null.depth(), 0);
    assert_eq!(Json::Array(vec![]).depth(), 1);
    assert_eq!(Json::object([("a", Json::Array(vec![Json::Bool(true)]))]).depth(), 2);
}
