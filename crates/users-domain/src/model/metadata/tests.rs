use super::*;

fn nested(levels: usize) -> JsonObject {
    let mut object = JsonObject::new();
    for _ in 1..levels {
        object = JsonObject::from([("a".to_owned(), Json::Object(object))]);
    }
    object
}

#[test]
fn size_is_measured_on_the_canonical_text() {
    let padded = |bytes: usize| {
        let frame = "{\"a\":\"\"}".len();
        JsonObject::from([("a".to_owned(), Json::String("x".repeat(bytes - frame)))])
    };
    assert!(Metadata::new(padded(Metadata::MAX_BYTES)).is_ok());
    assert_eq!(
        Metadata::new(padded(Metadata::MAX_BYTES + 1)),
        Err(InvalidValue::TooLong { max: 65_536, unit: LengthUnit::Bytes })
    );
}

#[test]
fn nesting_and_nul_are_limited() {
    assert!(Metadata::new(nested(16)).is_ok());
    assert_eq!(Metadata::new(nested(17)), Err(InvalidValue::TooDeep { max: 16 }));
    let nul = JsonObject::from([("a\0".to_owned(), Json::Null)]);
    assert_eq!(Metadata::new(nul), Err(InvalidValue::ControlCharacter));
}
