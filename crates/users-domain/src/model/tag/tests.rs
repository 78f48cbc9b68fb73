use super::*;

#[test]
fn id_and_colour_follow_from_application_and_name() {
    let at = Timestamp::from_unix_micros(0).unwrap();
    let tag = |application: u128, name: &str| {
        Tag::first_used(
            ApplicationId::new(uuid::Uuid::from_u128(application)),
            TagName::parse(name).unwrap(),
            at,
        )
    };
    assert_eq!(tag(1, "vip").id(), tag(1, "vip").id());
    assert_ne!(tag(1, "vip").id(), tag(2, "vip").id());
    assert_ne!(tag(1, "vip").id(), tag(1, "VIP").id());
    assert_eq!(tag(1, "vip").color(), tag(1, "vip").color());
}
