use super::*;

fn of(text: &str) -> String {
    describe_connect_error(&ConnectionError::BadConnection(text.to_owned()))
}

#[test]
fn messages_about_servers_are_returned_in_one_line() {
    assert_eq!(
        of("connection to server at \"h\", port 1 failed: refused\n\tIs the server running?\n"),
        "connection to server at \"h\", port 1 failed: refused Is the server running?"
    );
    assert!(of("could not translate host name \"h\" to address: no").contains("\"h\""));
}

#[test]
fn text_that_libpq_could_not_parse_is_never_returned() {
    for text in [
        "invalid percent-encoded token: \"Secr%etPw\"",
        "invalid integer value \"Secret\" for connection option \"port\"",
        "missing key/value separator \"=\" in URI query parameter: \"Secret\"",
        "unexpected character \"S\" at position 3 in URI: \"postgres://Secret\"",
    ] {
        assert!(!of(text).contains("Secr"), "{text}");
    }
}
