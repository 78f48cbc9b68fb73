//! Reading the audit trail, and what gets into it without a change.

mod activity;
mod export;
mod log;
mod refusals;

use serde_json::Value;

use crate::support::{Api, Reply};

/// The entries of a page.
fn results(reply: &Reply) -> Vec<Value> {
    assert_eq!(reply.status, 200, "{}", reply.body);
    reply.json()["results"].as_array().unwrap().clone()
}

/// One member of each entry.
fn members(entries: &[Value], name: &str) -> Vec<String> {
    let texts = entries.iter().map(|entry| entry[name].as_str().unwrap());
    texts.map(str::to_owned).collect()
}

/// The path and query of a link.
fn target(reply: &Reply, link: &str) -> Option<String> {
    let url = reply.json()[link].as_str()?.to_owned();
    Some(url[url.find("/v3/").unwrap()..].to_owned())
}

/// From page to page by one of the links, until there is none.
async fn walk(api: &Api, uri: &str, link: &str) -> Vec<Vec<Value>> {
    let (mut pages, mut next) = (Vec::new(), Some(uri.to_owned()));
    while let Some(uri) = next {
        assert!(pages.len() < 100, "the walk has no end");
        let reply = api.get(&uri).await;
        pages.push(results(&reply));
        next = target(&reply, link);
    }
    pages
}
