//! Memory limits for request bodies and responses.

use serde_json::json;

use crate::connections::{Client, Served};
use crate::support::{Api, request};
use tokio::time::{pause, sleep};

const DELETE: &str = "POST /v3/users/delete/";
const MIB: usize = 1024 * 1024;

/// Sends the head and the first half of a request with a body of `bytes` bytes.
async fn send_half(served: &Served, key: &str, bytes: usize) -> Client {
    let mut client = served.connect_over("192.0.2.1", 4 * MIB);
    let length = format!("content-length: {bytes}");
    client.send(&request(DELETE, key, &length, &" ".repeat(bytes / 2))).await;
    sleep(std::time::Duration::from_millis(1)).await;
    client
}

/// Sends the second half of the body and returns the status.
async fn finish(client: &mut Client, bytes: usize) -> u16 {
    let body = "{\"vendor_data_list\":[\"x\"]}";
    client.send(body).await;
    client.send(&" ".repeat(bytes - bytes / 2 - body.len())).await;
    client.status().await
}

#[actix_web::test]
async fn incomplete_bodies_do_not_block_other_requests() {
    pause();
    let api = Api::with(|ports| ports.settings.body_memory_bytes = 8 * MIB).await;
    let served = Served::new(&api).await;
    let mut first = send_half(&served, &api.owner, MIB).await;
    let mut second = send_half(&served, &api.owner, MIB).await;
    // A key may use a quarter of the memory; small bodies and other applications are still accepted.
    assert_eq!(send_half(&served, &api.owner, MIB).await.status().await, 503);
    let mut small = send_half(&served, &api.owner, 1000).await;
    assert_eq!(finish(&mut small, 1000).await, 200);
    let stranger = api.strangers_key().await;
    let mut others = send_half(&served, &stranger, MIB).await;
    assert_eq!(finish(&mut others, MIB).await, 200);
    assert_eq!(finish(&mut first, MIB).await, 200);
    let mut later = send_half(&served, &api.owner, MIB).await;
    assert_eq!(finish(&mut later, MIB).await, 200);
    assert_eq!(finish(&mut second, MIB).await, 200);
}

#[actix_web::test]
async fn memory_for_a_chunked_body_is_reserved_as_it_grows() {
    pause();
    let api = Api::with(|ports| ports.settings.body_memory_bytes = 4 * MIB).await;
    let served = Served::new(&api).await;
    let _held = send_half(&served, &api.owner, MIB - 1024).await;
    let chunk = format!("4000\r\n{}\r\n", " ".repeat(0x4000));
    let mut chunks = served.connect_over("192.0.2.1", MIB);
    let body = chunk.repeat(10);
    chunks.send(&request(DELETE, &api.owner, "transfer-encoding: chunked", &body)).await;
    assert_eq!(chunks.status().await, 503);
}

#[actix_web::test]
async fn a_slow_upload_reserves_no_response_memory() {
    pause();
    let api = Api::with(|ports| ports.settings.answer_memory_bytes = MIB).await;
    api.user("x").await;
    let served = Served::new(&api).await;
    let mut slow = Vec::new();
    for _ in 0..8 {
        slow.push(send_half(&served, &api.owner, 1000).await);
    }
    assert_eq!(api.get("/v3/users/x/").await.status, 200);
    assert_eq!(api.get("/v3/users/").await.status, 200);
}

/// The response to 500 items with several errors each is longer than most responses.
#[actix_web::test]
async fn long_responses_of_every_route_are_counted() {
    pause();
    let api = Api::with(|ports| ports.settings.answer_memory_bytes = 3 * MIB / 4).await;
    let service = api.key(users_domain::model::KeyKind::Service).await;
    let served = Served::new(&api).await;
    let body = serde_json::Value::from(vec![json!({}); 500]).to_string();
    let length = format!("content-length: {}", body.len());
    let request = request("POST /internal/v1/session-events/", &service, &length, &body);
    let mut unread = served.connect_over("192.0.2.1", 16 * 1024);
    unread.send(&request).await;
    let mut refused = served.connect_over("192.0.2.1", 16 * 1024);
    refused.send(&request).await;
    assert_eq!(refused.status().await, 503);
    assert_eq!(unread.status().await, 200);
    refused.send(&request).await;
    assert_eq!(refused.status().await, 200);
}
