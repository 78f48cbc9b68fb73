//! Tests of pages with long rows.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::support::Api;

const USERS: usize = 90;

/// Maximum size of a page, with room for the members around its rows.
const MAX_BYTES: usize = 4 * 1024 * 1024 + 4096;

/// Returns a user with a name and the maximum of addresses, each of maximum length.
fn long(number: usize) -> Value {
    let quotes = "\"".repeat(100);
    let name = |place: usize| format!("{number:03}{place:02}{}", "\u{1f525}".repeat(244));
    let emails: Vec<_> = (0..50).map(|place| format!("{}@x.yy", name(place))).collect();
    json!({ "vendor_data": format!("{number} {quotes}"), "approved_emails": emails })
}

/// Follows all pages; asserts their size and that each user appears once. Returns the number of pages.
async fn walk(api: &Api, first: &str) -> usize {
    let (mut next, mut met, mut pages) = (first.to_owned(), BTreeSet::new(), 0);
    loop {
        let page = api.get(&next).await;
        assert_eq!(page.status, 200, "{}", page.body);
        assert!(page.body.len() <= MAX_BYTES, "{}", page.body.len());
        let page = page.json();
        for row in page["results"].as_array().unwrap() {
            assert!(met.insert(row["vendor_data"].to_string()));
        }
        pages += 1;
        match &page["next"] {
            Value::String(url) => next = url.replace("http://localhost:8080", ""),
            _ => break,
        }
    }
    assert_eq!(met.len(), USERS, "{first}");
    pages
}

#[actix_web::test]
async fn a_long_page_ends_early_and_has_a_next_link() {
    let api = Api::new().await;
    for number in 0..USERS {
        let created = api.post("/v3/users/create/", long(number)).await;
        assert_eq!(created.status, 201, "{}", created.body);
    }
    for parameters in ["", "&offset=0", "&ordering=created_at", "&count=none"] {
        let pages = walk(&api, &format!("/v3/users/?limit=1000{parameters}")).await;
        assert_eq!(pages, 2, "{parameters}");
    }
    let all = json!({ "delete_all": true });
    while api.post("/v3/users/delete/", all.clone()).await.json()["remaining"] == true {}
    assert_eq!(walk(&api, "/v3/users/deleted/?limit=1000").await, 2);
}
