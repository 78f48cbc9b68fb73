use super::*;

#[test]
fn a_portrait_url_is_http_or_https() {
    for text in ["https://cdn.example/a.jpg?x=1", "http://h"] {
        assert_eq!(PortraitUrl::parse(text).unwrap().as_str(), text);
    }
    for text in
        ["", "portrait", "https://", "https:///x", "ftp://h/x", "https://a b", "https://a\0"]
    {
        assert_eq!(PortraitUrl::parse(text), Err(InvalidValue::NotAUrl), "{text}");
    }
    assert!(matches!(
        PortraitUrl::parse(format!("https://h/{}", "x".repeat(2048))),
        Err(InvalidValue::TooLong { max: 2048, .. })
    ));
}

#[test]
fn only_an_approved_session_stores_the_identity() {
    for status in SessionStatus::ALL {
        let state = SessionRevision::new(
            Revision::new(1).unwrap(),
            status,
            Timestamp::UNIX_EPOCH,
            Features::new(),
            Approval::default(),
        );
        let approved = status == SessionStatus::Approved;
        assert_eq!(state.approval().is_some(), approved, "{status:?}");
    }
}
