//! The data stored on the server.

use std::sync::Arc;

use adapter_rate_limits::testing::TestServer;
use redis::aio::MultiplexedConnection;
use testkit::FixedClock;
use users_domain::ports::RateLimiter as _;

use crate::{connection, limiter, new_subject, per_minute};

async fn only_key(server: &mut MultiplexedConnection) -> String {
    let keys: Vec<String> = redis::cmd("KEYS").arg("*").query_async(server).await.unwrap();
    assert_eq!(keys.len(), 1);
    keys.concat()
}

async fn server_time(server: &mut MultiplexedConnection) -> i64 {
    let (seconds, micros): (i64, i64) = redis::cmd("TIME").query_async(server).await.unwrap();
    seconds * 1_000_000 + micros
}

#[test]
fn the_servers_clock_is_used() {
    testkit::run(async {
        let server = TestServer::start();
        let mut beside = connection(&server.url()).await;
        let before = server_time(&mut beside).await;
        let verdict = limiter(&server.url()).check(new_subject(), per_minute(3)).await;
        let after = server_time(&mut beside).await;
        assert_eq!(verdict.unwrap().full_in.as_secs(), 60);
        let key = only_key(&mut beside).await;
        let admitted: Vec<i64> =
            redis::cmd("LRANGE").arg(key).arg(0).arg(-1).query_async(&mut beside).await.unwrap();
        assert_eq!(admitted.len(), 1);
        assert!((before..=after).contains(&admitted[0]));
    });
}

/// A service key may be admitted 60,000 requests a minute, so each must take little memory.
#[test]
fn a_request_takes_less_than_sixteen_bytes_and_ended_ones_take_none() {
    testkit::run(async {
        let server = TestServer::start();
        let (clock, asks) = (Arc::new(FixedClock::default()), new_subject());
        clock.tick_by(5_000);
        let limiter = limiter(&server.url()).with_clock(clock.clone());
        for _ in 0..10_000 {
            let verdict = limiter.check(asks, per_minute(60_000)).await.unwrap();
            assert!(verdict.admitted);
        }
        let mut beside = connection(&server.url()).await;
        let key = only_key(&mut beside).await;
        let usage = async |server: &mut MultiplexedConnection| -> usize {
            let mut usage = redis::cmd("MEMORY");
            usage.arg("USAGE").arg(&key).arg("SAMPLES").arg(0);
            usage.query_async(server).await.unwrap()
        };
        let bytes = usage(&mut beside).await;
        assert!(bytes < 160_000, "{bytes} bytes");

        // First half of the requests end, then all.
        clock.advance(35_000_000);
        let verdict = limiter.check(asks, per_minute(60_000)).await.unwrap();
        assert_eq!(verdict.remaining, 60_000 - 5_000);
        let half = usage(&mut beside).await;
        assert!(half < bytes * 6 / 10, "{half} of {bytes} bytes");
        clock.advance(60_000_000);
        let verdict = limiter.check(asks, per_minute(60_000)).await.unwrap();
        assert_eq!(verdict.remaining, 60_000 - 1);
        let one = usage(&mut beside).await;
        assert!(one < 500, "{one} bytes");
    });
}
