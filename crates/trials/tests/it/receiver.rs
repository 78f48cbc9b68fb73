//! The receiver over real HTTP.

use std::time::Duration;

use trials::api::http_client;
use trials::receiver::{Behaviour, Checking, Receiver};

const KEY: &str = "tno2NTeRC1ZK3sBOYlBJDyEzBVENl3pQ1AcZyAW0xnQ";
const BODY: &str = r#"{"event_id":"e","sequence":1,"status":"ACTIVE","timestamp":1774970001,"vendor_data":"n","webhook_type":"user.data.updated"}"#;

/// The headers for `BODY`, signed with `KEY`.
const HEADERS: [(&str, &str); 9] = [
    ("content-type", "application/json"),
    ("user-agent", "users-service/0.1.0"),
    ("x-timestamp", "1774970001"),
    ("x-signature", X_SIGNATURE),
    ("x-signature-v2", X_SIGNATURE),
    ("x-signature-simple", SIMPLE),
    ("webhook-id", "e"),
    ("webhook-timestamp", "1774970001"),
    ("webhook-signature", STANDARD),
];
const X_SIGNATURE: &str = "8dbae06e334080efb56a5d22b0c1b03e7e9ba2e0acf8b6d2d98db4126bd95dee";
const SIMPLE: &str = "53ccb2fe385afcec9170c8c267f227f3b251fae32b5e8a33672061151b3fbd1e";
const STANDARD: &str = "v1,3ymmtAb4PbHIhF9IjbUwzschtCkxR4+XkVLyEPaVlYo=";

async fn post(client: &reqwest::Client, url: &str, headers: &[(&str, &str)]) -> u16 {
    let request = headers
        .iter()
        .fold(client.post(url).body(BODY), |request, (name, value)| request.header(*name, *value));
    request.send().await.map_or(0, |answer| answer.status().as_u16())
}

#[test]
fn requests_are_recorded_with_response_and_signature_check() {
    testkit::run(async {
        let behaviours =
            [Behaviour::Healthy, Behaviour::Refuses, Behaviour::RefusesFirst { percent: 100 }];
        let receiver = Receiver::start(&behaviours, Checking::Everything).unwrap();
        receiver.set_secret(0, KEY).unwrap();
        let client = http_client(Duration::from_secs(10)).unwrap();

        assert_eq!(post(&client, &receiver.url(0).unwrap(), &HEADERS).await, 204);
        assert_eq!(post(&client, &receiver.url(0).unwrap(), &HEADERS[1..]).await, 204);
        assert_eq!(post(&client, &receiver.url(1).unwrap(), &HEADERS).await, 500);
        assert_eq!(post(&client, &receiver.url(2).unwrap(), &HEADERS).await, 500);
        assert_eq!(post(&client, &receiver.url(2).unwrap(), &HEADERS).await, 204);
        assert_eq!(
            post(&client, &receiver.url(0).unwrap().replace("/0", "/3"), &HEADERS).await,
            404
        );

        let arrivals = receiver.arrivals();
        let outcomes: Vec<_> = arrivals
            .iter()
            .map(|arrival| (arrival.destination, arrival.accepted, arrival.invalid.is_some()))
            .collect();
        assert_eq!(
            outcomes,
            [
                (0, true, false),
                (0, true, true),
                (1, false, true),
                (2, false, true),
                (2, true, true),
            ],
            "{arrivals:#?}"
        );
        let first = &arrivals[0];
        assert_eq!((first.event.as_str(), first.name.as_str()), ("e", "n"));
        assert!(first.began <= first.ended);
        assert!(first.age > Duration::from_mins(1), "it was signed long ago");
        assert_eq!(receiver.signatures(), (5, 4));
    });
}

#[test]
fn a_hanging_destination_does_not_delay_others() {
    testkit::run(async {
        let receiver =
            Receiver::start(&[Behaviour::Hangs, Behaviour::Healthy], Checking::OneOf(1)).unwrap();
        let impatient = http_client(Duration::from_millis(300)).unwrap();
        let patient = http_client(Duration::from_secs(10)).unwrap();
        let (hanging, healthy) = (receiver.url(0).unwrap(), receiver.url(1).unwrap());
        let (none, answer) =
            tokio::join!(post(&impatient, &hanging, &HEADERS), post(&patient, &healthy, &HEADERS));
        assert_eq!((none, answer), (0, 204));
        receiver.set_behaviour(0, Behaviour::Healthy).unwrap();
        assert_eq!(post(&patient, &hanging, &HEADERS).await, 204);
        let seen = receiver.take_seen();
        let mut accepted: Vec<_> = seen.iter().map(|s| (s.destination, s.accepted)).collect();
        accepted.sort_unstable();
        assert_eq!(accepted, [(0, false), (0, true), (1, true)]);
        assert_eq!(receiver.count(), 0, "reading the times clears them");
    });
}

#[test]
fn a_held_request_is_recorded_on_release_and_on_disconnect() {
    testkit::run(async {
        let receiver = Receiver::start(&[Behaviour::Holds], Checking::Everything).unwrap();
        let url = receiver.url(0).unwrap();
        let impatient = http_client(Duration::from_millis(300)).unwrap();
        assert_eq!(post(&impatient, &url, &HEADERS).await, 0);
        let patient = http_client(Duration::from_secs(30)).unwrap();
        let release = async {
            // The first request has ended and the second one has arrived.
            while receiver.count() < 1 || receiver.under_way(0) != 1 {
                tokio::task::yield_now().await;
            }
            receiver.set_behaviour(0, Behaviour::Healthy).unwrap();
        };
        let both = async { tokio::join!(post(&patient, &url, &HEADERS), release) };
        let limit = Duration::from_secs(30);
        let (answer, ()) = tokio::time::timeout(limit, both).await.unwrap();
        assert_eq!(answer, 204);
        let arrivals = receiver.arrivals();
        let accepted: Vec<_> = arrivals.iter().map(|arrival| arrival.accepted).collect();
        assert_eq!(accepted, [false, true]);
        assert_eq!(receiver.under_way(0), 0);
    });
}
