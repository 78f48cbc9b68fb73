//! `GET /v3/users/`: pages and their links.

use std::sync::Arc;

use actix_web::test;
use api_actix::{ProxyHeaders, app};
use async_trait::async_trait;
use serde_json::{Value, json};
use users_domain::model::evidence::History;
use users_domain::model::{
    ApplicationId, ListUsers, PageStart, Timestamp, UserDetail, UserId, UserKey, UserPage,
    UserRecord, UserStatus, VendorData,
};
use users_domain::ports::{StoreError, UserReader};
use users_domain::rules::listing;

use crate::list::in_order;
use crate::support::{Api, Reply};

const ORDERINGS: [&str; 10] = [
    "created_at",
    "-created_at",
    "updated_at",
    "-updated_at",
    "last_activity_at",
    "-last_activity_at",
    "last_session_at",
    "-last_session_at",
    "display_name",
    "-display_name",
];

/// Returns the path of a link; asserts that the link has the origin that the client used.
fn target(link: &Value) -> Option<String> {
    let uri = link.as_str()?.strip_prefix("http://users.test").unwrap();
    assert!(uri.starts_with("/v3/users/?"), "{uri}");
    Some(uri.to_owned())
}

async fn get(api: &Api, uri: &str) -> Reply {
    let reply = api.call("GET", uri).header("host", "users.test").send().await;
    assert_eq!(reply.status, 200, "{uri}: {}", reply.body);
    reply
}

/// Follows a link from page to page, and returns all pages.
async fn walk(api: &Api, uri: &str, link: &str) -> Vec<Vec<String>> {
    let mut pages = Vec::new();
    let mut uri = Some(uri.to_owned());
    while let Some(at) = uri {
        assert!(pages.len() < 20, "the links do not end");
        let reply = get(api, &at).await;
        pages.push(in_order(&reply));
        uri = target(&reply.json()[link]);
    }
    pages
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
        assert_eq!(api.post("/v3/users/create/", body).await.status, 201);
    }
}

#[actix_web::test]
async fn pages_forward_and_back_hold_every_user_once() {
    let api = Api::new().await;
    seven_users(&api, 2).await;
    for ordering in ORDERINGS {
        let all = in_order(&get(&api, &format!("/v3/users/?ordering={ordering}")).await);
        assert_eq!(all.len(), 7);
        for limit in [1, 2, 3, 7] {
            let first = format!("/v3/users/?ordering={ordering}&limit={limit}");
            let forward = walk(&api, &first, "next").await;
            assert_eq!(forward.concat(), all, "{ordering} by {limit}");
            assert!(forward.iter().all(|page| page.len() <= limit));

            let mut last = first;
            while let Some(next) = target(&get(&api, &last).await.json()["next"]) {
                last = next;
            }
            let back: Vec<_> = walk(&api, &last, "previous").await.into_iter().rev().collect();
            assert_eq!(back.concat(), all, "{ordering} by {limit}, back");
        }
    }
}

#[actix_web::test]
async fn orders_follow_the_contract() {
    let api = Api::new().await;
    for (name, display_name) in [("b", Some("Zoë")), ("c", None), ("a", Some("ábel"))] {
        let body = json!({"vendor_data": name, "display_name": display_name});
        assert_eq!(api.post("/v3/users/create/", body).await.status, 201);
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
        let uri = format!("/v3/users/?ordering={ordering}");
        assert_eq!(in_order(&get(&api, &uri).await).concat(), order, "{ordering}");
    }
}

#[actix_web::test]
async fn a_cursor_is_sufficient_and_limit_and_count_may_change() {
    let api = Api::new().await;
    seven_users(&api, 1).await;
    let first =
        get(&api, "/v3/users/?ordering=created_at&search=a&tag=t&limit=1&count=exact").await;
    assert_eq!(first.json()["count"], 5, "{}", first.body);
    let next = target(&first.json()["next"]).unwrap();
    assert!(next.ends_with("&limit=1&count=exact"), "{next}");
    let alone = next.split('&').next().unwrap();
    let rest = get(&api, alone).await;
    assert_eq!(in_order(&rest).concat(), "dcba");
    assert_eq!(rest.json()["count"], 5);
    let changed = get(&api, &format!("{alone}&limit=2&count=none")).await;
    assert_eq!(in_order(&changed).concat(), "dc");
    assert_eq!(changed.json()["count"], Value::Null);
}

#[actix_web::test]
async fn parameters_beside_a_cursor_must_be_unchanged() {
    let api = Api::new().await;
    seven_users(&api, 1).await;
    let filters = "ordering=created_at&status=ACTIVE,BLOCKED&search=a&tag=t&created_after=2026-01-01&metadata.k=1";
    let uri = "/v3/users/?limit=1&ordering=created_at&status=ACTIVE,BLOCKED&search=a&tag=t&created_after=2026-01-01";
    let cursor = target(&get(&api, uri).await.json()["next"]).unwrap();
    let same =
        filters.replace("&metadata.k=1", "").replace("ACTIVE,BLOCKED", "BLOCKED&status=ACTIVE");
    get(&api, &format!("{cursor}&{same}&country=")).await;
    let message = "Must be as in the request that the cursor came from, or left out.";
    for (query, field) in [
        ("ordering=-created_at", "ordering"),
        ("status=ACTIVE", "status"),
        ("search=b", "search"),
        ("country=ES", "country"),
        ("tag=u", "tag"),
        ("tag=t&tag=u", "tag"),
        ("metadata.k=1", "metadata.k"),
        ("created_after=2026-01-02", "created_after"),
        ("created_before=2026-01-02", "created_before"),
        ("updated_after=2026-01-01", "updated_after"),
        ("updated_before=2026-01-01", "updated_before"),
        ("last_activity_after=2026-01-01", "last_activity_after"),
        ("last_activity_before=2026-01-01", "last_activity_before"),
    ] {
        let reply = api.get(&format!("{cursor}&{query}")).await;
        reply.assert(400, &json!({field: [message]}));
    }
    let reply = api.get(&format!("{cursor}&offset=0")).await;
    reply.assert(400, &json!({"cursor": ["Cannot be combined with offset."]}));
}

#[actix_web::test]
async fn a_modified_cursor_is_invalid() {
    let api = Api::new().await;
    seven_users(&api, 1).await;
    let next = target(&get(&api, "/v3/users/?limit=1").await.json()["next"]).unwrap();
    let cursor = next.split(['=', '&']).nth(1).unwrap().to_owned();
    let invalid = json!({"cursor": ["Invalid cursor."]});
    for (place, character) in cursor.char_indices() {
        // The last character has unused bits, which must be unchanged nevertheless.
        for other in ["A", "B", "-"] {
            if other.starts_with(character) {
                continue;
            }
            let mut touched = cursor.clone();
            touched.replace_range(place..=place, other);
            let reply = api.get(&format!("/v3/users/?cursor={touched}")).await;
            assert_eq!((reply.status.as_u16(), &reply.json()), (400, &invalid), "{touched}");
        }
    }
    for none in [
        "x",
        "%20",
        "0",
        &format!("{cursor}A"),
        &cursor[1..],
        &cursor[..20],
        &format!("{cursor}%3D"),
    ] {
        api.get(&format!("/v3/users/?cursor={none}")).await.assert(400, &invalid);
    }
    let stranger = api.strangers_key().await;
    let call = api.anonymous("GET", &format!("/v3/users/?cursor={cursor}"));
    call.header("x-api-key", &stranger).send().await.assert(400, &invalid);
}

#[actix_web::test]
async fn an_offset_gives_offset_links_with_the_same_parameters() {
    let api = Api::new().await;
    seven_users(&api, 1).await;
    let first = "/v3/users/?offset=0&page_size=3&ordering=created_at&tag=t&unknown=1&search=&status=ACTIVE,FLAGGED";
    let page = get(&api, first).await.json();
    assert_eq!(page["previous"], Value::Null);
    let base = "/v3/users/?ordering=created_at&tag=t&status=ACTIVE%2CFLAGGED&limit=3";
    assert_eq!(target(&page["next"]).unwrap(), format!("{base}&offset=3"));
    assert_eq!(
        walk(&api, first, "next").await,
        [vec!["g", "f", "e"], vec!["d", "c", "b"], vec!["a"]]
    );
    let from_the_middle = format!("{base}&offset=4");
    let page = get(&api, &from_the_middle).await.json();
    assert_eq!(page["next"], Value::Null);
    assert_eq!(target(&page["previous"]).unwrap(), format!("{base}&offset=1"));
    assert_eq!(
        walk(&api, &from_the_middle, "previous").await,
        [vec!["c", "b", "a"], vec!["f", "e", "d"], vec!["g", "f", "e"]]
    );
    let behind = get(&api, "/v3/users/?offset=9&limit=3").await;
    assert_eq!(in_order(&behind), [""; 0]);
    assert_eq!(target(&behind.json()["previous"]).unwrap(), "/v3/users/?limit=3&offset=6");
}

/// A store of more than two million users that returns the first ones for every offset.
struct Crowd(Arc<dyn UserReader>);

#[async_trait]
impl UserReader for Crowd {
    async fn find(
        &self,
        application: ApplicationId,
        key: &UserKey,
    ) -> Result<Option<UserDetail>, StoreError> {
        self.0.find(application, key).await
    }

    async fn list(
        &self,
        application: ApplicationId,
        question: &ListUsers,
    ) -> Result<UserPage, StoreError> {
        let mut first = question.clone();
        first.start = PageStart::First;
        let page = self.0.list(application, &first).await?;
        Ok(UserPage {
            has_previous: question.start != PageStart::First,
            has_next: true,
            count: listing::count(2_000_001, question.count),
            ..page
        })
    }

    async fn status(
        &self,
        application: ApplicationId,
        vendor_data: &VendorData,
    ) -> Result<Option<(UserStatus, u64)>, StoreError> {
        self.0.status(application, vendor_data).await
    }

    async fn block_left(
        &self,
        application: ApplicationId,
        vendor_data: &VendorData,
    ) -> Result<bool, StoreError> {
        self.0.block_left(application, vendor_data).await
    }

    async fn histories(
        &self,
        application: ApplicationId,
        after: Option<UserId>,
        limit: usize,
    ) -> Result<Vec<(UserRecord, History)>, StoreError> {
        self.0.histories(application, after, limit).await
    }

    async fn ids_made_by(
        &self,
        application: ApplicationId,
        made_by: Timestamp,
        after: Option<UserId>,
        limit: usize,
    ) -> Result<Vec<UserId>, StoreError> {
        self.0.ids_made_by(application, made_by, after, limit).await
    }
}

#[actix_web::test]
async fn pages_beyond_the_maximum_offset_continue_by_cursor() {
    let api = Api::with(|ports| ports.reader = Arc::new(Crowd(ports.reader.clone()))).await;
    seven_users(&api, 1).await;
    let next = async |uri: &str| target(&get(&api, uri).await.json()["next"]).unwrap();
    let up_to_it = next("/v3/users/?limit=2&offset=999998").await;
    assert_eq!(up_to_it, "/v3/users/?limit=2&offset=1000000");
    let beyond = next(&up_to_it).await;
    assert!(beyond.starts_with("/v3/users/?cursor="), "{beyond}");
    assert!(next(&beyond).await.starts_with("/v3/users/?cursor="));
}

#[actix_web::test]
async fn a_capped_count_is_marked_as_a_minimum() {
    let api = Api::with(|ports| ports.reader = Arc::new(Crowd(ports.reader.clone()))).await;
    for (query, count, relation) in [
        ("", json!(1000), "gte"),
        ("?count=exact", json!(2_000_001), "eq"),
        ("?count=estimate", json!(2_000_001), "approx"),
    ] {
        let page = get(&api, &format!("/v3/users/{query}")).await.json();
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
    let behind = target(&get(&api, list).await.json()["next"]).unwrap();
    let front = target(&get(&api, &behind).await.json()["previous"]).unwrap();
    let delete = async |name: &str| {
        let body = json!({"vendor_data_list": [name]});
        assert_eq!(api.post("/v3/users/delete/", body).await.json(), json!({"deleted": 1}));
    };

    delete("c").await;
    let empty = get(&api, &behind).await;
    assert_eq!(in_order(&empty), [""; 0]);
    assert_eq!(empty.json()["next"], Value::Null);
    let previous = target(&empty.json()["previous"]).unwrap();
    assert_eq!(in_order(&get(&api, &previous).await), ["a", "b"]);

    api.user("d").await;
    delete("a").await;
    delete("b").await;
    let empty = get(&api, &front).await;
    assert_eq!(in_order(&empty), [""; 0]);
    assert_eq!(empty.json()["previous"], Value::Null);
    let next = target(&empty.json()["next"]).unwrap();
    assert_eq!(in_order(&get(&api, &next).await), ["d"]);
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
        for name in ["ada", "bea"] {
            api.user(name).await;
        }
        let service = test::init_service(app(api.state.clone())).await;
        let request = test::TestRequest::get()
            .uri("/v3/users/?limit=1")
            .peer_addr(([127, 0, 0, 1], 4000).into())
            .append_header(("x-api-key", api.owner.as_str()))
            .append_header(("forwarded", "host=standard.example;proto=http"))
            .append_header(("x-forwarded-host", "x.example"))
            .append_header(("x-forwarded-proto", "https"));
        let page: Value = test::call_and_read_body_json(&service, request.to_request()).await;
        let next = page["next"].as_str().unwrap();
        assert!(next.starts_with(expected), "{next}");
    }
}
