use std::process::Command;

use adapter_webhooks::{AddressGuard, GuardedUrlPolicy, SenderSettings};
use users_domain::model::Network;
use users_domain::model::webhooks::TransportError;

use super::receiver::Receiver;
use super::{loopback, nothing, patient, public_only, send, sender, status};

#[tokio::test]
async fn a_forbidden_address_is_not_called_in_any_spelling() {
    let trap = Receiver::trap().await;
    let port = trap.address.port();
    let sender = sender(public_only(), SenderSettings::default());
    for host in [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f.1",
        "[::ffff:127.0.0.1]",
        "１２７.0.0.1",
        "127.0.0.1.",
        "0",
    ] {
        for scheme in ["http", "https"] {
            let report = send(&sender, &format!("{scheme}://{host}:{port}/hook")).await;
            assert_eq!(report.answer, nothing(TransportError::AddressForbidden), "{host}");
            assert_eq!(report.excerpt, "");
        }
    }
    assert_eq!(trap.connections(), 0);
}

#[tokio::test]
async fn a_name_that_resolves_to_a_forbidden_address_is_not_called() {
    let trap = Receiver::trap().await;
    let port = trap.address.port();
    let sender = sender(public_only(), SenderSettings::default());
    for host in ["localhost", "LOCALHOST"] {
        for scheme in ["http", "https"] {
            let report = send(&sender, &format!("{scheme}://{host}:{port}/hook")).await;
            assert_eq!(report.answer, nothing(TransportError::AddressForbidden), "{host}");
        }
    }
    assert_eq!(trap.connections(), 0);
}

#[tokio::test]
async fn a_name_that_resolves_to_an_opened_address_is_called() {
    let receiver = Receiver::trap().await;
    let url = format!("http://localhost:{}/hook", receiver.address.port());
    assert_eq!(send(&patient(), &url).await.answer, status(200));
    assert_eq!(receiver.connections(), 1);
}

/// Stored destinations may predate the current settings.
#[tokio::test]
async fn urls_that_the_policy_no_longer_accepts_are_not_called() {
    let trap = Receiver::trap().await;
    let opened: [Network; 1] = [Network::parse("127.0.0.0/8").unwrap()];
    let https_only = GuardedUrlPolicy::new(AddressGuard::new(opened), false);
    let sender = sender(https_only, SenderSettings::default());
    for url in [trap.url(), "nonsense".to_owned(), String::new()] {
        let report = send(&sender, &url).await;
        assert_eq!(report.answer, nothing(TransportError::AddressForbidden), "{url}");
    }
    assert_eq!(trap.connections(), 0);
}

#[tokio::test]
async fn a_name_without_an_address_is_reported() {
    // Longer than a DNS label may be, so it fails without a query.
    let name = "a".repeat(64);
    let sender = sender(loopback(), SenderSettings::default());
    let report = send(&sender, &format!("http://{name}.example/hook")).await;
    assert_eq!(report.answer, nothing(TransportError::NameNotResolved));
}

const IN_CHILD: &str = "sender::answers::a_delivery_arrives_signed_with_the_time_of_the_attempt";

/// Environment variables apply to the whole process, so a child process with a proxy set runs another test.
#[tokio::test]
async fn proxies_of_the_environment_are_not_used() {
    let trap = Receiver::trap().await;
    let proxy = format!("http://{}", trap.address);
    let child = tokio::task::spawn_blocking(move || {
        let mut command = Command::new(std::env::current_exe().unwrap());
        for name in
            ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"]
        {
            command.env(name, &proxy);
        }
        command.env_remove("no_proxy").env_remove("NO_PROXY");
        command.args(["--exact", IN_CHILD]).output().unwrap()
    });
    let output = child.await.unwrap();
    let stdout = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && stdout.contains("1 passed"), "{stdout}");
    assert_eq!(trap.connections(), 0);
}
