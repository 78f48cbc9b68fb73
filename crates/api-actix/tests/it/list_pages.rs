//! `GET /v3/users/`: orders, pages and their links.

use std::collections::BTreeSet;
use std::sync::Arc;

use api_actix::ProxyHeaders;
use serde_json::{Value, json};
use users_domain::model::{ListUsers, PageStart, UserPage};
use users_domain::ports::MockUserReader;
use users_domain::rules::listing;

use crate::support::{Api, Reply, ready};

const ORDERINGS: [&str; 5] =
    ["created_at", "updated_at", "last_activity_at", "last_session_at", "display_name"];
const OTHER_PARAMETERS: &str = "Must be as in the request that the cursor came from, or left out.";

/// The names of the users on a page, each of one letter.
fn letters(page: &Reply) -> String {
    page.column("vendor_data").concat()
}

fn all_letters(pages: &[Reply]) -> Vec<String> {
    pages.iter().map(letters).collect()
}

/// Creates seven users; each group of `at_once` users has the same time.
async fn seven_users(api: &Api, at_once: usize) {
    api.clock.tick_by(0);
    for (index, name) in ["g", "f", "e", "d", "c", "b", "a"].into_iter().enumerate() {
        if index % at_once == 0 {
            api.clock.advance(1);
        }
        let display_name = (index > 1).then(|| format!("Name {}", index / 2));
        let body = json!({"vendor_data": name, "display_name": display_name, "tags": ["t"]});
        api.create(body).await;
    }
}

#[actix_web::test]
async fn pages_forward_and_back_hold_every_user_once() {
    let api = Api::new().await;
    seven_users(&api, 2).await;
    let both = ORDERINGS.iter().flat_map(|key| [(*key).to_owned(), format!("-{key}")]);
    for (ordering, limit) in
        both.flat_map(|ordering| [1, 3, 7].map(|size| (ordering.clone(), size)))
    {
        let all = letters(&api.get(&format!("/v3/users/?ordering={ordering}")).await);
        assert_eq!(all.len(), 7);
        let first = format!("/v3/users/?ordering={ordering}&limit={limit}");
        let forward = api.walk(&first, "next").await;
        let pages = all_letters(&forward);
        assert_eq!(pages.concat(), all, "{ordering} by {limit}");
        assert!(pages.iter().all(|page| page.len() <= limit));
        let Some(before_last) = forward.last().unwrap().link("previous") else {
            continue;
        };
        let mut back = all_letters(&api.walk(&before_last, "previous").await);
        back.reverse();
        assert_eq!(back, pages[..pages.len() - 1], "{ordering} by {limit}, back");
    }
}

#[actix_web::test]
async fn orders_follow_the_contract() {
    let api = Api::new().await;
    for (name, display_name) in [("b", Some("Zoë")), ("c", None), ("a", Some("ábel"))] {
        api.create(json!({"vendor_data": name, "display_name": display_name})).await;
    }
    api.patch("/v3/users/b/", json!({"tags": ["x"]})).await;
    for (ordering, order) in [
        ("created_at", "bca"),
        ("-created_at", "acb"),
        ("updated_at", "cab"),
        ("-updated_at", "bac"),
        ("last_activity_at", "cab"),
        ("-last_activity_at", "bac"),
        ("display_name", "cab"),
        ("-display_name", "bac"),
        // No user has a session. Ties are broken by id, and ids grow with time.
        ("last_session_at", "bca"),
        ("-last_session_at", "acb"),
        ("", "acb"),
    ] {
        let page = api.get(&format!("/v3/users/?ordering={ordering}")).await;
        assert_eq!(letters(&page), order, "{ordering}");
    }
}

#[actix_web::test]
async fn an_exact_match_comes_first_without_a_requested_order() {
    let api = Api::new().await;
    for (name, email) in [("b", "joann"), ("a", "ann"), ("c", "joann")] {
        let email = format!("{email}@example.org");
        api.create(json!({"vendor_data": name, "approved_emails": [email]})).await;
    }
    let uri = "/v3/users/?search=ANN%40example.org";
    assert_eq!(letters(&api.get(uri).await), "acb");
    let ordered = api.get(&format!("{uri}&ordering=-last_session_at")).await;
    assert_eq!(letters(&ordered), "cab");
    let pages = api.walk(&format!("{uri}&limit=1"), "next").await;
    assert_eq!(all_letters(&pages), ["a", "c", "b"]);
    let second = api.get(&pages[2].link("previous").unwrap()).await;
    assert_eq!(letters(&second), "c");
    // A cursor belongs to the order of its list.
    let next = pages[1].link("next").unwrap();
    let other = api.get(&format!("{next}&ordering=-last_session_at")).await;
    other.assert(400, &json!({"ordering": [OTHER_PARAMETERS]}));
}

#[actix_web::test]
async fn a_cursor_is_sufficient_and_limit_and_count_may_change() {
    let api = Api::new().await;
    seven_users(&api, 1).await;
    let first = api.get("/v3/users/?ordering=created_at&search=a&tag=t&limit=1&count=exact").await;
    assert_eq!(first.json()["count"], 5, "{}", first.body);
    let next = first.link("next").unwrap();
    assert!(next.ends_with("&limit=1&count=exact"), "{next}");
    let alone = next.split('&').next().unwrap();
    let rest = api.get(alone).await;
    assert_eq!((letters(&rest), &rest.json()["count"]), ("dcba".to_owned(), &json!(5)));
    let changed = api.get(&format!("{alone}&limit=2&count=none")).await;
    assert_eq!((letters(&changed), &changed.json()["count"]), ("dc".to_owned(), &Value::Null));
}

#[actix_web::test]
async fn parameters_beside_a_cursor_must_be_unchanged() {
    let api = Api::new().await;
    seven_users(&api, 1).await;
    let filters =
        "ordering=created_at&status=ACTIVE,BLOCKED&search=a&tag=t&created_after=2026-01-01";
    let cursor = api.get(&format!("/v3/users/?limit=1&{filters}")).await.link("next").unwrap();
    let same = filters.replace("ACTIVE,BLOCKED", "BLOCKED&status=ACTIVE");
    assert_eq!(api.get(&format!("{cursor}&{same}&country=")).await.status, 200);
    for query in [
        "ordering=-created_at",
        "status=ACTIVE",
        "search=b",
        "country=ES",
        "tag=u",
        "tag=t&tag=u",
        "metadata.k=1",
        "created_after=2026-01-02",
        "created_before=2026-01-02",
        "updated_after=2026-01-01",
        "updated_before=2026-01-01",
        "last_activity_after=2026-01-01",
        "last_activity_before=2026-01-01",
    ] {
        let (field, _) = query.split_once('=').unwrap();
        let reply = api.get(&format!("{cursor}&{query}")).await;
        reply.assert(400, &json!({field: [OTHER_PARAMETERS]}));
    }
    let reply = api.get(&format!("{cursor}&offset=0")).await;
    reply.assert(400, &json!({"cursor": ["Cannot be combined with offset."]}));
}

#[actix_web::test]
async fn a_modified_cursor_is_invalid() {
    let api = Api::new().await;
    seven_users(&api, 1).await;
    let next = api.get("/v3/users/?limit=1").await.link("next").unwrap();
    let cursor = next.split(['=', '&']).nth(1).unwrap();
    let invalid = json!({"cursor": ["Invalid cursor."]});
    // The last character has unused bits, which must be unchanged nevertheless.
    let (place, last) = cursor.char_indices().next_back().unwrap();
    let others = ["A", "B", "-"].into_iter().filter(|other| !other.starts_with(last));
    let other_ends = others.map(|other| format!("{}{other}", &cursor[..place]));
    let others = ["x", "%20", "0", &cursor[1..], &cursor[..20]].map(str::to_owned);
    let longer = [format!("{cursor}A"), format!("{cursor}%3D")];
    for other in other_ends.chain(others).chain(longer) {
        let reply = api.get(&format!("/v3/users/?cursor={other}")).await;
        assert_eq!((reply.status.as_u16(), &reply.json()), (400, &invalid), "{other}");
    }
    let stranger = api.strangers_key().await;
    api.with_key(&stranger, "GET", &next).send().await.assert(400, &invalid);
}

#[actix_web::test]
async fn an_offset_gives_offset_links_with_the_same_parameters() {
    let api = Api::new().await;
    seven_users(&api, 1).await;
    let first = "/v3/users/?offset=0&page_size=3&ordering=created_at&tag=t&unknown=1&search=&status=ACTIVE,FLAGGED";
    let base = "/v3/users/?ordering=created_at&tag=t&status=ACTIVE%2CFLAGGED&limit=3";
    let pages = api.walk(first, "next").await;
    assert_eq!(all_letters(&pages), ["gfe", "dcb", "a"]);
    assert_eq!(pages[0].link("previous"), None);
    assert_eq!(pages[0].link("next").unwrap(), format!("{base}&offset=3"));

    let pages = api.walk(&format!("{base}&offset=4"), "previous").await;
    assert_eq!(all_letters(&pages), ["cba", "fed", "gfe"]);
    assert_eq!(pages[0].link("next"), None);
    assert_eq!(pages[0].link("previous").unwrap(), format!("{base}&offset=1"));
    let behind = api.get("/v3/users/?offset=9&limit=3").await;
    assert_eq!(letters(&behind), "");
    assert_eq!(behind.link("previous").unwrap(), "/v3/users/?limit=3&offset=6");
}

#[actix_web::test]
async fn a_page_number_is_an_offset() {
    let api = Api::new().await;
    seven_users(&api, 1).await;
    for (query, page) in [
        ("page=1&page_size=3", "gfe"),
        ("page=2&page_size=3", "dcb"),
        ("page=3&limit=3", "a"),
        ("page=4&page_size=3", ""),
        ("page=2&page_size=3&offset=3", "dcb"),
        ("page=1", "gfedcba"),
    ] {
        let reply = api.get(&format!("/v3/users/?ordering=created_at&{query}")).await;
        assert_eq!(letters(&reply), page, "{query}");
    }
    let reply = api.get("/v3/users/?page=2&page_size=2&status[]=ACTIVE").await;
    let base = "/v3/users/?status%5B%5D=ACTIVE&limit=2";
    assert_eq!(reply.link("next").unwrap(), format!("{base}&offset=4"));
    assert_eq!(reply.link("previous").unwrap(), format!("{base}&offset=0"));
}

/// An API with a store of more than two million users that returns the first ones for every offset.
async fn crowded() -> Api {
    let api = Api::with(|ports| {
        let (store, mut reader) = (ports.reader.clone(), MockUserReader::new());
        reader.expect_list().returning(move |application, question| {
            let first = ListUsers { start: PageStart::First, ..question.clone() };
            Ok(UserPage {
                has_previous: question.start != PageStart::First,
                has_next: true,
                count: listing::count(2_000_001, question.count),
                ..ready(store.list(application, &first))?
            })
        });
        ports.reader = Arc::new(reader);
    })
    .await;
    seven_users(&api, 1).await;
    api
}

#[actix_web::test]
async fn pages_beyond_the_maximum_offset_continue_by_cursor() {
    let api = crowded().await;
    let next = async |uri: &str| api.get(uri).await.link("next").unwrap();
    let up_to_it = next("/v3/users/?limit=2&offset=999998").await;
    assert_eq!(up_to_it, "/v3/users/?limit=2&offset=1000000");
    let beyond = next(&up_to_it).await;
    assert!(beyond.starts_with("/v3/users/?cursor="), "{beyond}");
    assert!(next(&beyond).await.starts_with("/v3/users/?cursor="));
}

#[actix_web::test]
async fn a_capped_count_is_marked_as_a_minimum() {
    let api = crowded().await;
    for (query, count, relation) in [
        ("", json!(1000), "gte"),
        ("?count=exact", json!(2_000_001), "eq"),
        ("?count=estimate", json!(2_000_001), "approx"),
    ] {
        let page = api.get(&format!("/v3/users/{query}")).await.json();
        let counted = (&page["count"], page["count_relation"].as_str());
        assert_eq!(counted, (&count, Some(relation)), "{query}");
    }
}

#[actix_web::test]
async fn an_empty_page_has_links_to_its_neighbours() {
    let api = Api::new().await;
    for name in ["a", "b", "c"] {
        api.user(name).await;
    }
    let list = "/v3/users/?ordering=created_at&limit=2";
    let behind = api.get(list).await.link("next").unwrap();
    let front = api.get(&behind).await.link("previous").unwrap();
    for (deleted, created, uri, link, other, found) in [
        (&["c"][..], None, &behind, "previous", "next", "ab"),
        (&["a", "b"], Some("d"), &front, "next", "previous", "d"),
    ] {
        if let Some(name) = created {
            api.user(name).await;
        }
        api.delete_users(deleted).await;
        let empty = api.get(uri).await;
        assert_eq!((letters(&empty).as_str(), empty.link(other)), ("", None));
        let neighbour = api.get(&empty.link(link).unwrap()).await;
        assert_eq!(letters(&neighbour), found);
    }
}

#[actix_web::test]
async fn links_follow_only_the_headers_that_the_proxies_write() {
    for (written, expected) in [
        (ProxyHeaders::XForwarded, "https://x.example/v3/users/"),
        (ProxyHeaders::Forwarded, "http://standard.example/v3/users/"),
    ] {
        let api = Api::with(|ports| {
            ports.settings.trusts_proxy = Arc::new(|peer| peer.is_loopback());
            ports.settings.proxy_headers = written;
        })
        .await;
        seven_users(&api, 1).await;
        let call = api.call("GET", "/v3/users/?limit=1").from("127.0.0.1");
        let call = call.header("forwarded", "host=standard.example;proto=http");
        let call =
            call.header("x-forwarded-host", "x.example").header("x-forwarded-proto", "https");
        let page = call.send().await.json();
        assert!(page["next"].as_str().unwrap().starts_with(expected), "{page}");
    }
}

/// A user with a name and the maximum of addresses, each of maximum length.
fn long(number: usize) -> Value {
    let quotes = "\"".repeat(100);
    let name = |place: usize| format!("{number:03}{place:02}{}", "\u{1f525}".repeat(244));
    let emails: Vec<_> = (0..50).map(|place| format!("{}@x.yy", name(place))).collect();
    json!({ "vendor_data": format!("{number} {quotes}"), "approved_emails": emails })
}

#[actix_web::test]
async fn a_long_page_ends_early_and_has_a_next_link() {
    // The maximum size, with room for the members around the rows.
    const MAX_BYTES: usize = 4 * 1024 * 1024 + 4096;
    let api = Api::new().await;
    for number in 0..90 {
        assert_eq!(api.post("/v3/users/create/", long(number)).await.status, 201);
    }
    let assert_two_pages = async |first: &str| {
        let pages = api.walk(first, "next").await;
        assert_eq!(pages.len(), 2, "{first}");
        assert!(pages.iter().all(|page| page.body.len() <= MAX_BYTES));
        let users: BTreeSet<_> = pages.iter().flat_map(|page| page.column("vendor_data")).collect();
        assert_eq!(users.len(), 90, "{first}");
    };
    for parameters in ["", "&offset=0", "&ordering=created_at", "&count=none"] {
        assert_two_pages(&format!("/v3/users/?limit=1000{parameters}")).await;
    }
    let all = json!({ "delete_all": true });
    while api.post("/v3/users/delete/", all.clone()).await.json()["remaining"] == true {}
    assert_two_pages("/v3/users/deleted/?limit=1000").await;
}
