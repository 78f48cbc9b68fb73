//! What of a report cannot be used is left out and named, and the decision counts.

use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use super::{EARLIER, RISKS, SESSIONS, TRANSACTIONS, risk, session, transaction};
use crate::support::Api;

/// One member of a report that cannot be used, with its name and what its value begins with.
type Unusable = (&'static str, Value);

/// Anything but a text, a list or an object.
fn no_container() -> impl Strategy<Value = Value> + Clone {
    prop_oneof![
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
    ]
}

fn member(name: &'static str, value: Value) -> Unusable {
    (name, value)
}

/// A value that no identity may have, at one of its members.
fn in_identity() -> impl Strategy<Value = Unusable> + Clone {
    const NAMES: [&str; 4] = [
        "identity.full_name",
        "identity.date_of_birth",
        "identity.issuing_state",
        "identity.portrait_image_url",
    ];
    let wrong_type = prop_oneof![
        no_container(),
        Just(json!([])),
        Just(json!({"text": "Ada"})),
    ];
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

/// A value that cannot be used, at one of the other members of a session.
fn in_session() -> impl Strategy<Value = Unusable> + Clone {
    let list = || {
        let entry = prop_oneof![
            no_container(),
            Just(json!(null)),
            Just(json!("")),
            "[a-z]{255,300}".prop_map(Value::from),
        ];
        prop_oneof![no_container(), entry.prop_map(|entry| json!([entry]))]
    };
    prop_oneof![
        no_container().prop_map(|value| member("features", value)),
        no_container().prop_map(|value| member("identity", value)),
        "Approv|Potential Match|".prop_map(|text| member("features.AML", Value::from(text))),
        no_container().prop_map(|value| member("features.LIVENESS", value)),
        no_container().prop_map(|value| member("features.DEVICE_INTELLIGENCE", value)),
        list().prop_map(|value| member("approved_emails", value)),
        list().prop_map(|value| member("approved_phones", value)),
        (6..2000_u32).prop_map(|minutes| member("occurred_at", ahead(minutes))),
    ]
}

/// So many minutes after the first time of the clock of the API.
fn ahead(minutes: u32) -> Value {
    let at = testkit::second(minutes * 60);
    Value::from(at.to_string())
}

/// The report with this value in the place of this name.
fn with(mut report: Value, (name, value): &Unusable) -> Value {
    let place = match name.split_once('.') {
        Some((object, member)) => &mut report[object][member],
        None => &mut report[*name],
    };
    *place = value.clone();
    report
}

fn full(status: &str) -> Value {
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

/// Reports it twice, and answers what came of it and the user.
async fn applied_once(api: &Api, uri: &str, report: &Value) -> (Value, Value) {
    let first = api.reported(uri, report).await;
    assert_eq!(first["outcome"], "applied", "{first} {report}");
    let user = api.get("/v3/users/ada/").await.json();
    // A day later nothing is in the future any more.
    api.clock.advance(86_400_000_000 * 2);
    let again = api.report(uri, report).await.json();
    let repeated = &again["results"][0];
    assert_eq!(repeated["outcome"], "duplicate", "{again} {report}");
    assert_eq!(repeated["user"], first["user"]);
    assert_eq!(again["errors"], 0);
    (first["dropped"].clone(), user)
}

fn run(check: impl Future<Output = ()>) {
    actix_web::rt::System::new().block_on(check);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(128) })]

    #[test]
    fn a_decline_blocks_whatever_was_read_off_the_document(
        unusable in prop_oneof![in_identity(), in_session()]
    ) {
        run(async move {
            let api = Api::new().await;
            api.set("auto_block_on_decline", "true").await;
            let report = with(full("Declined"), &unusable);
            let (dropped, user) = applied_once(&api, SESSIONS, &report).await;
            assert_eq!((&user["status"], &user["declined_count"]), (&json!("BLOCKED"), &json!(1)));
            let looked_at = !unusable.0.starts_with("identity");
            assert_eq!(dropped, if looked_at { json!([unusable.0]) } else { Value::Null });
        });
    }

    #[test]
    fn an_approval_counts_with_all_of_it_that_can_be_used(
        unusable in prop_oneof![in_identity(), in_session()]
    ) {
        run(async move {
            let api = Api::new().await;
            let report = with(full("Approved"), &unusable);
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

    /// Another report is no repeat, even where what can be used of both is the same.
    #[test]
    fn what_is_left_out_is_compared_as_it_was_sent(
        (one, other) in (in_identity(), in_identity()).prop_filter("two", |(one, other)| one != other)
    ) {
        run(async move {
            let api = Api::new().await;
            applied_once(&api, SESSIONS, &with(full("Approved"), &one)).await;
            let another = with(full("Approved"), &other);
            let result = &api.report(SESSIONS, &another).await.json()["results"][0];
            let errors = json!({"revision": ["This revision was reported before with other content."]});
            assert_eq!(*result, json!({"outcome": "error", "errors": errors}));
        });
    }
}

#[actix_web::test]
async fn an_overturned_approval_is_none_whatever_the_document_says() {
    let api = Api::new().await;
    api.reported(SESSIONS, &full("Approved")).await;
    let mut overturned = with(full("Declined"), &("identity.issuing_state", json!("UTO")));
    overturned["revision"] = json!(2);
    api.reported(SESSIONS, &overturned).await;
    let user = api.get("/v3/users/ada/").await.json();
    assert_eq!(
        (
            &user["approved_count"],
            &user["declined_count"],
            &user["full_name"]
        ),
        (&json!(0), &json!(1), &Value::Null)
    );
}

#[actix_web::test]
async fn an_action_counts_wherever_it_stands() {
    let unknown = || std::iter::repeat_n(json!("notify_team"), 60);
    for (actions, dropped) in [
        (json!(["block", "notify_team"]), json!(["rule_actions"])),
        (json!([7, null, {}, "block"]), json!(["rule_actions"])),
        (
            unknown().chain([json!("block")]).collect(),
            json!(["rule_actions"]),
        ),
        (json!(["flag", "block"]), Value::Null),
    ] {
        let api = Api::new().await;
        let report = transaction(json!({"rule_actions": actions}));
        let (named, user) = applied_once(&api, TRANSACTIONS, &report).await;
        assert_eq!(
            (named, &user["status"]),
            (dropped, &json!("BLOCKED")),
            "{report}"
        );
    }
}

#[actix_web::test]
async fn a_time_ahead_of_the_clock_is_taken_as_now() {
    let api = Api::new().await;
    let report =
        transaction(json!({"rule_actions": ["block"], "occurred_at": "2026-01-01T00:06:00Z"}));
    let (dropped, user) = applied_once(&api, TRANSACTIONS, &report).await;
    assert_eq!(
        (dropped, &user["status"]),
        (json!(["occurred_at"]), &json!("BLOCKED"))
    );
    assert!(user["last_activity_at"].as_str().unwrap() < "2026-01-01T00:01:00Z");
}

#[actix_web::test]
async fn a_detail_is_cut_and_what_is_no_text_is_left_out() {
    for (detail, kept) in [
        (json!("é".repeat(1001)), Some("é".repeat(1000))),
        (json!({"list": "OFAC"}), None),
        (json!(7), None),
    ] {
        let api = Api::new().await;
        api.user("ada").await;
        let report = risk(json!({"kind": "blocklist_match", "detail": detail}));
        let (dropped, user) = applied_once(&api, RISKS, &report).await;
        assert_eq!(
            (dropped, &user["status"]),
            (json!(["detail"]), &json!("BLOCKED"))
        );
        let mut comments = user["comments"].as_array().unwrap().iter();
        let moved = comments.find(|comment| comment["comment_type"] == "STATUS_CHANGED");
        assert_eq!(moved.unwrap()["comment"], json!(kept));
    }
}

/// However much is left out, the answer names some of it only.
#[actix_web::test]
async fn the_names_of_what_is_left_out_are_limited() {
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
