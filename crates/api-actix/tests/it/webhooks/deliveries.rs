use serde_json::{Value, json};
use users_domain::model::webhooks::{Attempt, AttemptOutcome};

use super::{UNKNOWN_ID, URI, no_destination, path, shown_attempt, time};
use crate::support::{Api, Reply};

/// Returns a destination and its attempts at minutes 0, 1, 2 …, of which every third was delivered.
async fn attempts(api: &Api, count: usize) -> (Value, Vec<Attempt>) {
    let destination = api.destination("https://example.org/1").await;
    let add = |minute: usize| {
        api.attempt(&destination, |attempt| {
            attempt.created_at = time(&format!("2026-03-04T05:{minute:02}:00Z"));
            if minute.is_multiple_of(3) {
                attempt.outcome = AttemptOutcome::Delivered;
                attempt.status_code = Some(204);
            }
        })
    };
    let attempts = (0..count).map(add).collect();
    (destination, attempts)
}

fn ids(pages: &[Reply]) -> Vec<String> {
    pages.iter().flat_map(|page| page.column("uuid")).collect()
}

/// The ids of the attempts, newest first.
fn expected(attempts: &[Attempt]) -> Vec<String> {
    attempts.iter().rev().map(|attempt| attempt.id.to_string()).collect()
}

#[actix_web::test]
async fn a_page_holds_attempts_newest_first() {
    let api = Api::new().await;
    let (created, attempts) = attempts(&api, 2).await;
    let reply = api.get(&path(&created, "deliveries/?lmit=1")).await;
    assert_eq!(reply.ignored(), Some("lmit"));
    let newest = json!({
        "uuid": attempts[1].id.to_string(),
        "event_id": attempts[1].event.to_string(),
        "webhook_type": "user.data.updated",
        "created_at": "2026-03-04T05:01:00.000000Z",
    });
    let failed = json!({
        "trigger": "schedule", "attempt": 2, "outcome": "failed", "status_code": 500, "duration_ms": 30,
    });
    let newest = shown_attempt(&newest, failed);
    assert_eq!(reply.rows()[0], newest);
    assert_eq!(reply.column("uuid"), expected(&attempts));
    let page = reply.json();
    for name in ["count", "count_relation", "next", "previous"] {
        assert_eq!(page[name], Value::Null, "{name}");
    }
    let one = path(&created, &format!("deliveries/{}/", attempts[1].id));
    api.get(&one).await.assert(200, &newest);
}

#[actix_web::test]
async fn cursors_reach_the_end_while_attempts_are_added() {
    let api = Api::new().await;
    let (created, attempts) = attempts(&api, 7).await;
    let mut pages = vec![api.get(&path(&created, "deliveries/?limit=3")).await];
    while let Some(next) = pages.last().unwrap().link("next") {
        api.attempt(&created, |attempt| attempt.created_at = time("2026-03-05T00:00:00Z"));
        assert!(next.contains("limit=3"));
        pages.push(api.get(&next).await);
    }
    assert_eq!(ids(&pages), expected(&attempts));
    assert!(pages.iter().all(|page| page.link("previous").is_none()));
}

#[actix_web::test]
async fn a_cursor_contains_its_filters() {
    let api = Api::new().await;
    let (created, mut attempts) = attempts(&api, 9).await;
    let filters = "outcome=failed&date_from=2026-03-04T05:01:00Z&date_to=2026-03-04T05:08:00Z";
    let uri = path(&created, &format!("deliveries/?limit=2&{filters}"));
    let pages = api.walk(&uri, "next").await;
    attempts.truncate(8);
    attempts.retain(|attempt| attempt.outcome == AttemptOutcome::Failed);
    assert_eq!(ids(&pages), expected(&attempts));
    assert_eq!(pages.len(), 3);

    let next = pages[0].link("next").unwrap();
    let repeated = api.get(&format!("{next}&{filters}")).await;
    assert_eq!(repeated.rows(), pages[1].rows());
    let other = "Must be as in the request that the cursor came from, or left out.";
    let others = "outcome=delivered&date_from=2026-01-01&date_to=2027-01-01";
    let errors = json!({"outcome": [other], "date_from": [other], "date_to": [other]});
    api.get(&format!("{next}&{others}")).await.assert(400, &errors);
}

/// All attempts are of the same day.
#[actix_web::test]
async fn a_date_includes_its_whole_day() {
    let api = Api::new().await;
    let (created, _) = attempts(&api, 3).await;
    for (range, found) in [
        ("date_from=2026-03-04&date_to=2026-03-04", 3),
        ("date_from=2026-03-04&date_to=2026-03-03", 0),
        ("date_to=2026-03-03", 0),
        ("date_from=2026-03-05", 0),
        ("date_to=2026-03-04T00:00:00Z", 0),
        ("date_to=2026-03-04&limit=2", 3),
        // Links with the last valid date.
        ("date_to=9999-12-31&offset=0&limit=2", 3),
        ("date_to=9999-12-31T23:59:59-01:00&offset=0&limit=2", 3),
    ] {
        let pages = api.walk(&path(&created, &format!("deliveries/?{range}")), "next").await;
        assert_eq!(ids(&pages).len(), found, "{range}");
    }
}

#[actix_web::test]
async fn offset_links_lead_in_both_directions_with_the_same_filters() {
    let api = Api::new().await;
    let (created, attempts) = attempts(&api, 8).await;
    let filters = "outcome=failed,delivered&outcome=dead_lettered&date_from=2026-03-04";
    let page =
        api.get(&path(&created, &format!("deliveries/?offset=2&page_size=2&{filters}"))).await;
    let all = expected(&attempts);
    assert_eq!(page.column("uuid"), all[2..4]);
    let next = api.get(&page.link("next").unwrap()).await;
    assert_eq!(next.column("uuid"), all[4..6]);
    let previous = api.get(&page.link("previous").unwrap()).await;
    assert_eq!(previous.column("uuid"), all[..2]);
    assert_eq!(previous.link("previous"), None);
    let link = previous.link("next").unwrap();
    for part in
        ["offset=2", "limit=2", "outcome=failed", "outcome=dead_lettered", "date_from=2026-03-04"]
    {
        assert!(link.contains(part), "{link}");
    }
}

#[actix_web::test]
async fn each_parameter_has_specific_error_messages() {
    const RANGE: &str = "Ensure this value is between 1 and 1000.";
    const TIME: &str =
        "Datetime has wrong format. Use RFC 3339 or a date: YYYY-MM-DDThh:mm:ssZ, YYYY-MM-DD.";
    let api = Api::new().await;
    let created = api.destination("https://example.org/1").await;
    let differs = "Differs from limit, which means the same.";
    let outcome = "Invalid outcome. Valid options are: delivered, failed, dead_lettered";
    for (query, errors) in [
        ("limit=0&cursor=x", json!({"limit": [RANGE], "cursor": ["Invalid cursor."]})),
        ("page_size=x", json!({"page_size": ["A valid integer is required."]})),
        ("limit=1&page_size=2", json!({"page_size": [differs]})),
        ("offset=1000001", json!({"offset": ["Ensure this value is between 0 and 1000000."]})),
        ("date_from=x", json!({"date_from": [TIME]})),
        ("date_to=2026-13-01", json!({"date_to": [TIME]})),
        ("outcome=lost", json!({"outcome": [outcome]})),
    ] {
        let uri = path(&created, &format!("deliveries/?{query}"));
        api.get(&uri).await.assert(400, &errors);
        let unknown = api.get(&format!("{URI}{UNKNOWN_ID}/deliveries/?{query}")).await;
        unknown.assert(404, &no_destination());
    }
    let empty = "deliveries/?limit=&offset=&cursor=&date_from=&date_to=&outcome=";
    assert_eq!(api.get(&path(&created, empty)).await.status, 200);
}

#[actix_web::test]
async fn a_cursor_is_valid_only_for_its_destination() {
    let api = Api::new().await;
    let (created, _) = attempts(&api, 2).await;
    let other = api.destination("https://example.org/2").await;
    let next = api.get(&path(&created, "deliveries/?limit=1")).await.link("next").unwrap();
    let (_, query) = next.split_once('?').unwrap();
    assert_eq!(api.get(&next).await.status, 200);
    let invalid = json!({"cursor": ["Invalid cursor."]});
    for uri in [path(&other, "deliveries/"), "/v3/users/".to_owned()] {
        api.get(&format!("{uri}?{query}")).await.assert(400, &invalid);
    }
    let both = api.get(&format!("{next}&offset=0")).await;
    both.assert(400, &json!({"cursor": ["Cannot be combined with offset."]}));
}
