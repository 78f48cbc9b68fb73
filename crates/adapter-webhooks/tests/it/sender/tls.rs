use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::thread::JoinHandle;
use std::time::Duration;

use adapter_webhooks::{HttpWebhookSender, SenderSettings};
use openssl::asn1::Asn1Time;
use openssl::bn::BigNum;
use openssl::ec::{EcGroup, EcKey};
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use openssl::ssl::{SslAcceptor, SslMethod};
use openssl::x509::extension::{BasicConstraints, SubjectAlternativeName};
use openssl::x509::{X509, X509Builder, X509NameBuilder};
use reqwest::Certificate;
use users_domain::model::webhooks::TransportError;

use super::receiver::Receiver;
use super::{loopback, nothing, send, sender, status};

type Pair = (X509, PKey<Private>);

/// Validity of a certificate: the current day, or expired since 1970.
#[derive(Clone, Copy, PartialEq)]
enum Validity {
    Now,
    Over,
}

fn fresh(name: &str, validity: Validity) -> (X509Builder, PKey<Private>) {
    let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).unwrap();
    let key = PKey::from_ec_key(EcKey::generate(&group).unwrap()).unwrap();
    let mut subject = X509NameBuilder::new().unwrap();
    subject.append_entry_by_nid(Nid::COMMONNAME, name).unwrap();
    let subject = subject.build();
    let (from, to) = match validity {
        Validity::Now => (Asn1Time::days_from_now(0), Asn1Time::days_from_now(1)),
        Validity::Over => (Asn1Time::from_unix(0), Asn1Time::from_unix(1)),
    };
    let mut builder = X509::builder().unwrap();
    builder.set_version(2).unwrap();
    let serial = BigNum::from_u32(1).unwrap().to_asn1_integer().unwrap();
    builder.set_serial_number(&serial).unwrap();
    builder.set_subject_name(&subject).unwrap();
    builder.set_issuer_name(&subject).unwrap();
    builder.set_pubkey(&key).unwrap();
    builder.set_not_before(&from.unwrap()).unwrap();
    builder.set_not_after(&to.unwrap()).unwrap();
    (builder, key)
}

fn authority() -> Pair {
    let (mut builder, key) = fresh("a test authority", Validity::Now);
    let constraints = BasicConstraints::new().critical().ca().build().unwrap();
    builder.append_extension(constraints).unwrap();
    builder.sign(&key, MessageDigest::sha256()).unwrap();
    (builder.build(), key)
}

/// A certificate for a name and, if that is `localhost`, for 127.0.0.1; self-signed without an issuer.
fn certificate(issuer: Option<&Pair>, name: &str, validity: Validity) -> Pair {
    let (mut builder, key) = fresh(name, validity);
    if let Some((issuer, _)) = issuer {
        builder.set_issuer_name(issuer.subject_name()).unwrap();
    }
    let mut names = SubjectAlternativeName::new();
    names.dns(name);
    if name == "localhost" {
        names.ip("127.0.0.1");
    }
    let names = names.build(&builder.x509v3_context(None, None)).unwrap();
    builder.append_extension(names).unwrap();
    let signing = issuer.map_or(&key, |(_, key)| key);
    builder.sign(signing, MessageDigest::sha256()).unwrap();
    (builder.build(), key)
}

/// A receiver for one connection; the handle returns whether a request was received.
fn receiver((certificate, key): Pair) -> (SocketAddr, JoinHandle<bool>) {
    let mut acceptor = SslAcceptor::mozilla_intermediate_v5(SslMethod::tls_server()).unwrap();
    acceptor.set_certificate(&certificate).unwrap();
    acceptor.set_private_key(&key).unwrap();
    let acceptor = acceptor.build();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let received = std::thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        let Ok(mut stream) = acceptor.accept(stream) else {
            return false;
        };
        let received = stream.read(&mut [0; 4096]).is_ok_and(|read| read > 0);
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
        received
    });
    (address, received)
}

fn trusting(authority: &Pair) -> HttpWebhookSender {
    let settings = SenderSettings {
        additional_roots: vec![Certificate::from_der(&authority.0.to_der().unwrap()).unwrap()],
        ..SenderSettings::default()
    };
    sender(loopback(), settings)
}

#[tokio::test]
async fn a_certificate_of_a_trusted_authority_is_accepted() {
    let authority = authority();
    let sender = trusting(&authority);
    for host in ["localhost", "127.0.0.1"] {
        let (address, received) =
            receiver(certificate(Some(&authority), "localhost", Validity::Now));
        let report = send(&sender, &format!("https://{host}:{}/hook", address.port())).await;
        assert_eq!(report.answer, status(200), "{host}");
        assert!(received.join().unwrap());
    }
}

#[tokio::test]
async fn any_other_certificate_is_rejected_before_the_request() {
    let trusted = authority();
    let stranger = authority();
    let sender = trusting(&trusted);
    for (case, pair) in [
        ("wrong name", certificate(Some(&trusted), "elsewhere.example", Validity::Now)),
        ("expired", certificate(Some(&trusted), "localhost", Validity::Over)),
        ("self-signed", certificate(None, "localhost", Validity::Now)),
        ("unknown authority", certificate(Some(&stranger), "localhost", Validity::Now)),
    ] {
        let (address, received) = receiver(pair);
        let report = send(&sender, &format!("https://localhost:{}/hook", address.port())).await;
        assert_eq!(report.answer, nothing(TransportError::TlsFailed), "{case}");
        assert!(!received.join().unwrap(), "{case}");
    }
}

#[tokio::test]
async fn the_system_roots_do_not_include_the_test_authority() {
    let pair = certificate(Some(&authority()), "localhost", Validity::Now);
    let (address, received) = receiver(pair);
    let url = format!("https://localhost:{}/hook", address.port());
    let report = send(&super::patient(), &url).await;
    assert_eq!(report.answer, nothing(TransportError::TlsFailed));
    assert!(!received.join().unwrap());
}

#[tokio::test]
async fn a_receiver_without_tls_or_that_closes_fails_the_handshake() {
    let plain = Receiver::doing(|mut connection| async move {
        connection.write("HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n").await;
        connection.hang().await;
    })
    .await;
    let closing = Receiver::doing(|connection| async move { drop(connection) }).await;
    let resetting = Receiver::doing(|connection| async move { connection.reset() }).await;
    for receiver in [plain, closing, resetting] {
        let url = format!("https://{}/hook", receiver.address);
        let report = send(&super::patient(), &url).await;
        assert_eq!(report.answer, nothing(TransportError::TlsFailed));
    }
}

#[tokio::test]
async fn a_hanging_handshake_is_not_connected() {
    let receiver = Receiver::doing(super::receiver::Connection::hang).await;
    let settings =
        SenderSettings { connect_timeout: Duration::from_millis(200), ..SenderSettings::default() };
    let url = format!("https://{}/hook", receiver.address);
    let report = send(&sender(loopback(), settings), &url).await;
    assert_eq!(report.answer, nothing(TransportError::NotConnected));
}
