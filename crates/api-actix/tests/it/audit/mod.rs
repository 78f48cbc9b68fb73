//! Tests of reading the audit trail, and of audit entries about refused calls.

mod activity;
mod export;
mod log;
mod refusals;

use serde_json::Value;

use crate::support::{Api, Reply};

/// Returns the entries of a page.
fn results(reply: &Reply) -> Vec<Value> {
    assert_eq!(reply.status, 200, "{}", reply.body);
    reply.json()["results"].as_array().unwrap().clone()
}

/// Returns one member of each entry.
fn members(entries: &[Value], name: &str) -> Vec<String> {
    let texts = entries.iter().map(|entry| entry[name].as_str().unwrap());
    texts.map(str::to_owned).collect()
}

/// Returns the path and query of a link.
fn target(reply: &Reply, link: &str) -> Option<String> {
    let url = reply.json()[link].as_str()?.to_owned();
    Some(url[url.find("/v3/").unwrap()..].to_owned())
}

/// Follows the link named `link` from page to page. Returns the entries of each page.
async fn walk(api: &Api, uri: &str, link: &str) -> Vec<Vec<Value>> {
    let (mut pages, mut next) = (Vec::new(), Some(uri.to_owned()));
    while let Some(uri) = next {
        assert!(pages.len() < 100, "the links do not end");
        let reply = api.get(&uri).await;
        pages.push(results(&reply));
        next = target(&reply, link);
    }
    pages
}
