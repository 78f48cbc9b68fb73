//! Tests of reports with unusable values: the values are left out and named, and the decision counts.

use serde_json::{Value, json};

use super::{EARLIER, RISKS, SESSIONS, TRANSACTIONS, risk, session, transaction};
use crate::support::Api;

/// An unusable member of a report: its name and its value.
type Unusable = (&'static str, Value);

const IDENTITY: [&str; 4] = [
    "identity.full_name",
    "identity.date_of_birth",
    "identity.issuing_state",
    "identity.portrait_image_url",
];

fn unusable_members() -> Vec<Unusable> {
    let long_url = format!("https://m.example.org/{}", "a".repeat(2049));
    let mut all = vec![
        ("identity.full_name", json!(" \t")),
        ("identity.full_name", json!("ADA\nLOVELACE")),
        ("identity.full_name", json!("x".repeat(513))),
        ("identity.date_of_birth", json!("1990-02-30")),
        ("identity.date_of_birth", json!("1899-12-31")),
        ("identity.issuing_state", json!("")),
        ("identity.issuing_state", json!("12")),
        ("identity.issuing_state", json!("UTO")),
        ("identity.portrait_image_url", json!("")),
        ("identity.portrait_image_url", json!("ftp://abc/")),
        ("identity.portrait_image_url", json!(long_url)),
        ("features.AML", json!("")),
        ("features.AML", json!("Approv")),
        ("features.LIVENESS", json!(null)),
        ("features.DEVICE_INTELLIGENCE", json!(7)),
        ("occurred_at", json!("2026-01-01T00:06:00Z")),
    ];
    for name in IDENTITY {
        all.extend([(name, json!(["Ada"])), (name, json!({"text": "Ada"}))]);
    }
    for name in ["approved_emails", "approved_phones"] {
        let entries = [json!(false), json!(7), json!(null), json!(""), json!("a".repeat(255))];
        all.extend(entries.map(|entry| (name, json!([entry]))));
    }
    let others = ["identity", "features", "features.AML", "approved_emails", "approved_phones"];
    for name in others.into_iter().chain(IDENTITY) {
        all.extend([(name, json!(true)), (name, json!(-7))]);
    }
    all
}

/// Returns the report with this member replaced.
fn with(mut report: Value, (name, value): &Unusable) -> Value {
    let place = match name.split_once('.') {
        Some((object, member)) => &mut report[object][member],
        None => &mut report[*name],
    };
    *place = value.clone();
    report
}

fn full_session(status: &str) -> Value {
    session(json!({
        "status": status,
        "features": {"ID_VERIFICATION": "Approved", "AML": "Approved"},
        "identity": {
            "full_name": "ADA LOVELACE", "date_of_birth": "1990-12-10", "issuing_state": "GBR",
            "portrait_image_url": "https://media.example.org/1.jpg",
        },
        "approved_emails": ["ada@example.org"],
        "approved_phones": ["+442071234567"],
    }))
}

/// Sends the report twice; returns the first result and the user.
async fn applied_once(api: &Api, uri: &str, report: &Value) -> (Value, Value) {
    let first = api.reported(uri, report).await;
    assert_eq!(first["outcome"], "applied", "{first} {report}");
    let user = api.get("/v3/users/ada/").await.json();
    // After two days no reported time is in the future.
    api.clock.advance(86_400_000_000 * 2);
    let again = api.report(uri, report).await.json();
    let repeated = &again["results"][0];
    assert_eq!(repeated["outcome"], "duplicate", "{again} {report}");
    assert_eq!(repeated["user"], first["user"]);
    assert_eq!(again["errors"], 0);
    (first["dropped"].clone(), user)
}

#[actix_web::test]
async fn a_decline_blocks_despite_unusable_values() {
    for unusable in unusable_members() {
        let api = Api::new().await;
        api.set("auto_block_on_decline", "true").await;
        let report = with(full_session("Declined"), &unusable);
        let (dropped, user) = applied_once(&api, SESSIONS, &report).await;
        assert_eq!((&user["status"], &user["declined_count"]), (&json!("BLOCKED"), &json!(1)));
        let is_checked = !unusable.0.starts_with("identity");
        assert_eq!(dropped, if is_checked { json!([unusable.0]) } else { Value::Null });
    }
}

#[actix_web::test]
async fn an_approval_counts_with_its_usable_values() {
    for unusable in unusable_members() {
        let api = Api::new().await;
        let report = with(full_session("Approved"), &unusable);
        let (dropped, user) = applied_once(&api, SESSIONS, &report).await;
        assert_eq!(dropped, json!([unusable.0]), "{unusable:?}");
        assert_eq!(user["approved_count"], 1);
        let shown = |name: &str, value: Value, other: Value| {
            if name.starts_with(unusable.0) { other } else { value }
        };
        for (field, name, value, other) in [
            ("full_name", "identity.full_name", json!("ADA LOVELACE"), Value::Null),
            ("date_of_birth", "identity.date_of_birth", json!("1990-12-10"), Value::Null),
            ("issuing_states", "identity.issuing_state", json!(["GBR"]), json!([])),
            ("approved_emails", "approved_emails", json!(["ada@example.org"]), json!([])),
        ] {
            assert_eq!(user[field], shown(name, value, other), "{unusable:?}");
        }
        let checked = shown("features", json!("Approved"), Value::Null);
        assert_eq!(user["features"]["ID_VERIFICATION"], checked, "{unusable:?}");
    }
}

/// A different report is not a repeat, even if the usable values of both are equal.
#[actix_web::test]
async fn unusable_values_are_compared_as_sent() {
    let api = Api::new().await;
    let sent =
        |state: &str| with(full_session("Approved"), &("identity.issuing_state", json!(state)));
    applied_once(&api, SESSIONS, &sent("UTO")).await;
    let result = &api.report(SESSIONS, &sent("12")).await.rows()[0];
    let errors = json!({"revision": ["This revision was reported before with other content."]});
    assert_eq!(*result, json!({"outcome": "error", "errors": errors}));
}

#[actix_web::test]
async fn an_overturned_approval_is_revoked_despite_unusable_values() {
    let api = Api::new().await;
    api.reported(SESSIONS, &full_session("Approved")).await;
    let mut overturned = with(full_session("Declined"), &("identity.issuing_state", json!("UTO")));
    overturned["revision"] = json!(2);
    api.reported(SESSIONS, &overturned).await;
    let user = api.get("/v3/users/ada/").await.json();
    assert_eq!(
        (&user["approved_count"], &user["declined_count"], &user["full_name"]),
        (&json!(0), &json!(1), &Value::Null)
    );
}

#[actix_web::test]
async fn an_action_counts_at_any_position() {
    let unknown = || std::iter::repeat_n(json!("notify_team"), 60);
    for (actions, dropped) in [
        (json!(["block", "notify_team"]), json!(["rule_actions"])),
        (json!([7, null, {}, "block"]), json!(["rule_actions"])),
        (unknown().chain([json!("block")]).collect(), json!(["rule_actions"])),
        (json!(["flag", "block"]), Value::Null),
    ] {
        let api = Api::new().await;
        let report = transaction(json!({"rule_actions": actions}));
        let (named, user) = applied_once(&api, TRANSACTIONS, &report).await;
        assert_eq!((named, &user["status"]), (dropped, &json!("BLOCKED")), "{report}");
    }
}

#[actix_web::test]
async fn a_future_time_is_treated_as_now() {
    let api = Api::new().await;
    let report =
        transaction(json!({"rule_actions": ["block"], "occurred_at": "2026-01-01T00:06:00Z"}));
    let (dropped, user) = applied_once(&api, TRANSACTIONS, &report).await;
    assert_eq!((dropped, &user["status"]), (json!(["occurred_at"]), &json!("BLOCKED")));
    assert!(user["last_activity_at"].as_str().unwrap() < "2026-01-01T00:01:00Z");
}

#[actix_web::test]
async fn a_long_detail_is_truncated_and_a_non_string_is_left_out() {
    for (detail, text) in [
        (json!("é".repeat(1001)), Some("é".repeat(1000))),
        (json!({"list": "OFAC"}), None),
        (json!(7), None),
    ] {
        let api = Api::new().await;
        api.user("ada").await;
        let report = risk(json!({"kind": "blocklist_match", "detail": detail}));
        let (dropped, user) = applied_once(&api, RISKS, &report).await;
        assert_eq!((dropped, &user["status"]), (json!(["detail"]), &json!("BLOCKED")));
        let mut comments = user["comments"].as_array().unwrap().iter();
        let change = comments.find(|comment| comment["comment_type"] == "STATUS_CHANGED");
        assert_eq!(change.unwrap()["comment"], json!(text));
    }
}

/// The response names only a limited number of left-out values.
#[actix_web::test]
async fn the_names_of_left_out_values_are_limited() {
    let api = Api::new().await;
    let unknown = (0..1000).map(|number| (format!("{number:>0300}"), json!("Approved")));
    let mut features: serde_json::Map<_, _> = unknown.collect();
    features.insert("AML".to_owned(), json!("Declined"));
    let report = session(json!({ "features": features, "occurred_at": EARLIER }));
    let result = api.reported(SESSIONS, &report).await;
    let dropped = result["dropped"].as_array().unwrap();
    assert_eq!(dropped.len(), 20);
    for name in dropped {
        assert_eq!(name.as_str().unwrap().chars().count(), 101, "{name}");
    }
    let user = api.get("/v3/users/ada/").await.json();
    assert_eq!(user["features"], json!({"AML": "Declined"}));
}
