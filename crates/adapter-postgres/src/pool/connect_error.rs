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
mod tests;
