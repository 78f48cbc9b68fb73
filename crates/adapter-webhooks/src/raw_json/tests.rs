use super::*;

fn raw(literal: &str) -> String {
    RawJson(&Json::Number(Number::parse(literal).unwrap())).to_string()
}

/// Each right-hand side is what Python 3.11 prints for `json.dumps(left)`.
#[test]
fn numbers_are_written_as_python_writes_them() {
    for (literal, python) in [
        ("7", "7"),
        ("92.0", "92.0"),
        ("0.0001", "0.0001"),
        ("0.00001", "1e-05"),
        ("1.5e-7", "1.5e-07"),
        ("1e15", "1000000000000000.0"),
        ("1e16", "1e+16"),
        ("1.25e21", "1.25e+21"),
        ("-0.0", "0.0"),
        ("123456.789", "123456.789"),
    ] {
        assert_eq!(raw(literal), python);
    }
}

#[test]
fn only_printable_ascii_is_unescaped() {
    let text = Json::String("a\"\\/\u{8}\u{c}\u{1}\u{7f}é😀".into());
    assert_eq!(RawJson(&text).to_string(), r#""a\"\\/\b\f\u0001\u007f\u00e9\ud83d\ude00""#);
}
