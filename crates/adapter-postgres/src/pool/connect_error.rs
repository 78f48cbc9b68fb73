//! Describes failures to connect without passwords.
//!
//! libpq quotes text that it could not parse, which may be part of an unescaped password. Only its messages about
//! servers are passed on completely.

use diesel::ConnectionError;

use super::connect_url::InvalidUrl;

/// The beginnings of libpq's messages about servers.
const OF_SERVERS: [&str; 2] = ["connection to server ", "could not translate host name "];

/// The failure in one line. Contains hosts, roles and databases, never passwords.
pub(crate) fn describe_connect_error(error: &ConnectionError) -> String {
    match (error, refusal(error)) {
        (_, Some(message)) => InvalidUrl::Refused(message).to_string(),
        (ConnectionError::BadConnection(text), None) => {
            text.split_whitespace().collect::<Vec<_>>().join(" ")
        }
        (_, None) => "the driver could not set up a connection".to_owned(),
    }
}

/// libpq's message about a URL that it rejects, up to the first quote; `None` for messages about a server.
pub(super) fn refusal(error: &ConnectionError) -> Option<String> {
    let ConnectionError::BadConnection(text) = error else {
        return None;
    };
    let is_of_a_server = OF_SERVERS.iter().any(|start| text.starts_with(start));
    let message = text.split('"').next().unwrap_or_default();
    (!is_of_a_server).then(|| message.trim_end_matches([':', ' ', '\n']).to_owned())
}

#[cfg(test)]
mod tests {
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
}
