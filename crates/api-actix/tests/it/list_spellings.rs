//! Tests of alternative spellings of list parameters, and of page numbers.

use serde_json::{Value, json};

use crate::list::{in_order, names};
use crate::support::Api;

async fn populated() -> Api {
    let api = Api::new().await;
    for body in [
        json!({"vendor_data": "one", "status": "BLOCKED", "tags": ["vip"], "issuing_states": ["ESP"],
            "metadata": {"tier": "gold", "address": {"country": "DE"}, "0": "zero"}}),
        json!({"vendor_data": "two", "metadata": {"tier": "silver", "a[b]": "c"}}),
    ] {
        let reply = api.post("/v3/users/create/", body).await;
        assert_eq!(reply.status, 201, "{}", reply.body);
    }
    api
}

/// Every spelling of a parameter has the effect of its documented name.
#[actix_web::test]
async fn every_spelling_of_a_parameter_is_accepted() {
    let api = populated().await;
    let spellings: [fn(&str) -> String; 6] = [
        |name| name.to_owned(),
        |name| format!("{name}[]"),
        |name| format!("{name}%5B%5D"),
        |name| format!("{name}[0]"),
        |name| format!("filter[{name}]"),
        |name| format!("filter[{name}][]"),
    ];
    for (name, value) in [
        ("status", "BLOCKED"),
        ("statuses", "BLOCKED"),
        ("tag", "vip"),
        ("tags", "vip"),
        ("country", "ESP"),
        ("country_code", "ES"),
        ("countries", "ESP"),
        ("vendor_data", "one"),
        ("search", "one"),
    ] {
        for spelling in spellings {
            let query = format!("{}={value}", spelling(name));
            let reply = api.get(&format!("/v3/users/?{query}")).await;
            assert_eq!(names(&reply), ["one"], "{query}");
            assert_eq!(reply.header("x-ignored-fields"), None, "{query}");
        }
    }
    for (query, found) in [
        ("metadata[tier]=gold", "one"),
        ("metadata%5Btier%5D=gold", "one"),
        ("filter[metadata][tier]=gold", "one"),
        ("filter[metadata.tier]=gold", "one"),
        ("metadata.tier[]=gold&metadata.tier[]=bronze", "one"),
        ("metadata[address][country]=DE", "one"),
        ("metadata[0]=zero", "one"),
        ("metadata.a[b]=c", "two"),
    ] {
        let reply = api.get(&format!("/v3/users/?{query}")).await;
        assert_eq!(names(&reply), [found], "{query}");
    }
}

#[actix_web::test]
async fn other_lists_accept_the_same_spellings() {
    let api = populated().await;
    let log = api.get("/v3/audit-log/?filter[operation]=create_user").await;
    let plain = api.get("/v3/audit-log/?operation=create_user").await;
    assert_eq!(log.json()["results"], plain.json()["results"]);
    assert_eq!(log.header("x-ignored-fields"), None);
}

#[actix_web::test]
async fn a_page_number_is_an_offset() {
    let api = Api::new().await;
    for name in ["a", "b", "c", "d", "e"] {
        api.user(name).await;
    }
    let page = async |query: &str| {
        let uri = format!("/v3/users/?ordering=created_at&{query}");
        in_order(&api.get(&uri).await)
    };
    assert_eq!(page("page=1&page_size=2").await, ["a", "b"]);
    assert_eq!(page("page=2&page_size=2").await, ["c", "d"]);
    assert_eq!(page("page=3&limit=2").await, ["e"]);
    assert_eq!(page("page=4&page_size=2").await, [""; 0]);
    assert_eq!(page("page=2&page_size=2&offset=2").await, ["c", "d"]);
    assert_eq!(page("page=1").await.len(), 5);
    let reply = api.get("/v3/users/?page=2&page_size=2&status[]=ACTIVE").await;
    let (next, previous) = (&reply.json()["next"], &reply.json()["previous"]);
    let target = |link: &Value| link.as_str().unwrap().split_once('?').unwrap().1.to_owned();
    assert_eq!(target(next), "status%5B%5D=ACTIVE&limit=2&offset=4");
    assert_eq!(target(previous), "status%5B%5D=ACTIVE&limit=2&offset=0");
}

#[actix_web::test]
async fn a_page_beyond_the_maximum_offset_is_refused() {
    let api = Api::new().await;
    let range = |last: u32| format!("Ensure this value is between 1 and {last}.");
    for (query, errors) in [
        ("page=0", json!({"page": [range(20_001)]})),
        ("page=20002", json!({"page": [range(20_001)]})),
        ("page=1002&page_size=1000", json!({"page": [range(1001)]})),
        ("page=x", json!({"page": ["A valid integer is required."]})),
        (
            "page=2&page_size=2&offset=3",
            json!({"page": ["Differs from offset, which means the same."]}),
        ),
    ] {
        let reply = api.get(&format!("/v3/users/?{query}")).await;
        reply.assert(400, &errors);
    }
    let last = api.get("/v3/users/?page=1001&page_size=1000").await;
    assert_eq!(in_order(&last), [""; 0]);
}
