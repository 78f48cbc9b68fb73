use super::*;

fn read(text: &str) -> Option<&'static str> {
    CountryCode::parse(text).ok().map(CountryCode::alpha_3)
}

#[test]
fn every_code_is_read_in_any_case_and_with_fillers() {
    let both = ALPHA_3_AND_ALPHA_2.iter();
    let both = both.flat_map(|(alpha_3, alpha_2)| [(*alpha_3, *alpha_3), (*alpha_2, *alpha_3)]);
    let others = OTHERS.iter().map(|code| (*code, *code));
    for (code, shown) in both.chain(others).chain(SYNONYMS) {
        let mixed = code[..1].to_owned() + &code[1..].to_lowercase();
        for written in [code, &code.to_lowercase(), &mixed] {
            for fillers in ["", "<", "<<"] {
                assert_eq!(read(&format!("{written}{fillers}")), Some(shown), "{written}");
            }
        }
    }
}

#[test]
fn every_code_parses_to_itself() {
    let codes: Vec<_> = CountryCode::all().map(CountryCode::alpha_3).collect();
    assert!(codes.is_sorted_by(|a, b| a < b));
    assert_eq!(codes.len(), ALPHA_3_AND_ALPHA_2.len() + OTHERS.len());
    for code in codes {
        assert_eq!(read(code), Some(code));
    }
}

#[test]
fn unknown_codes_are_rejected() {
    for text in
        ["", "<", "<<<", "XX", "ZZZ", "ESPA", "<ESP", "E", "Q", "1", " ESP", "GERMANY", "UTO"]
    {
        let refused = Err(InvalidValue::UnknownCountry);
        assert_eq!(CountryCode::parse(text), refused, "{text}");
    }
}
