use std::pin::pin;
use std::task::{Context, Waker};

use super::*;

#[actix_web::test]
async fn assets_are_stored_although_their_first_client_left() {
    let assets = Assets::default();
    {
        let mut first = pin!(assets.get());
        let polled = first.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        assert!(polled.is_pending());
    }
    assert!(assets.0.lock().await.is_some());
}
