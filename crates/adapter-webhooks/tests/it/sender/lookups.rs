//! Names whose servers are silent: they fail attempts for their own destinations and delay no others.

use std::io;
use std::net::SocketAddr;
use std::sync::{Mutex, mpsc};

use adapter_webhooks::NameLookup;
use tokio::task::JoinSet;
use users_domain::ports::NotSent;

use super::*;

/// Lookups of names that begin with `silent` block until the sender is dropped; other names resolve to loopback.
fn lookup() -> (NameLookup, mpsc::Sender<()>) {
    let (let_answer, may_answer) = mpsc::channel::<()>();
    let may_answer = Mutex::new(may_answer);
    let look_up = NameLookup::new(move |name| {
        if name.starts_with("silent") {
            let _ = may_answer.lock().unwrap().recv();
            return Err(io::ErrorKind::NotFound.into());
        }
        Ok(vec![SocketAddr::from(([127, 0, 0, 1], 0))])
    });
    (look_up, let_answer)
}

fn with_places(
    look_up: NameLookup,
    lookups_at_once: usize,
    connect: Duration,
) -> HttpWebhookSender {
    let settings = SenderSettings {
        connect_timeout: connect,
        lookups_at_once,
        look_up,
        ..SenderSettings::default()
    };
    sender(loopback(), settings)
}

#[tokio::test]
async fn silent_names_delay_no_other_destination() {
    let (look_up, let_answer) = lookup();
    let receiver =
        receiver::Receiver::answering("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
    let healthy = format!("http://receiver.example:{}/", receiver.address.port());
    let sender = Arc::new(with_places(look_up, 32, Duration::from_secs(20)));
    let mut waiting = JoinSet::new();
    for number in 0..6 {
        for _ in 0..8 {
            let (sender, url) = (Arc::clone(&sender), format!("http://silent-{number}.example/"));
            waiting.spawn(async move { sender.send(webhook(&url)).await });
        }
    }
    for _ in 0..10 {
        let report = send(&sender, &healthy).await;
        assert_eq!(report.answer, status(200));
    }
    assert_eq!(waiting.len(), 48);
    assert!(waiting.try_join_next().is_none(), "the silent ones still wait");
    drop(let_answer);
    while let Some(report) = waiting.join_next().await {
        let answer = report.unwrap().unwrap().answer;
        assert_eq!(answer, nothing(TransportError::NameNotResolved));
    }
}

#[tokio::test]
async fn an_exhausted_lookup_share_is_not_the_receivers_failure() {
    let (look_up, _silent) = lookup();
    let receiver =
        receiver::Receiver::answering("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
    let healthy = format!("http://receiver.example:{}/", receiver.address.port());
    let sender = with_places(look_up, 4, Duration::from_millis(100));
    let report = send(&sender, "http://silent-1.example/").await;
    assert_eq!(report.answer, nothing(TransportError::NotConnected));
    // The lookup outlasts the attempt and uses up the application's share.
    let refused = sender.send(webhook(&healthy)).await;
    assert_eq!(refused.unwrap_err(), NotSent::NoPlaceToLookUp);
    let of_another = OutgoingWebhook {
        application: ApplicationId::new(uuid::Uuid::from_u128(2)),
        ..webhook(&healthy)
    };
    assert_eq!(sender.send(of_another).await.unwrap().answer, status(200));
    let again = send(&sender, "http://silent-1.example/").await;
    assert_eq!(again.answer, nothing(TransportError::NotConnected));
}
