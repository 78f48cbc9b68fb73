use super::*;

#[test]
fn pairs_keep_order_and_repetitions() {
    let pairs = decode("a=1&b=x%20y+z&&a=%C3%A9%26&c&d==").unwrap();
    let pairs: Vec<_> = pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(pairs, [("a", "1"), ("b", "x y z"), ("a", "é&"), ("c", ""), ("d", "=")]);
    assert_eq!(decode(""), Ok(Vec::new()));
}

#[test]
fn invalid_text_is_rejected() {
    for raw in ["a=%FF", "%C3=1", "a=%", "a=%2", "a=%zz", "a=%ED%A0%80"] {
        assert_eq!(decode(raw), Err(Malformed::QueryNotUtf8), "{raw}");
    }
    assert_eq!(decode("a=%00"), Err(Malformed::NulInQuery));
    assert_eq!(decode("%00=a"), Err(Malformed::NulInQuery));
    let long = "a".repeat(MAX_QUERY_BYTES + 1);
    assert_eq!(decode(&long), Err(Malformed::QueryTooLong));
}
