//! Reports of a service that runs verification sessions (docs/API.md).

use serde_json::{Value, json};

use super::population::{Person, Population};
use crate::clock::now;
use crate::dice::Dice;

const PERCENT_APPROVED: u64 = 80;
/// Number of concurrent sessions of one connection.
const OPEN_AT_ONCE: usize = 300;

/// Contents of one report.
pub(super) struct Report<'a> {
    pub(super) session: &'a str,
    pub(super) person: &'a Person,
    pub(super) revision: u64,
    pub(super) status: &'a str,
    /// RFC 3339.
    pub(super) occurred_at: String,
}

impl Report<'_> {
    /// JSON body of the report.
    pub(super) fn body(&self) -> Value {
        let mut body = json!({
            "session_id": self.session,
            "vendor_data": self.person.vendor_data(),
            "revision": self.revision,
            "status": self.status,
            "occurred_at": self.occurred_at,
            "features": features(self.status),
        });
        if self.status == "Approved" {
            body["identity"] = json!({
                "full_name": self.person.full_name(),
                "date_of_birth": "1990-04-17",
                "issuing_state": "ESP",
                "portrait_image_url": format!("https://media.example/portraits/{}.jpg", self.session),
            });
            body["approved_emails"] = json!([self.person.email()]);
            body["approved_phones"] = json!([self.person.phone()]);
        }
        body
    }
}

fn features(status: &str) -> Value {
    let (document, face, screening) = match status {
        "Approved" | "Kyc Expired" => ("Approved", "Approved", "Approved"),
        "Declined" => ("Approved", "Declined", "Approved"),
        "In Review" => ("Approved", "In Review", "In Review"),
        _ => ("Not Finished", "Not Finished", "Not Finished"),
    };
    json!({"ID_VERIFICATION": document, "LIVENESS": face, "FACE_MATCH": face, "AML": screening})
}

struct Open {
    session: String,
    user: usize,
    in_review: bool,
}

/// Endless reports of one connection: sessions of random users begin, enter review and are decided.
pub(super) struct Reporter {
    name: String,
    population: Population,
    dice: Dice,
    begun: u64,
    open: Vec<Open>,
}

impl Reporter {
    /// Creates a reporter; `name` is the prefix of its session ids.
    pub(super) const fn new(name: String, population: Population, dice: Dice) -> Self {
        Self { name, population, dice, begun: 0, open: Vec::new() }
    }

    /// Returns a random user.
    pub(super) fn person(&mut self) -> Person {
        let number = self.dice.index(self.population.users());
        self.population.person(number)
    }

    /// Returns the next report. Once enough sessions are open, every third report begins one.
    pub(super) fn next(&mut self) -> Value {
        if self.open.len() < OPEN_AT_ONCE { self.begin() } else { self.advance() }
    }

    fn begin(&mut self) -> Value {
        self.begun += 1;
        let open = Open {
            session: format!("{}-{}", self.name, self.begun),
            user: self.dice.index(self.population.users()),
            in_review: false,
        };
        let report = self.report(&open, 1, "In Progress");
        self.open.push(open);
        report
    }

    fn advance(&mut self) -> Value {
        let index = self.dice.index(self.open.len());
        // The list is not empty, so the index is valid.
        let mut open = self.open.swap_remove(index);
        if open.in_review {
            let approved = self.dice.percent(PERCENT_APPROVED);
            return self.report(&open, 3, if approved { "Approved" } else { "Declined" });
        }
        open.in_review = true;
        let report = self.report(&open, 2, "In Review");
        self.open.push(open);
        report
    }

    fn report(&self, open: &Open, revision: u64, status: &str) -> Value {
        let report = Report {
            session: &open.session,
            person: &self.population.person(open.user),
            revision,
            status,
            occurred_at: now().to_string(),
        };
        report.body()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    #[test]
    fn every_session_begins_enters_review_and_is_decided() {
        let population = Population::new(50, 0).unwrap();
        let mut reporter = Reporter::new("test".to_owned(), population, Dice::new(1));
        let mut known: HashMap<String, (u64, String)> = HashMap::new();
        let mut decided = 0;
        for _ in 0..5_000 {
            let report = reporter.next();
            let session = report["session_id"].as_str().unwrap().to_owned();
            let user = report["vendor_data"].as_str().unwrap().to_owned();
            let revision = report["revision"].as_u64().unwrap();
            let before = known.insert(session, (revision, user.clone()));
            assert_eq!(
                before.map_or(0, |(revision, before)| {
                    assert_eq!(before, user);
                    revision
                }),
                revision - 1
            );
            let approved = report["status"] == "Approved";
            assert_eq!(report["identity"].is_object(), approved);
            decided += usize::from(revision == 3);
        }
        assert_eq!(known.len(), decided + OPEN_AT_ONCE);
        assert!(decided > 1_000, "{decided}");
    }
}
