//! What may be told of a failure to connect.
//!
//! libpq quotes what it could not parse, and that may be a piece of a password that was not escaped. Only what it says of
//! servers is passed on whole.

use diesel::ConnectionError;

use super::connect_url::InvalidUrl;

/// How the texts of libpq begin that are about a server.
const OF_SERVERS: [&str; 2] = ["connection to server ", "could not translate host name "];

/// The failure in one line. Names hosts, roles and databases, never passwords.
pub(crate) fn told(error: &ConnectionError) -> String {
    match (error, refusal(error)) {
        (_, Some(said)) => InvalidUrl::Refused(said).to_string(),
        (ConnectionError::BadConnection(text), None) => {
            text.split_whitespace().collect::<Vec<_>>().join(" ")
        }
        (_, None) => "the driver could not set up a connection".to_owned(),
    }
}

/// What libpq says of a URL that it does not accept, up to what it quotes; none where it is about a server.
pub(super) fn refusal(error: &ConnectionError) -> Option<String> {
    let ConnectionError::BadConnection(text) = error else {
        return None;
    };
    let is_of_a_server = OF_SERVERS.iter().any(|start| text.starts_with(start));
    let said = text.split('"').next().unwrap_or_default();
    (!is_of_a_server).then(|| said.trim_end_matches([':', ' ', '\n']).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> String {
        told(&ConnectionError::BadConnection(text.to_owned()))
    }

    #[test]
    fn what_libpq_says_of_servers_is_told_in_one_line() {
        assert_eq!(
            of("connection to server at \"h\", port 1 failed: refused\n\tIs the server running?\n"),
            "connection to server at \"h\", port 1 failed: refused Is the server running?"
        );
        assert!(of("could not translate host name \"h\" to address: no").contains("\"h\""));
    }

    #[test]
    fn what_libpq_could_not_parse_is_never_told() {
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
