//! Pages whose rows are long together.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::support::Api;

const USERS: usize = 90;

/// Where a page ends, and room for what is around its rows.
const MAX_BYTES: usize = 4 * 1024 * 1024 + 4096;

/// A name, and as many addresses as there may be, each as long as it may be.
fn long(number: usize) -> Value {
    let quotes = "\"".repeat(100);
    let name = |place: usize| format!("{number:03}{place:02}{}", "\u{1f525}".repeat(244));
    let emails: Vec<_> = (0..50)
        .map(|place| format!("{}@x.yy", name(place)))
        .collect();
    json!({ "vendor_data": format!("{number} {quotes}"), "approved_emails": emails })
}

/// How many pages there are, of which each is short enough. All users are met once.
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
async fn a_page_ends_early_and_has_a_next() {
    let api = Api::new().await;
    for number in 0..USERS {
        let made = api.post("/v3/users/create/", long(number)).await;
        assert_eq!(made.status, 201, "{}", made.body);
    }
    for parameters in ["", "&offset=0", "&ordering=created_at", "&count=none"] {
        let pages = walk(&api, &format!("/v3/users/?limit=1000{parameters}")).await;
        assert_eq!(pages, 2, "{parameters}");
    }
    let everybody = json!({ "delete_all": true });
    while api
        .post("/v3/users/delete/", everybody.clone())
        .await
        .json()["remaining"]
        == true
    {}
    assert_eq!(walk(&api, "/v3/users/deleted/?limit=1000").await, 2);
}
