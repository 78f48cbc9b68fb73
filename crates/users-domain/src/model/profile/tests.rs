use super::*;

fn name(text: &str) -> FullName {
    FullName::parse(text).unwrap()
}

#[test]
fn an_override_hides_the_verified_value_which_hides_the_declared_one() {
    let mut profile = Profile::default();
    assert_eq!(profile.full_name(), None);
    profile.declared.full_name = Some(name("declared"));
    assert_eq!(profile.full_name().unwrap().1.origin, Origin::Declared);
    profile.verified.full_name = Some(Verified {
        value: name("verified"),
        source: VerificationSource {
            session: SessionId::parse("s").unwrap(),
            at: Timestamp::UNIX_EPOCH,
        },
    });
    assert_eq!(profile.full_name().unwrap().0.as_str(), "verified");
    profile.overrides.full_name = Some(name("override"));
    assert_eq!(profile.full_name().unwrap().1.origin, Origin::Override);
}

#[test]
fn lists_show_both_layers_without_repeating_an_entry() {
    let email = |text| Email::parse(text).unwrap();
    let mut profile = Profile::default();
    profile.declared.emails = vec![email("b@x"), email("a@x")];
    profile.verified.emails = vec![email("A@x"), email("c@x")];
    let shown: Vec<_> = profile.emails().into_iter().map(Email::as_str).collect();
    assert_eq!(shown, ["b@x", "a@x", "c@x"]);
}
