//! A limit that several processes share: clients that ask all the time, and what must hold of what they were answered.

use std::net::SocketAddr;
use std::time::Duration;

use reqwest::Method;
use serde_json::Value;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use crate::Error;
use crate::api::Api;
use crate::service::API_KEY;

/// How long a request counts.
pub const WINDOW: Duration = Duration::from_mins(1);

/// A client that was refused asks again after this time.
const PAUSE: Duration = Duration::from_millis(20);

/// Costs the database next to nothing.
const PATH: &str = "/v3/users/?count=none&limit=1";

/// A request that was admitted, at some time between these.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Admitted {
    /// When it was sent.
    pub sent: Instant,
    /// When its answer was there.
    pub answered: Instant,
}

/// What clients were answered.
#[derive(Debug, Clone, Default)]
pub struct Answers {
    /// With 200.
    pub admitted: Vec<Admitted>,
    /// How many with 429.
    pub refused: usize,
}

impl Answers {
    /// The most that were certainly admitted within one window, wherever it begins.
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

/// Asks all processes for so long, each by so many clients.
///
/// # Errors
/// When a request has no answer, or another than 200 and 429.
pub async fn ask(
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
            other => return Err(format!("answered with {other}: {}", answer.body).into()),
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
    fn a_window_begins_anywhere() {
        assert_eq!(answers(&[]).most_in_a_window(), 0);
        let spread = answers(&[(0, 1), (50, 51), (70, 71), (90, 91), (109, 109)]);
        assert_eq!(spread.most_in_a_window(), 4);
    }

    #[test]
    fn what_may_have_been_admitted_outside_is_not_held_against_it() {
        assert_eq!(answers(&[(0, 1), (59, 60)]).most_in_a_window(), 1);
        assert_eq!(answers(&[(0, 1), (58, 59)]).most_in_a_window(), 2);
    }
}
