use super::*;

fn plain(literal: &str) -> String {
    Number::parse(literal).unwrap().to_string()
}

#[test]
fn the_plain_form_has_no_exponent_and_keeps_the_fraction() {
    assert_eq!(plain("7"), "7");
    assert_eq!(plain("-0"), "0");
    assert_eq!(plain("7.0"), "7.0");
    assert_eq!(plain("7e0"), "7.0");
    assert_eq!(plain("-0.0"), "0.0");
    assert_eq!(plain("1e-5"), "0.00001");
    assert_eq!(plain("1e21"), "1000000000000000000000.0");
    assert_eq!(plain("9007199254740992"), "9007199254740992");
    assert_eq!(plain("100000000000000000000"), "100000000000000000000");
}

/// All spellings of a value are in range and equal, or all are out of range.
#[test]
fn range_and_equality_depend_on_the_value_only() {
    for (spellings, in_range) in [
        (&["92", "92.0", "9.2e1", "920E-1", "9.20e+1", "0.92e2"][..], true),
        (&["0", "-0", "0.0", "0e7", "-0e-999999999999999999999"], true),
        (&["-1e20", "-100000000000000000000", "-1.0e+20", "-0.1e21"], true),
        (&["9007199254740992", "9007199254740992.0", "9007199254740.992e3"], true),
        (&["9007199254740993", "9007199254740993.0", "9007199254740.993e3"], false),
        (&["99999999999999999999", "99999999999999999999.0", "9.9999999999999999999e19"], false),
        (&["1e32", "100000000000000000000000000000000"], false),
        (&["1e400", "10e399", "1e999999999999999999999"], false),
        (&["1e-400", "0.1e-399", "1e-999999999999999999999"], false),
    ] {
        for spelling in spellings {
            let number = Number::parse(spelling);
            assert_eq!(number.is_ok(), in_range, "{spelling}");
            assert_eq!(number, Number::parse(spellings[0]), "{spelling}");
        }
    }
    assert_ne!(Number::parse("92"), Number::parse("92.1"));
    let whole = |literal| Number::parse(literal).unwrap().as_integer();
    assert_eq!(["92", "92.0", "1e20"].map(whole), [Some(92), None, None]);
}

#[test]
fn out_of_range_and_malformed_literals_are_rejected() {
    for literal in ["1e131000", "-1e999", "1e-31", "-9007199254740993", "9223372036854775808"] {
        assert_eq!(Number::parse(literal), Err(InvalidValue::NumberOutOfRange), "{literal}");
    }
    for literal in [
        "", "-", "NaN", "inf", "0x10", "1_000", "+1", "007", "-01", "1.", ".5", "1.e5", "1e",
        "1e+", "1e5.0", "1-", "0 ",
    ] {
        assert_eq!(Number::parse(literal), Err(InvalidValue::Malformed), "{literal}");
    }
}
