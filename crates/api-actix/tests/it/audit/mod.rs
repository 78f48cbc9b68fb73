//! Tests of reading the audit trail, and of audit entries about refused calls.

mod activity;
mod export;
mod log;
mod refusals;

use serde_json::Value;

use crate::support::Reply;

/// The rows of all pages.
fn concat(pages: &[Reply]) -> Vec<Value> {
    pages.iter().flat_map(Reply::rows).collect()
}
