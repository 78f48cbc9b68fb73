use super::*;

#[test]
fn values_are_read_with_the_form_of_their_numbers() {
    for text in [
        r#"{"a":[1,2.0,-0.5,true,false,null],"b":{"c":"😀\u0001\n\"\\"}}"#,
        "[10000000000000000000,-10000000000000000000,100000000000000000000.0]",
        "[100000000000000000000,1250000000000000000000,1250000000000000000000.0]",
    ] {
        assert_eq!(Json::read(text, 100).unwrap().to_string(), text);
    }
    let spaced = " {\n\"a\" :\t[ 1e2 , \"\\ud83d\\ude00\" ] } ";
    let read = Json::read(spaced, 4).unwrap().to_string();
    assert_eq!(read, r#"{"a":[100.0,"😀"]}"#);
}

#[test]
fn malformed_json_is_rejected() {
    for text in [
        "",
        " ",
        "{",
        "[1,]",
        "{} {}",
        "{'a':1}",
        "{\"a\"}",
        "{\"a\":}",
        "{1:1}",
        "01",
        "-",
        "+1",
        "1.",
        "NaN",
        "nul",
        "\"\u{1}\"",
        "\"\\ud800\"",
        "\u{feff}1",
        r#"{"a":1,"\u0061":2}"#,
        r#"[{"a":{"b":1,"b":1}}]"#,
    ] {
        assert_eq!(Json::read(text, 100), Err(InvalidValue::Malformed), "{text:?}");
    }
    let not_utf8 = Json::read(b"\"\xff\"", 100);
    assert_eq!(not_utf8, Err(InvalidValue::Malformed));
    for text in ["1e400", "[9007199254740993]"] {
        assert_eq!(Json::read(text, 100), Err(InvalidValue::NumberOutOfRange));
    }
}

#[test]
fn values_and_depth_are_limited() {
    assert!(Json::read(r#"{"a":[1,2]}"#, 4).is_ok());
    let too_many = Err(InvalidValue::TooMany { max: 3 });
    assert_eq!(Json::read(r#"{"a":[1,2]}"#, 3), too_many);
    let nested = |levels: usize| "[".repeat(levels) + &"]".repeat(levels);
    assert!(Json::read(nested(Json::MAX_DEPTH), 1000).is_ok());
    let max = Json::MAX_DEPTH;
    let too_deep = Err(InvalidValue::TooDeep { max });
    assert_eq!(Json::read(nested(max + 1), 1000), too_deep);
}
