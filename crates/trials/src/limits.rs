//! Load on a rate limit that several processes share, and the check of the responses.

use std::net::SocketAddr;
use std::time::Duration;

use reqwest::Method;
use serde_json::Value;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use crate::Error;
use crate::api::Api;
use crate::service::API_KEY;

/// Window of the rate limit.
pub const WINDOW: Duration = Duration::from_mins(1);

/// Pause of a client after a rejected request.
const PAUSE: Duration = Duration::from_millis(20);

/// A cheap query.
const PATH: &str = "/v3/users/?count=none&limit=1";

/// An admitted request; it was admitted between these times.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Admitted {
    /// When it was sent.
    pub sent: Instant,
    /// When the response had arrived.
    pub answered: Instant,
}

/// Responses to all clients.
#[derive(Debug, Clone, Default)]
pub struct Answers {
    /// Requests with status 200.
    pub admitted: Vec<Admitted>,
    /// Number of requests with status 429.
    pub refused: usize,
}

impl Answers {
    /// Maximum number of requests that were certainly admitted within one window, for any start of the window.
    #[must_use]
    pub fn most_in_a_window(&self) -> usize {
        let within = |first: &Admitted| {
            let end = first.sent + WINDOW;
            let inside = |one: &&Admitted| one.sent >= first.sent && one.answered < end;
            self.admitted.iter().filter(inside).count()
        };
        self.admitted.iter().map(within).max().unwrap_or(0)
    }
}

/// Sends requests to all processes for `duration`, with `clients_of_each` clients per process.
///
/// # Errors
/// If a request gets no response or a status other than 200 and 429.
pub async fn generate_load(
    processes: &[SocketAddr],
    clients_of_each: usize,
    duration: Duration,
) -> Result<Answers, Error> {
    let end = Instant::now() + duration;
    let mut clients = JoinSet::new();
    for process in processes {
        for _ in 0..clients_of_each {
            clients.spawn(client(*process, end));
        }
    }
    let mut all = Answers::default();
    while let Some(answers) = clients.join_next().await {
        let answers = answers??;
        all.admitted.extend(answers.admitted);
        all.refused += answers.refused;
    }
    Ok(all)
}

async fn client(process: SocketAddr, end: Instant) -> Result<Answers, Error> {
    let api = Api::new(API_KEY)?;
    let mut answers = Answers::default();
    while Instant::now() < end {
        let sent = Instant::now();
        let answer = api.send(process, Method::GET, PATH, &Value::Null).await?;
        match answer.status {
            200 => answers.admitted.push(Admitted {
                sent,
                answered: Instant::now(),
            }),
            429 => {
                answers.refused += 1;
                sleep(PAUSE).await;
            }
            other => return Err(format!("response {other}: {}", answer.body).into()),
        }
    }
    Ok(answers)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answers(times: &[(u64, u64)]) -> Answers {
        let origin = Instant::now();
        let at = |seconds| origin + Duration::from_secs(seconds);
        let admitted = times.iter().map(|(sent, answered)| Admitted {
            sent: at(*sent),
            answered: at(*answered),
        });
        Answers {
            admitted: admitted.collect(),
            refused: 0,
        }
    }

    #[test]
    fn the_fullest_window_counts_wherever_it_begins() {
        assert_eq!(answers(&[]).most_in_a_window(), 0);
        let spread = answers(&[(0, 1), (50, 51), (70, 71), (90, 91), (109, 109)]);
        assert_eq!(spread.most_in_a_window(), 4);
    }

    #[test]
    fn requests_that_may_lie_outside_the_window_do_not_count() {
        assert_eq!(answers(&[(0, 1), (59, 60)]).most_in_a_window(), 1);
        assert_eq!(answers(&[(0, 1), (58, 59)]).most_in_a_window(), 2);
    }
}
