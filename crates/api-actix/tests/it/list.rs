//! `GET /v3/users/`: the filters, and their invalid values.

use serde_json::{Value, json};

use crate::support::{Api, Reply};

/// Returns the sorted names of the users on a page.
pub(crate) fn names(reply: &Reply) -> Vec<String> {
    let mut names = in_order(reply);
    names.sort();
    names
}

/// Returns the names of the users on a page.
pub(crate) fn in_order(reply: &Reply) -> Vec<String> {
    assert_eq!(reply.status, 200, "{}", reply.body);
    let page = reply.json();
    let rows = page["results"].as_array().unwrap();
    let name = |row: &Value| row["vendor_data"].as_str().unwrap().to_owned();
    rows.iter().map(name).collect()
}

async fn create(api: &Api, body: Value) {
    let reply = api.post("/v3/users/create/", body).await;
    assert_eq!(reply.status, 201, "{}", reply.body);
}

async fn selects(api: &Api, query: &str, expected: &[&str]) {
    for path in ["/v3/users/", "/v3/users"] {
        let reply = api.get(&format!("{path}?{query}")).await;
        assert_eq!(names(&reply), expected, "{query}");
    }
}

async fn refuses(api: &Api, query: &str, errors: &Value) {
    let reply = api.get(&format!("/v3/users/?{query}")).await;
    assert_eq!((reply.status.as_u16(), &reply.json()), (400, errors), "{query}");
}

#[actix_web::test]
async fn rows_lack_the_fields_of_a_detail() {
    let api = Api::new().await;
    let body = json!({"vendor_data": "x", "tags": ["vip"], "metadata": {"a": 1}});
    create(&api, body).await;
    let detail = api.get("/v3/users/x/").await.json();
    let reply = api.get("/v3/users/").await;
    let mut row = detail.clone();
    let members = row.as_object_mut().unwrap();
    for of_detail in ["metadata", "comments", "legal_hold", "provenance"] {
        members.remove(of_detail);
    }
    let tag = &detail["tags"][0];
    row["tags"] = json!([{"uuid": tag["uuid"], "name": "vip", "color": tag["color"]}]);
    reply.assert(
        200,
        &json!({"count": 1, "count_relation": "eq", "next": null, "previous": null, "results": [row]}),
    );
    assert_eq!(reply.header("cache-control"), Some("private, no-cache"));
}

#[actix_web::test]
async fn a_tenant_without_users_has_an_empty_page() {
    let api = Api::new().await;
    let empty =
        json!({"count": 0, "count_relation": "eq", "next": null, "previous": null, "results": []});
    for query in ["", "?offset=0", "?offset=1000000", "?limit=1000"] {
        api.get(&format!("/v3/users/{query}")).await.assert(200, &empty);
    }
}

#[actix_web::test]
async fn statuses_are_separated_by_commas_or_repeated() {
    let api = Api::new().await;
    for status in ["ACTIVE", "FLAGGED", "BLOCKED"] {
        create(&api, json!({"vendor_data": status, "status": status})).await;
    }
    selects(&api, "status=FLAGGED", &["FLAGGED"]).await;
    selects(&api, "status=FLAGGED,ACTIVE", &["ACTIVE", "FLAGGED"]).await;
    selects(&api, "status=FLAGGED,%20ACTIVE+", &["ACTIVE", "FLAGGED"]).await;
    selects(&api, "status=BLOCKED&status=ACTIVE,ACTIVE", &["ACTIVE", "BLOCKED"]).await;
    let invalid =
        json!({"status": ["Invalid status. Valid options are: ACTIVE, FLAGGED, BLOCKED"]});
    for status in ["active", "ACTIVE,x", "ACTIVE%20FLAGGED"] {
        refuses(&api, &format!("status={status}"), &invalid).await;
    }
}

#[actix_web::test]
async fn a_search_finds_any_part_of_names_addresses_and_numbers() {
    let api = Api::new().await;
    create(&api, json!({"vendor_data": "100%_sure", "display_name": "José Müller"})).await;
    create(&api, json!({"vendor_data": "b", "full_name": "Ольга", "approved_phones": ["+34 600"]}))
        .await;
    create(&api, json!({"vendor_data": "c", "approved_emails": ["Ada@Example.org"]})).await;
    selects(&api, "search=jose", &["100%_sure"]).await;
    selects(&api, "search=MULL", &["100%_sure"]).await;
    selects(&api, "search=%25_", &["100%_sure"]).await;
    selects(&api, "search=%D0%9E%D0%9B", &["b"]).await;
    selects(&api, "search=34%20600", &["b"]).await;
    selects(&api, "search=34+600", &["b"]).await;
    selects(&api, "search=example.org", &["c"]).await;
    selects(&api, "search=%5C", &[]).await;
    selects(&api, "search=", &["100%_sure", "b", "c"]).await;
    let long = "x".repeat(201);
    let blank = json!({"search": ["This field may not be blank."]});
    refuses(&api, "search=%CC%81", &blank).await;
    let too_long = json!({"search": ["Ensure this field has no more than 200 characters."]});
    refuses(&api, &format!("search={long}"), &too_long).await;
    let control = json!({"search": ["Control characters are not allowed."]});
    refuses(&api, "search=a%0Ab", &control).await;
}

#[actix_web::test]
async fn countries_have_two_codes_and_two_parameter_names() {
    let api = Api::new().await;
    create(&api, json!({"vendor_data": "es", "issuing_states": ["ESP", "GBR"]})).await;
    create(&api, json!({"vendor_data": "none"})).await;
    for query in [
        "country=ES",
        "country=ESP",
        "country_code=GB",
        "country=ES&country_code=ESP",
        "country=esp",
        "country_code=Es%3C",
    ] {
        selects(&api, query, &["es"]).await;
    }
    selects(&api, "country=FRA", &[]).await;
    let unknown = "Not a valid country. Use a code of ISO 3166-1 or of ICAO 9303-3 section 5.";
    refuses(&api, "country_code=ZZZ", &json!({"country_code": [unknown]})).await;
    for (number, (written, shown)) in
        [("D<<", "DEU"), ("rks", "XKX"), ("XXB", "XXB"), ("gbn", "GBN")].into_iter().enumerate()
    {
        let name = format!("holder-{number}");
        let body = json!({"vendor_data": name, "issuing_states": [written]});
        let created = api.post("/v3/users/create/", body).await.json();
        assert_eq!(created["issuing_states"], json!([shown]));
        let code = written.replace('<', "%3C");
        selects(&api, &format!("country={code}"), &[&name]).await;
        selects(&api, &format!("country={shown}"), &[&name]).await;
    }
    let differs = json!({"country_code": ["Differs from country, which means the same."]});
    refuses(&api, "country=ES&country_code=FR", &differs).await;
}

#[actix_web::test]
async fn all_tags_must_match() {
    let api = Api::new().await;
    create(&api, json!({"vendor_data": "both", "tags": ["a", "b,c"]})).await;
    create(&api, json!({"vendor_data": "one", "tags": ["a"]})).await;
    selects(&api, "tag=a", &["both", "one"]).await;
    selects(&api, "tag=a&tag=b%2Cc&tag=a", &["both"]).await;
    selects(&api, "tag=A", &[]).await;
    let many: Vec<_> = (0..11).map(|index| format!("tag={index}")).collect();
    let too_many = json!({"tag": ["Ensure this field has no more than 10 elements."]});
    refuses(&api, &many.join("&"), &too_many).await;
    let too_long = json!({"tag": ["Ensure this field has no more than 64 characters."]});
    refuses(&api, &format!("tag={}", "x".repeat(65)), &too_long).await;
}

#[actix_web::test]
async fn metadata_is_matched_by_a_literal_key_or_else_by_a_path() {
    let api = Api::new().await;
    create(&api, json!({"vendor_data": "number", "metadata": {"a.b": 7, "on": true}})).await;
    create(&api, json!({"vendor_data": "text", "metadata": {"a.b": "7", "on": "true"}})).await;
    create(&api, json!({"vendor_data": "nested", "metadata": {"a": {"b": 7}, "on": null}})).await;
    selects(&api, "metadata.a.b=7", &["nested", "number", "text"]).await;
    selects(&api, "metadata.a.b=7.0", &["nested", "number"]).await;
    selects(&api, "metadata.on=true&metadata.a.b=7", &["number", "text"]).await;
    selects(&api, "metadata.on=null", &[]).await;
    selects(&api, "metadata.a=7", &[]).await;
    selects(&api, "metadata.a.b.c=7", &[]).await;
    selects(&api, "metadata.a.b=1e400", &[]).await;
    let key = "A metadata key to filter by has 1 to 100 characters.";
    refuses(&api, "metadata.=7", &json!({"metadata": [key]})).await;
    let long = "k".repeat(101);
    refuses(&api, &format!("metadata.{long}=7"), &json!({"metadata": [key]})).await;
    let value = "v".repeat(201);
    let too_long = json!({"metadata.k": ["Ensure this field has no more than 200 characters."]});
    refuses(&api, &format!("metadata.k={value}"), &too_long).await;
    let keys: Vec<_> = (0..6).map(|index| format!("metadata.{index}=x")).collect();
    let values: Vec<_> = (0..6).map(|index| format!("metadata.k={index}")).collect();
    let too_many = json!({"metadata": ["Ensure this field has no more than 5 elements."]});
    for many in [keys, values] {
        refuses(&api, &many.join("&"), &too_many).await;
    }
}

#[actix_web::test]
async fn repeated_metadata_values_are_alternatives_and_may_be_empty() {
    let api = Api::new().await;
    for (name, tier, number) in [("gold", "gold", 7), ("blank", "", 8), ("silver", "silver", 9)] {
        let metadata = json!({"tier": tier, "n": number});
        create(&api, json!({"vendor_data": name, "metadata": metadata})).await;
    }
    create(&api, json!({"vendor_data": "none"})).await;
    selects(&api, "metadata.n=7&metadata.n=9", &["gold", "silver"]).await;
    selects(&api, "metadata.n=7&metadata.n=7", &["gold"]).await;
    let both_keys = "metadata.n=7&metadata.tier=gold&metadata.n=8&metadata.tier=silver";
    selects(&api, both_keys, &["gold"]).await;
    selects(&api, "metadata.tier=", &["blank"]).await;
    selects(&api, "metadata.tier=&metadata.tier=gold", &["blank", "gold"]).await;
}

#[actix_web::test]
async fn names_are_matched_exactly_up_to_a_hundred() {
    let api = Api::new().await;
    for name in ["a", "A", "a,b", "ab"] {
        create(&api, json!({"vendor_data": name})).await;
    }
    selects(&api, "vendor_data=a", &["a"]).await;
    selects(&api, "vendor_data=a,b", &["a,b"]).await;
    selects(&api, "vendor_data=a&vendor_data=ab&vendor_data=x&vendor_data=a", &["a", "ab"]).await;
    let many = |count: usize, length: usize| -> String {
        let name = |index| format!("vendor_data={index:0length$}");
        (0..count).map(name).collect::<Vec<_>>().join("&")
    };
    selects(&api, &many(100, 80), &[]).await;
    let too_many = json!({"vendor_data": ["Ensure this field has no more than 100 elements."]});
    refuses(&api, &many(101, 3), &too_many).await;
    let too_long = "Ensure all elements together have no more than 8192 bytes.";
    refuses(&api, &many(5, 1700), &json!({"vendor_data": [too_long]})).await;
    let reserved = "This value is reserved: it is part of the paths of the API.";
    refuses(&api, "vendor_data=create", &json!({"vendor_data": [reserved]})).await;
}

#[actix_web::test]
async fn times_begin_inclusive_and_end_exclusive() {
    let api = Api::new().await;
    let user = api.user("x").await;
    let at = user["created_at"].as_str().unwrap();
    for field in ["created", "updated", "last_activity"] {
        selects(&api, &format!("{field}_after={at}"), &["x"]).await;
        selects(&api, &format!("{field}_before={at}"), &[]).await;
        selects(&api, &format!("{field}_after=2026-01-01&{field}_before=2026-01-02"), &["x"]).await;
        selects(&api, &format!("{field}_after=2026-01-02"), &[]).await;
    }
    // The start of the year in UTC, in every form that a body accepts, encoded and unencoded.
    for date in ["2026-01-01T", "2026-01-01t", "2026-01-01%20", "2026-01-01+"] {
        for time in ["01:00:00%2B01:00", "01:00:00+01:00", "05:45:00.000+05:45", "00:00:00z"] {
            let at = format!("{date}{time}");
            selects(&api, &format!("created_after={at}"), &["x"]).await;
            selects(&api, &format!("created_before={at}"), &[]).await;
        }
    }
    let wrong =
        "Datetime has wrong format. Use RFC 3339 or a date: YYYY-MM-DDThh:mm:ssZ, YYYY-MM-DD.";
    for time in [
        "yesterday",
        "2026-02-30",
        "2026-01-01T00:00:00",
        "2026-01-01%2000:00:00",
        "2026-01-01+00:00",
        "1767225600",
    ] {
        refuses(&api, &format!("updated_before={time}"), &json!({"updated_before": [wrong]})).await;
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
        "page_size": ["A valid integer is required."],
        "offset": ["A valid integer is required."],
        "status": ["Invalid status. Valid options are: ACTIVE, FLAGGED, BLOCKED"],
        "ordering": [ordering],
        "count": ["Invalid count. Valid options are: capped, none, estimate, exact"],
        "created_after": ["Datetime has wrong format. Use RFC 3339 or a date: YYYY-MM-DDThh:mm:ssZ, YYYY-MM-DD."],
        "cursor": ["Invalid cursor."],
        "tag": ["This field may not be blank."],
    });
    refuses(&api, query, &errors).await;
}

#[actix_web::test]
async fn sizes_and_offsets_have_limits() {
    let api = Api::new().await;
    for good in [
        "limit=1",
        "limit=1000",
        "page_size=7",
        "limit=7&page_size=7",
        "limit=&offset=",
        "limit=007",
    ] {
        assert_eq!(api.get(&format!("/v3/users/?{good}")).await.status, 200, "{good}");
    }
    let range = json!({"limit": ["Ensure this value is between 1 and 1000."]});
    for bad in ["0", "1001", "99999999999999999999999"] {
        refuses(&api, &format!("limit={bad}"), &range).await;
    }
    let integer = json!({"limit": ["A valid integer is required."]});
    for bad in ["-1", "1.0", "%2B5", "1e2", "five", "%D9%A3"] {
        refuses(&api, &format!("limit={bad}"), &integer).await;
    }
    let offset = json!({"offset": ["Ensure this value is between 0 and 1000000."]});
    refuses(&api, "offset=1000001", &offset).await;
    let differs = json!({"page_size": ["Differs from limit, which means the same."]});
    refuses(&api, "page_size=8&limit=7", &differs).await;
    let twice = json!({"limit": ["Given twice with different values."]});
    refuses(&api, "limit=8&limit=7&limit=8", &twice).await;
}

#[actix_web::test]
async fn unknown_parameters_are_named() {
    let api = Api::new().await;
    let reply = api.get("/v3/users/?stauts=ACTIVE&limit=5&Limit=6&metadata=1&%C3%A9=").await;
    assert_eq!(names(&reply), [""; 0]);
    assert_eq!(reply.header("x-ignored-fields"), Some("stauts, Limit, metadata, %C3%A9"));
    let reply = api.get("/v3/users/?limit=5&metadata.x=&tag=").await;
    assert_eq!(reply.header("x-ignored-fields"), None);
    let reply = api.get("/v3/users/?stauts[]=ACTIVE&filter[limit][min]=1").await;
    assert_eq!(reply.header("x-ignored-fields"), Some("stauts%5B%5D, filter%5Blimit%5D%5Bmin%5D"));
}

#[actix_web::test]
async fn users_are_counted_as_requested() {
    let api = Api::new().await;
    for name in ["a", "b", "c"] {
        api.user(name).await;
    }
    for (query, count, relation) in [
        ("limit=1", json!(3), json!("eq")),
        ("limit=1&count=capped", json!(3), json!("eq")),
        ("limit=1&count=exact&offset=2", json!(3), json!("eq")),
        ("limit=1&count=none", Value::Null, Value::Null),
        ("count=estimate", json!(3), json!("approx")),
        ("count=estimate&status=ACTIVE", json!(3), json!("approx")),
        ("count=estimate&search=a", json!(1), json!("eq")),
        ("count=exact&search=a", json!(1), json!("eq")),
    ] {
        let page = api.get(&format!("/v3/users/?{query}")).await.json();
        assert_eq!((&page["count"], &page["count_relation"]), (&count, &relation), "{query}");
    }
}
