//! Fills the database: some users by reports, the others as copies of them, so that derived values match the sessions.

use reqwest::Method;
use serde_json::Value;

use super::IngestStage;
use super::crew::all_applied;
use super::reports::Report;
use crate::Error;
use crate::clock::now;
use crate::dice::Dice;

const BATCH: usize = 100;
/// Final statuses of old sessions and their shares in percent.
const ENDS: [(&str, u64); 6] = [
    ("Approved", 60),
    ("Declined", 15),
    ("In Review", 10),
    ("In Progress", 5),
    ("Abandoned", 5),
    ("Kyc Expired", 5),
];
/// Interval between the sessions of a user, in microseconds.
const DAY: i64 = 24 * 60 * 60 * 1_000_000;

/// Creates all users.
///
/// # Errors
/// If a report is not applied, or rows cannot be copied.
pub(super) async fn fill(stage: &IngestStage, seed: u64) -> Result<(), Error> {
    let population = stage.population;
    let client = stage.client();
    let mut dice = Dice::new(seed);
    let sessions = population.sessions_each();
    let mut waiting = Vec::with_capacity(BATCH);
    for number in 0..sessions {
        for user in 0..population.templates() {
            waiting.push(report(stage, user, number, sessions, &mut dice)?);
            if waiting.len() == BATCH {
                send(&client, std::mem::take(&mut waiting)).await?;
            }
        }
    }
    if !waiting.is_empty() {
        send(&client, waiting).await?;
    }
    let copies = population.copies();
    stage.query(move |rows| rows.multiply(copies)).await
}

async fn send(client: &super::stage::Client, reports: Vec<Value>) -> Result<(), Error> {
    let count = reports.len();
    let path = "/internal/v1/session-events/";
    let reports = Value::Array(reports);
    let answer = client.reports.send(client.address, Method::POST, path, &reports).await?;
    all_applied(&answer, count)
}

fn report(
    stage: &IngestStage,
    user: usize,
    number: usize,
    of: usize,
    dice: &mut Dice,
) -> Result<Value, Error> {
    let person = stage.population.person(user);
    let days_ago = i64::try_from(of - number)?;
    let later = i64::try_from(dice.below(1_000_000))?;
    let at = now().unix_micros() - days_ago * DAY + later;
    let at =
        users_domain::model::Timestamp::from_unix_micros(at).ok_or("the time is out of range")?;
    let report = Report {
        session: &person.session(number),
        person: &person,
        revision: 1,
        status: end(dice.below(100)),
        occurred_at: at.to_string(),
    };
    Ok(report.body())
}

fn end(mut percent: u64) -> &'static str {
    for (status, share) in ENDS {
        if percent < share {
            return status;
        }
        percent -= share;
    }
    "Approved"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_add_up_to_a_hundred() {
        assert_eq!(ENDS.iter().map(|(_, share)| share).sum::<u64>(), 100);
        assert_eq!(
            [end(0), end(59), end(60), end(99)],
            ["Approved", "Approved", "Declined", "Kyc Expired"]
        );
    }
}
