//! `GET /v3/users/`: the parameters of the list, their spellings and their invalid values.

use serde_json::{Value, json};

use crate::support::Api;

const INTEGER: &str = "A valid integer is required.";
const TIME: &str =
    "Datetime has wrong format. Use RFC 3339 or a date: YYYY-MM-DDThh:mm:ssZ, YYYY-MM-DD.";
const STATUS: &str = "Invalid status. Valid options are: ACTIVE, FLAGGED, BLOCKED";

/// The users `x`, `y` and `z`, created in this order.
async fn populated() -> Api {
    let api = Api::new().await;
    for user in [
        json!({
            "vendor_data": "x", "status": "FLAGGED", "display_name": "José Müller 100%", "tags": ["a", "b,c"],
            "issuing_states": ["ESP", "GBR"], "metadata": {"a.b": 7, "on": true, "tier": "", "n": 8},
        }),
        json!({
            "vendor_data": "y", "status": "BLOCKED", "full_name": "Ольга", "tags": ["a"], "issuing_states": ["D<<", "XXB"],
            "approved_emails": ["Ann+1@Example.org"], "approved_phones": ["+44 20 7946 0100"],
            "metadata": {"a.b": "7", "on": "true", "tier": "gold", "n": 7, "0": "zero", "a[b]": "c"},
        }),
        json!({
            "vendor_data": "z", "issuing_states": ["rks"], "approved_emails": ["joann+1@example.org"],
            "approved_phones": ["020 7946 0100"], "metadata": {"a": {"b": 7}, "on": null, "tier": "silver", "n": 9},
        }),
    ] {
        api.create(user).await;
    }
    api
}

/// Asserts that the query selects the users with these names of one letter, and ignores nothing.
async fn assert_selects(api: &Api, query: &str, expected: &str) {
    for path in ["/v3/users/", "/v3/users"] {
        let reply = api.get(&format!("{path}?ordering=created_at&{query}")).await;
        assert_eq!(reply.column("vendor_data").concat(), expected, "{query}");
        assert_eq!(reply.ignored(), None, "{query}");
    }
}

async fn assert_refuses(api: &Api, query: &str, errors: Value) {
    let reply = api.get(&format!("/v3/users/?{query}")).await;
    assert_eq!((reply.status.as_u16(), reply.json()), (400, errors), "{query}");
}

#[actix_web::test]
async fn rows_lack_the_fields_of_a_detail() {
    let api = Api::new().await;
    let empty =
        json!({"count": 0, "count_relation": "eq", "next": null, "previous": null, "results": []});
    for query in ["", "?offset=0", "?offset=1000000", "?limit=1000"] {
        api.get(&format!("/v3/users/{query}")).await.assert(200, &empty);
    }
    let body = json!({"vendor_data": "x", "tags": ["vip"], "metadata": {"a": 1}});
    let detail = api.create(body).await;
    let mut row = detail.clone();
    for of_detail in ["metadata", "comments", "legal_hold", "provenance"] {
        row.as_object_mut().unwrap().remove(of_detail).unwrap();
    }
    let tag = &detail["tags"][0];
    row["tags"] = json!([{"uuid": tag["uuid"], "name": "vip", "color": tag["color"]}]);
    let mut page = empty;
    page["count"] = json!(1);
    page["results"] = json!([row]);
    let reply = api.get("/v3/users/").await;
    reply.assert(200, &page);
    assert_eq!(reply.header("cache-control"), Some("private, no-cache"));
}

#[actix_web::test]
async fn every_filter_selects_its_users() {
    let api = populated().await;
    for (query, expected) in [
        ("status=FLAGGED", "x"),
        ("status=FLAGGED,ACTIVE", "xz"),
        ("status=FLAGGED,%20ACTIVE+", "xz"),
        ("status=BLOCKED&status=ACTIVE,ACTIVE", "yz"),
        ("search=jose", "x"),
        ("search=MULLER,jose", "x"),
        ("search=%22muller%20jose%22", ""),
        ("search=0%25", "x"),
        ("search=%D0%9E%D0%9B", "y"),
        ("search=7946%200100", "yz"),
        ("search=7946+0100", "yz"),
        ("search=7946-0100", "yz"),
        ("search=%2B44+20", "y"),
        ("search=example.org", "yz"),
        ("search=%5C", ""),
        // A vowel without a consonant.
        ("search=%E0%B8%B1", ""),
        ("search=", "xyz"),
        ("email=Ann%2B1@example.org", "y"),
        ("email=ann+1@EXAMPLE.org", "y"),
        ("email=ann@example.org", ""),
        ("phone=%2B442079460100", "y"),
        ("phone=44%20(20)%207946-0100", "y"),
        ("phone=79460100", ""),
        ("country=ES", "x"),
        ("country=esp", "x"),
        ("country_code=GB", "x"),
        ("country_code=Es%3C", "x"),
        ("country=ES&country_code=ESP", "x"),
        ("country=D%3C%3C", "y"),
        ("country=DEU", "y"),
        ("country=XXB", "y"),
        ("country=rks", "z"),
        ("country=XKX", "z"),
        ("country=FRA", ""),
        ("tag=a", "xy"),
        ("tag=a&tag=b%2Cc&tag=a", "x"),
        ("tag=A", ""),
        // A literal key or else a path.
        ("metadata.a.b=7", "xyz"),
        ("metadata.a.b=7.0", "xz"),
        ("metadata.on=true&metadata.a.b=7", "xy"),
        ("metadata.on=null", ""),
        ("metadata.a=7", ""),
        ("metadata.a.b.c=7", ""),
        ("metadata.a.b=1e400", ""),
        ("metadata.tier=", "x"),
        ("metadata.tier=&metadata.tier=gold", "xy"),
        ("metadata.n=7&metadata.n=9", "yz"),
        ("metadata.n=7&metadata.tier=gold&metadata.n=8&metadata.tier=silver", "y"),
        ("vendor_data=x", "x"),
        ("vendor_data=X", ""),
        ("vendor_data=x,y", ""),
        ("vendor_data=x&vendor_data=y&vendor_data=nobody&vendor_data=x", "xy"),
    ] {
        assert_selects(&api, query, expected).await;
    }
    assert_selects(&api, &repeated("vendor_data=", 100, 80), "").await;
}

#[actix_web::test]
async fn invalid_filters_have_specific_messages() {
    let api = Api::new().await;
    let names = |count, length| repeated("vendor_data=", count, length);
    let elements = |max| format!("Ensure this field has no more than {max} elements.");
    let characters = |max| format!("Ensure this field has no more than {max} characters.");
    let unknown = "Not a valid country. Use a code of ISO 3166-1 or of ICAO 9303-3 section 5.";
    let key = "A metadata key to filter by has 1 to 100 characters.";
    let long = |start: &str, length| format!("{start}{}", "k".repeat(length));
    for (query, field, message) in [
        ("status=active", "status", STATUS.into()),
        ("status=ACTIVE,x", "status", STATUS.into()),
        ("status=ACTIVE%20FLAGGED", "status", STATUS.into()),
        ("search=%CC%81", "search", "This field may not be blank.".into()),
        ("search=a%0Ab", "search", "Control characters are not allowed.".into()),
        (&long("search=", 201), "search", characters(200)),
        ("email=ann", "email", "Enter a valid email address.".into()),
        ("phone=n/a", "phone", "Enter at least one digit of a phone number.".into()),
        ("country_code=ZZZ", "country_code", unknown.into()),
        (
            "country=ES&country_code=FR",
            "country_code",
            "Differs from country, which means the same.".into(),
        ),
        (&repeated("tag=", 11, 1), "tag", elements(10)),
        (&long("tag=", 65), "tag", characters(64)),
        ("metadata.=7", "metadata", key.into()),
        (&format!("{}=7", long("metadata.", 101)), "metadata", key.into()),
        (&long("metadata.k=", 201), "metadata.k", characters(200)),
        (&repeated("metadata.k=", 6, 1), "metadata", elements(5)),
        (&repeated("metadata.", 6, 1).replace('&', "=x&"), "metadata", elements(5)),
        (&names(101, 3), "vendor_data", elements(100)),
        (
            &names(5, 1700),
            "vendor_data",
            "Ensure all elements together have no more than 8192 bytes.".into(),
        ),
        (
            "vendor_data=create",
            "vendor_data",
            "This value is reserved: it is part of the paths of the API.".into(),
        ),
    ] {
        let message: String = message;
        assert_refuses(&api, query, json!({ field: [message] })).await;
    }
}

/// The start of a parameter, followed by numbers of this length.
fn repeated(start: &str, count: usize, length: usize) -> String {
    let parameter = |number| format!("{start}{number:0length$}");
    (0..count).map(parameter).collect::<Vec<_>>().join("&")
}

#[actix_web::test]
async fn times_begin_inclusive_and_end_exclusive() {
    let api = Api::new().await;
    let user = api.user("x").await;
    let at = user["created_at"].as_str().unwrap();
    for field in ["created", "updated", "last_activity"] {
        for (query, expected) in [
            (format!("{field}_after={at}"), "x"),
            (format!("{field}_before={at}"), ""),
            (format!("{field}_after=2026-01-01&{field}_before=2026-01-02"), "x"),
            (format!("{field}_after=2026-01-02"), ""),
        ] {
            assert_selects(&api, &query, expected).await;
        }
    }
    // The start of the year in UTC, in every form that a body accepts, encoded and unencoded.
    for date in ["2026-01-01T", "2026-01-01t", "2026-01-01%20", "2026-01-01+"] {
        for time in ["01:00:00%2B01:00", "01:00:00+01:00", "05:45:00.000+05:45", "00:00:00z"] {
            assert_selects(&api, &format!("created_after={date}{time}"), "x").await;
            assert_selects(&api, &format!("created_before={date}{time}"), "").await;
        }
    }
    for time in [
        "yesterday",
        "2026-02-30",
        "2026-01-01T00:00:00",
        "2026-01-01%2000:00:00",
        "2026-01-01+00:00",
        "1767225600",
    ] {
        let query = format!("updated_before={time}");
        assert_refuses(&api, &query, json!({"updated_before": [TIME]})).await;
    }
}

#[actix_web::test]
async fn all_invalid_parameters_are_reported_at_once() {
    let api = Api::new().await;
    let query = "limit=0&page_size=x&offset=-1&status=x&ordering=age&count=maybe&created_after=x&cursor=x&tag=%20";
    let ordering = "Invalid ordering. Valid options are: last_session_at, created_at, updated_at, last_activity_at, \
                    display_name, each also with - in front";
    let errors = json!({
        "limit": ["Ensure this value is between 1 and 1000."],
        "page_size": [INTEGER],
        "offset": [INTEGER],
        "status": [STATUS],
        "ordering": [ordering],
        "count": ["Invalid count. Valid options are: capped, none, estimate, exact"],
        "created_after": [TIME],
        "cursor": ["Invalid cursor."],
        "tag": ["This field may not be blank."],
    });
    assert_refuses(&api, query, errors).await;
}

#[actix_web::test]
async fn sizes_offsets_and_page_numbers_have_limits() {
    let api = Api::new().await;
    for good in [
        "limit=1",
        "limit=1000",
        "page_size=7",
        "limit=7&page_size=7",
        "limit=&offset=",
        "limit=007",
        "page=1001&page_size=1000",
    ] {
        assert_selects(&api, good, "").await;
    }
    for bad in ["-1", "1.0", "%2B5", "1e2", "five", "%D9%A3"] {
        assert_refuses(&api, &format!("limit={bad}"), json!({"limit": [INTEGER]})).await;
    }
    let range = |least: u32, most: u32| format!("Ensure this value is between {least} and {most}.");
    for (query, field, message) in [
        ("limit=0", "limit", range(1, 1000)),
        ("limit=1001", "limit", range(1, 1000)),
        ("limit=99999999999999999999999", "limit", range(1, 1000)),
        ("offset=1000001", "offset", range(0, 1_000_000)),
        ("page_size=8&limit=7", "page_size", "Differs from limit, which means the same.".into()),
        ("limit=8&limit=7&limit=8", "limit", "Given twice with different values.".into()),
        ("page=0", "page", range(1, 20_001)),
        ("page=20002", "page", range(1, 20_001)),
        ("page=1002&page_size=1000", "page", range(1, 1001)),
        ("page=x", "page", INTEGER.into()),
        (
            "page=2&page_size=2&offset=3",
            "page",
            "Differs from offset, which means the same.".into(),
        ),
    ] {
        let message: String = message;
        assert_refuses(&api, query, json!({ field: [message] })).await;
    }
}

#[actix_web::test]
async fn unknown_parameters_are_named() {
    let api = Api::new().await;
    for (query, ignored) in [
        (
            "stauts=ACTIVE&limit=5&Limit=6&metadata=1&%C3%A9=",
            Some("stauts, Limit, metadata, %C3%A9"),
        ),
        ("limit=5&metadata.x=&tag=", None),
        ("stauts[]=ACTIVE&filter[limit][min]=1", Some("stauts%5B%5D, filter%5Blimit%5D%5Bmin%5D")),
    ] {
        let reply = api.get(&format!("/v3/users/?{query}")).await;
        assert_eq!((reply.rows().len(), reply.ignored()), (0, ignored), "{query}");
    }
}

#[actix_web::test]
async fn users_are_counted_as_requested() {
    let api = populated().await;
    for (query, count, relation) in [
        ("limit=1", json!(3), json!("eq")),
        ("limit=1&count=capped", json!(3), json!("eq")),
        ("limit=1&count=exact&offset=2", json!(3), json!("eq")),
        ("limit=1&count=none", Value::Null, Value::Null),
        ("count=estimate", json!(3), json!("approx")),
        ("count=estimate&status=ACTIVE", json!(1), json!("approx")),
        ("count=estimate&search=jose", json!(1), json!("eq")),
        ("count=exact&search=jose", json!(1), json!("eq")),
    ] {
        let page = api.get(&format!("/v3/users/?{query}")).await.json();
        assert_eq!((&page["count"], &page["count_relation"]), (&count, &relation), "{query}");
    }
}

/// Every spelling of a parameter has the effect of its documented name.
#[actix_web::test]
async fn every_spelling_of_a_parameter_is_accepted() {
    let api = populated().await;
    let spellings = ["N", "N[]", "N%5B%5D", "N[0]", "filter[N]", "filter[N][]"];
    for (name, value) in [
        ("status", "BLOCKED"),
        ("statuses", "BLOCKED"),
        ("tag", "a&status=BLOCKED"),
        ("tags", "a&status=BLOCKED"),
        ("country", "DEU"),
        ("country_code", "DE"),
        ("countries", "DEU"),
        ("vendor_data", "y"),
        ("search", "ann%2B1@example.org&status=BLOCKED"),
    ] {
        for spelling in spellings {
            let query = format!("{}={value}", spelling.replace('N', name));
            assert_selects(&api, &query, "y").await;
        }
    }
    for (query, expected) in [
        ("metadata[tier]=gold", "y"),
        ("metadata%5Btier%5D=gold", "y"),
        ("filter[metadata][tier]=gold", "y"),
        ("filter[metadata.tier]=gold", "y"),
        ("metadata.tier[]=gold&metadata.tier[]=bronze", "y"),
        ("metadata[a][b]=7.0", "xz"),
        ("metadata[0]=zero", "y"),
        ("metadata.a[b]=c", "y"),
    ] {
        assert_selects(&api, query, expected).await;
    }
    let log = api.get("/v3/audit-log/?filter[operation]=create").await;
    assert_eq!((log.rows().len(), log.ignored()), (3, None), "other lists accept them too");
}
