//! Tests of reports with unusable values: the values are left out and named, and the decision counts.

use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use super::{EARLIER, RISKS, SESSIONS, TRANSACTIONS, risk, session, transaction};
use crate::support::Api;

/// An unusable member of a report: its name and its value.
type Unusable = (&'static str, Value);

/// Generates a boolean or a number.
fn boolean_or_number() -> impl Strategy<Value = Value> + Clone {
    prop_oneof![any::<bool>().prop_map(Value::from), any::<i32>().prop_map(Value::from),]
}

fn member(name: &'static str, value: Value) -> Unusable {
    (name, value)
}

/// Generates an unusable member of an identity.
fn in_identity() -> impl Strategy<Value = Unusable> + Clone {
    const NAMES: [&str; 4] = [
        "identity.full_name",
        "identity.date_of_birth",
        "identity.issuing_state",
        "identity.portrait_image_url",
    ];
    let wrong_type =
        prop_oneof![boolean_or_number(), Just(json!([])), Just(json!({"text": "Ada"})),];
    let text = prop_oneof![
        ("[ \t]{0,3}").prop_map(|text| ("identity.full_name", text)),
        ("[A-Z]{1,8}[\n\r\t][A-Z]{1,8}").prop_map(|text| ("identity.full_name", text)),
        (513..600_usize).prop_map(|length| ("identity.full_name", "x".repeat(length))),
        ("(19|20)[0-9]{2}-(02-3[01]|1[3-9]-01|00-00)")
            .prop_map(|text| ("identity.date_of_birth", text)),
        ("(1[0-8]|2[1-9])[0-9]{2}-01-01").prop_map(|text| ("identity.date_of_birth", text)),
        ("[0-9]{1,3}|[A-Z]{4,9}|UTO|").prop_map(|text| ("identity.issuing_state", text)),
        ("[a-z]{0,9}|ftp://[a-z]{3}/").prop_map(|text| ("identity.portrait_image_url", text)),
        (2049..2500_usize).prop_map(|length| {
            let url = format!("https://m.example.org/{}", "a".repeat(length));
            ("identity.portrait_image_url", url)
        }),
    ];
    prop_oneof![
        (select(&NAMES[..]), wrong_type),
        text.prop_map(|(name, text)| member(name, Value::from(text))),
    ]
}

/// Generates an unusable member of a session outside of the identity.
fn in_session() -> impl Strategy<Value = Unusable> + Clone {
    let list = || {
        let entry = prop_oneof![
            boolean_or_number(),
            Just(json!(null)),
            Just(json!("")),
            "[a-z]{255,300}".prop_map(Value::from),
        ];
        prop_oneof![boolean_or_number(), entry.prop_map(|entry| json!([entry]))]
    };
    prop_oneof![
        boolean_or_number().prop_map(|value| member("features", value)),
        boolean_or_number().prop_map(|value| member("identity", value)),
        "Approv|Potential Match|".prop_map(|text| member("features.AML", Value::from(text))),
        boolean_or_number().prop_map(|value| member("features.LIVENESS", value)),
        boolean_or_number().prop_map(|value| member("features.DEVICE_INTELLIGENCE", value)),
        list().prop_map(|value| member("approved_emails", value)),
        list().prop_map(|value| member("approved_phones", value)),
        (6..2000_u32).prop_map(|minutes| member("occurred_at", ahead(minutes))),
    ]
}

/// Returns the time this many minutes after the start of the API's clock.
fn ahead(minutes: u32) -> Value {
    let at = testkit::second(minutes * 60);
    Value::from(at.to_string())
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

fn block_on(check: impl Future<Output = ()>) {
    actix_web::rt::System::new().block_on(check);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(128) })]

    #[test]
    fn a_decline_blocks_despite_unusable_values(
        unusable in prop_oneof![in_identity(), in_session()]
    ) {
        block_on(async move {
            let api = Api::new().await;
            api.set("auto_block_on_decline", "true").await;
            let report = with(full_session("Declined"), &unusable);
            let (dropped, user) = applied_once(&api, SESSIONS, &report).await;
            assert_eq!((&user["status"], &user["declined_count"]), (&json!("BLOCKED"), &json!(1)));
            let is_checked = !unusable.0.starts_with("identity");
            assert_eq!(dropped, if is_checked { json!([unusable.0]) } else { Value::Null });
        });
    }

    #[test]
    fn an_approval_counts_with_its_usable_values(
        unusable in prop_oneof![in_identity(), in_session()]
    ) {
        block_on(async move {
            let api = Api::new().await;
            let report = with(full_session("Approved"), &unusable);
            let (dropped, user) = applied_once(&api, SESSIONS, &report).await;
            assert_eq!(dropped, json!([unusable.0]));
            assert_eq!(user["approved_count"], 1);
            let used = |name: &str| !name.starts_with(unusable.0);
            let shown = |field: &str, value: Value| if used(&format!("identity.{field}")) { value } else { Value::Null };
            assert_eq!(user["full_name"], shown("full_name", json!("ADA LOVELACE")));
            assert_eq!(user["date_of_birth"], shown("date_of_birth", json!("1990-12-10")));
            let states = if used("identity.issuing_state") { json!(["GBR"]) } else { json!([]) };
            assert_eq!(user["issuing_states"], states);
            let emails = if used("approved_emails") { json!(["ada@example.org"]) } else { json!([]) };
            assert_eq!(user["approved_emails"], emails);
            let checked = user["features"]["ID_VERIFICATION"] == "Approved";
            assert_eq!(checked, used("features"));
        });
    }

    /// A different report is not a repeat, even if the usable values of both are equal.
    #[test]
    fn unusable_values_are_compared_as_sent(
        (one, other) in (in_identity(), in_identity()).prop_filter("two", |(one, other)| one != other)
    ) {
        block_on(async move {
            let api = Api::new().await;
            applied_once(&api, SESSIONS, &with(full_session("Approved"), &one)).await;
            let another = with(full_session("Approved"), &other);
            let result = &api.report(SESSIONS, &another).await.json()["results"][0];
            let errors = json!({"revision": ["This revision was reported before with other content."]});
            assert_eq!(*result, json!({"outcome": "error", "errors": errors}));
        });
    }
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
