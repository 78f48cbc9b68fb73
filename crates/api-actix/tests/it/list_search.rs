//! Tests of `search`, `email` and `phone`: matches and their order.

use serde_json::{Value, json};

use crate::list::{in_order, names};
use crate::support::Api;

/// Spellings of the same name or number: each form finds the other.
const SAME: [(&str, &str); 20] = [
    ("Łukasz Wałęsa", "lukasz walesa"),
    ("Đặng Thị Đức", "dang thi duc"),
    ("Æsa Lærke", "aesa laerke"),
    ("Þór Sigurður", "thor sigurdur"),
    ("YILDIZ", "Yıldız"),
    ("ışık", "IŞIK"),
    ("Əliyev", "ELIYEV"),
    ("Sinéad O’Connor", "o'connor"),
    ("Oʻtkir", "o`tkir"),
    ("Jean‑Luc", "jean-luc"),
    ("Anne–Marie", "anne-marie"),
    ("محـمد", "محمد"),
    ("علی\u{200c}رضا", "علیرضا"),
    ("كريم علي", "کریم علی"),
    ("فاطمة", "فاطمه"),
    ("Mar\u{200b}ia", "Maria"),
    ("Hans\u{ad}Peter", "HansPeter"),
    ("Anna Maria Schmidt", "Schmidt,Anna"),
    ("Ada\u{a0}Lovelace", "ada  lovelace"),
    ("Ελένη Йосиф", "ЙОСИФ ελενη"),
];

/// Different words.
const OTHER: [(&str, &str); 5] = [
    ("राम", "रमा"),
    ("ดี", "ดุ"),
    ("パパ", "ハハ"),
    ("রাম", "রমা"),
    ("Erika Mustermann", "\"mustermann erika\""),
];

async fn create(api: &Api, body: Value) {
    let reply = api.post("/v3/users/create/", body).await;
    assert_eq!(reply.status, 201, "{}", reply.body);
}

async fn found(api: &Api, query: &str, value: &str) -> Vec<String> {
    let pair = url(value);
    names(&api.get(&format!("/v3/users/?{query}={pair}")).await)
}

fn url(text: &str) -> String {
    text.bytes().fold(String::new(), |encoded, byte| format!("{encoded}%{byte:02X}"))
}

#[actix_web::test]
async fn a_name_is_found_in_every_spelling() {
    let api = Api::new().await;
    for (place, (stored, term)) in SAME.into_iter().enumerate() {
        create(&api, json!({"vendor_data": format!("{place}"), "full_name": stored})).await;
        create(&api, json!({"vendor_data": format!("{place}-back"), "full_name": term})).await;
        let both = [format!("{place}"), format!("{place}-back")];
        assert_eq!(found(&api, "search", term).await, both, "{term} for {stored}");
    }
    for (place, (stored, term)) in OTHER.into_iter().enumerate() {
        create(&api, json!({"vendor_data": format!("x{place}"), "full_name": stored})).await;
        assert_eq!(found(&api, "search", term).await, [""; 0], "{term} for {stored}");
        assert_eq!(found(&api, "search", stored).await, [format!("x{place}")]);
    }
    let vowel = api.get(&format!("/v3/users/?search={}", url("ั"))).await;
    assert_eq!(vowel.status, 200, "a single vowel can be searched");
}

#[actix_web::test]
async fn addresses_and_numbers_are_filters() {
    let api = Api::new().await;
    let ann = json!({"vendor_data": "ann", "approved_emails": ["Ann+1@example.org"], "approved_phones": ["+44 20 7946 0100"]});
    create(&api, ann).await;
    create(&api, json!({"vendor_data": "joann", "approved_emails": ["joann+1@example.org"], "approved_phones": ["020 7946 0100"]})).await;
    for address in ["Ann+1@example.org", "ann+1@EXAMPLE.org", "ann 1@example.org"] {
        assert_eq!(found(&api, "email", address).await, ["ann"], "{address}");
    }
    assert_eq!(found(&api, "email", "ann@example.org").await, [""; 0]);
    for number in ["+442079460100", "44 (20) 7946-0100", "４４２０７９４６０１００"] {
        assert_eq!(found(&api, "phone", number).await, ["ann"], "{number}");
    }
    assert_eq!(found(&api, "phone", "79460100").await, [""; 0]);
    for term in ["79460100", "7946-0100", "20 7946"] {
        assert_eq!(found(&api, "search", term).await, ["ann", "joann"], "{term}");
    }
    assert_eq!(found(&api, "search", "+44 20").await, ["ann"]);
    for (query, field, message) in [
        ("email=ann", "email", "Enter a valid email address."),
        ("phone=n/a", "phone", "Enter at least one digit of a phone number."),
    ] {
        let reply = api.get(&format!("/v3/users/?{query}")).await;
        reply.assert(400, &json!({ field: [message] }));
    }
}

#[actix_web::test]
async fn an_exact_match_comes_first_without_a_requested_order() {
    let api = Api::new().await;
    for name in ["joann-1", "ann", "joann-2"] {
        let email = format!(
            "{}@example.org",
            name.trim_end_matches(char::is_numeric).trim_end_matches('-')
        );
        create(&api, json!({"vendor_data": name, "approved_emails": [email]})).await;
    }
    for term in ["ann", "ANN%40example.org"] {
        let page = api.get(&format!("/v3/users/?search={term}")).await;
        assert_eq!(in_order(&page), ["ann", "joann-2", "joann-1"], "{term}");
    }
    let reply = api.get("/v3/users/?search=ann&ordering=-last_session_at").await;
    assert_eq!(in_order(&reply), ["joann-2", "ann", "joann-1"]);

    let mut walked = Vec::new();
    let mut target = "/v3/users/?search=ann&limit=1".to_owned();
    loop {
        let page = api.get(&target).await;
        walked.extend(in_order(&page));
        let Some(next) = page.json()["next"].as_str().map(str::to_owned) else {
            break;
        };
        target = next.split_once("/v3").map(|(_, rest)| format!("/v3{rest}")).unwrap();
    }
    assert_eq!(walked, ["ann", "joann-2", "joann-1"]);
    let last = api.get(&target).await.json();
    let previous = last["previous"].as_str().unwrap();
    let previous = format!("/v3{}", previous.split_once("/v3").unwrap().1);
    assert_eq!(in_order(&api.get(&previous).await), ["joann-2"]);
    // A cursor belongs to the order of its list.
    let other = api.get(&format!("{target}&ordering=-last_session_at")).await;
    let message = "Must be as in the request that the cursor came from, or left out.";
    other.assert(400, &json!({"ordering": [message]}));
}
