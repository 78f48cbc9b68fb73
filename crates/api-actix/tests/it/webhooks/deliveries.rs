use serde_json::{Value, json};
use users_domain::model::webhooks::{Attempt, AttemptOutcome};

use super::{UNKNOWN_ID, URI, no_destination, path, time};
use crate::support::{Api, Reply};

/// Adds attempts at minutes 0, 1, 2 …, of which every third was delivered.
fn attempts(api: &Api, destination: &Value, count: usize) -> Vec<Attempt> {
    (0..count)
        .map(|minute| {
            api.attempt(destination, |attempt| {
                attempt.created_at = time(&format!("2026-03-04T05:{minute:02}:00Z"));
                if minute % 3 == 0 {
                    attempt.outcome = AttemptOutcome::Delivered;
                    attempt.status_code = Some(204);
                }
            })
        })
        .collect()
}

fn ids(page: &Value) -> Vec<String> {
    let rows = page["results"].as_array().unwrap().iter();
    rows.map(|row| row["uuid"].as_str().unwrap().to_owned()).collect()
}

/// The ids of the attempts, newest first.
fn expected<'a>(attempts: impl DoubleEndedIterator<Item = &'a Attempt>) -> Vec<String> {
    attempts.rev().map(|attempt| attempt.id.to_string()).collect()
}

/// Requests the target of a link.
async fn follow(api: &Api, link: &Value) -> Reply {
    let link = link.as_str().unwrap();
    let (origin, path) = link.split_at(link.find("/v3/").unwrap());
    assert_eq!(origin, "http://localhost:8080");
    api.get(path).await
}

#[actix_web::test]
async fn a_page_holds_attempts_newest_first() {
    let api = Api::new().await;
    let created = api.destination("https://example.org/1").await;
    let attempts = attempts(&api, &created, 2);
    let reply = api.get(&path(&created, "deliveries/?lmit=1")).await;
    assert_eq!(reply.header("x-ignored-fields"), Some("lmit"));
    let failed = json!({
        "uuid": attempts[1].id.to_string(),
        "event_id": attempts[1].event.to_string(),
        "webhook_type": "user.data.updated",
        "trigger": "schedule",
        "attempt": 2,
        "outcome": "failed",
        "status_code": 500,
        "error": null,
        "duration_ms": 30,
        "created_at": "2026-03-04T05:01:00.000000Z",
        "next_attempt_at": null,
    });
    let page = reply.json();
    assert_eq!(page["results"][0], failed);
    assert_eq!(ids(&page), expected(attempts.iter()));
    for name in ["count", "count_relation", "next", "previous"] {
        assert_eq!(page[name], Value::Null, "{name}");
    }
    let one = path(&created, &format!("deliveries/{}/", attempts[1].id));
    api.get(&one).await.assert(200, &failed);
}

#[actix_web::test]
async fn cursors_reach_the_end_while_attempts_are_added() {
    let api = Api::new().await;
    let created = api.destination("https://example.org/1").await;
    let attempts = attempts(&api, &created, 7);
    let mut page = api.get(&path(&created, "deliveries/?limit=3")).await.json();
    let mut seen = ids(&page);
    while !page["next"].is_null() {
        api.attempt(&created, |attempt| {
            attempt.created_at = time("2026-03-05T00:00:00Z");
        });
        assert!(page["next"].as_str().unwrap().contains("limit=3"));
        page = follow(&api, &page["next"]).await.json();
        assert_eq!(page["previous"], Value::Null);
        seen.extend(ids(&page));
    }
    assert_eq!(seen, expected(attempts.iter()));
}

#[actix_web::test]
async fn a_cursor_contains_its_filters() {
    let api = Api::new().await;
    let created = api.destination("https://example.org/1").await;
    let attempts = attempts(&api, &created, 9);
    let filters = "outcome=failed&date_from=2026-03-04T05:01:00Z&date_to=2026-03-04T05:08:00Z";
    let failed = || {
        let minutes = attempts.iter().enumerate().filter(|(minute, _)| minute % 3 != 0);
        minutes.map(|(_, attempt)| attempt).filter(|attempt| **attempt != attempts[8])
    };
    let uri = path(&created, &format!("deliveries/?limit=2&{filters}"));
    let first = api.get(&uri).await.json();
    let second = follow(&api, &first["next"]).await.json();
    let third = follow(&api, &second["next"]).await.json();
    let seen = [ids(&first), ids(&second), ids(&third)].concat();
    assert_eq!(seen, expected(failed().collect::<Vec<_>>().into_iter()));
    assert_eq!(third["next"], Value::Null);

    let next = first["next"].as_str().unwrap();
    let next = next.split_at(next.find("/v3/").unwrap()).1;
    let repeated = api.get(&format!("{next}&{filters}")).await.json();
    assert_eq!(repeated["results"], second["results"]);
    let other = "Must be as in the request that the cursor came from, or left out.";
    let reply =
        api.get(&format!("{next}&outcome=delivered&date_from=2026-01-01&date_to=2027-01-01")).await;
    reply.assert(400, &json!({"outcome": [other], "date_from": [other], "date_to": [other]}));
}

/// All attempts are of the same day.
#[actix_web::test]
async fn a_date_includes_its_whole_day() {
    let api = Api::new().await;
    let created = api.destination("https://example.org/1").await;
    attempts(&api, &created, 3);
    for (range, found) in [
        ("date_from=2026-03-04&date_to=2026-03-04", 3),
        ("date_from=2026-03-04&date_to=2026-03-03", 0),
        ("date_to=2026-03-03", 0),
        ("date_from=2026-03-05", 0),
        ("date_to=2026-03-04T00:00:00Z", 0),
    ] {
        let page = api.get(&path(&created, &format!("deliveries/?{range}"))).await;
        assert_eq!(ids(&page.json()).len(), found, "{range}");
    }
    let uri = path(&created, "deliveries/?date_to=2026-03-04&limit=2");
    let first = api.get(&uri).await.json();
    let second = follow(&api, &first["next"]).await.json();
    assert_eq!(ids(&second).len(), 1);
}

#[actix_web::test]
async fn offset_links_lead_in_both_directions_with_the_same_filters() {
    let api = Api::new().await;
    let created = api.destination("https://example.org/1").await;
    let attempts = attempts(&api, &created, 8);
    let uri = "deliveries/?offset=2&page_size=2&outcome=failed,delivered&outcome=dead_lettered&date_from=2026-03-04";
    let page = api.get(&path(&created, uri)).await.json();
    let all = expected(attempts.iter());
    assert_eq!(ids(&page), all[2..4]);
    let next = follow(&api, &page["next"]).await.json();
    assert_eq!(ids(&next), all[4..6]);
    let previous = follow(&api, &page["previous"]).await.json();
    assert_eq!(ids(&previous), all[..2]);
    assert_eq!(previous["previous"], Value::Null);
    let link = previous["next"].as_str().unwrap();
    for part in
        ["offset=2", "limit=2", "outcome=failed", "outcome=dead_lettered", "date_from=2026-03-04"]
    {
        assert!(link.contains(part), "{link}");
    }
}

#[actix_web::test]
async fn a_link_with_the_last_valid_date_can_be_followed() {
    let api = Api::new().await;
    let created = api.destination("https://example.org/1").await;
    let attempts = attempts(&api, &created, 4);
    for time in ["9999-12-31", "9999-12-31T23:59:59-01:00"] {
        let uri = format!("deliveries/?offset=0&limit=2&date_to={time}");
        let page = api.get(&path(&created, &uri)).await.json();
        let next = follow(&api, &page["next"]).await;
        assert_eq!(next.status, 200, "{}", next.body);
        assert_eq!(ids(&next.json()), expected(attempts.iter())[2..4]);
    }
}

#[actix_web::test]
async fn each_parameter_has_specific_error_messages() {
    let api = Api::new().await;
    let created = api.destination("https://example.org/1").await;
    let time_message =
        "Datetime has wrong format. Use RFC 3339 or a date: YYYY-MM-DDThh:mm:ssZ, YYYY-MM-DD.";
    for (query, errors) in [
        ("limit=0", json!({"limit": ["Ensure this value is between 1 and 1000."]})),
        ("page_size=x", json!({"page_size": ["A valid integer is required."]})),
        (
            "limit=1&page_size=2",
            json!({"page_size": ["Differs from limit, which means the same."]}),
        ),
        ("offset=1000001", json!({"offset": ["Ensure this value is between 0 and 1000000."]})),
        (
            "cursor=x&limit=0",
            json!({"cursor": ["Invalid cursor."], "limit": ["Ensure this value is between 1 and 1000."]}),
        ),
        ("date_from=x", json!({ "date_from": [time_message] })),
        ("date_to=2026-13-01", json!({ "date_to": [time_message] })),
        (
            "outcome=lost",
            json!({"outcome": ["Invalid outcome. Valid options are: delivered, failed, dead_lettered"]}),
        ),
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
    let created = api.destination("https://example.org/1").await;
    let other = api.destination("https://example.org/2").await;
    attempts(&api, &created, 2);
    let page = api.get(&path(&created, "deliveries/?limit=1")).await.json();
    let next = page["next"].as_str().unwrap();
    let cursor = next.split("cursor=").nth(1).unwrap();
    let cursor = cursor.split('&').next().unwrap();
    let with = |destination: &Value, rest: &str| {
        path(destination, &format!("deliveries/?cursor={cursor}{rest}"))
    };
    assert_eq!(api.get(&with(&created, "")).await.status, 200);
    let invalid = json!({"cursor": ["Invalid cursor."]});
    api.get(&with(&other, "")).await.assert(400, &invalid);
    let users = api.get(&format!("/v3/users/?cursor={cursor}")).await;
    users.assert(400, &invalid);
    let both = api.get(&with(&created, "&offset=0")).await;
    both.assert(400, &json!({"cursor": ["Cannot be combined with offset."]}));
}
