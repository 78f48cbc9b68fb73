//! TLS to PostgreSQL with the libpq and OpenSSL built into this binary.

use std::{fs, os::unix::fs::PermissionsExt, path::PathBuf};

use diesel::{Connection, PgConnection, RunQueryDsl, dsl::sql, sql_types::Bool};
use embedded_postgres::{EmbeddedCluster, EmbeddedOptions, Listen, testing::give_to_cluster};
use openssl::{
    asn1::Asn1Time,
    ec::{EcGroup, EcKey},
    hash::MessageDigest,
    nid::Nid,
    pkey::{PKey, Private},
    x509::{
        X509, X509Builder, X509Name, X509NameBuilder,
        extension::{BasicConstraints, SubjectAlternativeName},
    },
};

use super::{SHARED, Scratch, brief, start};

type Pair = (X509, PKey<Private>);

fn fresh(name: &str) -> (X509Builder, PKey<Private>, X509Name) {
    let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).unwrap();
    let key = PKey::from_ec_key(EcKey::generate(&group).unwrap()).unwrap();
    let mut subject = X509NameBuilder::new().unwrap();
    subject.append_entry_by_nid(Nid::COMMONNAME, name).unwrap();
    let mut builder = X509::builder().unwrap();
    builder.set_version(2).unwrap();
    let subject = subject.build();
    builder.set_subject_name(&subject).unwrap();
    builder.set_pubkey(&key).unwrap();
    builder.set_not_before(&Asn1Time::days_from_now(0).unwrap()).unwrap();
    builder.set_not_after(&Asn1Time::days_from_now(1).unwrap()).unwrap();
    (builder, key, subject)
}

fn authority(name: &str) -> Pair {
    let (mut builder, key, subject) = fresh(name);
    builder.set_issuer_name(&subject).unwrap();
    builder.append_extension(BasicConstraints::new().critical().ca().build().unwrap()).unwrap();
    builder.sign(&key, MessageDigest::sha256()).unwrap();
    (builder.build(), key)
}

fn certificate(issuer: &Pair, name: &str) -> Pair {
    let (mut builder, key, _) = fresh(name);
    builder.set_issuer_name(issuer.0.subject_name()).unwrap();
    let mut names = SubjectAlternativeName::new();
    let names = names
        .dns("localhost")
        .ip("127.0.0.1")
        .build(&builder.x509v3_context(Some(&issuer.0), None))
        .unwrap();
    builder.append_extension(names).unwrap();
    builder.sign(&issuer.1, MessageDigest::sha256()).unwrap();
    (builder.build(), key)
}

/// A cluster with TLS, the file with its certificate authority, and a file with another authority.
fn tls_cluster(scratch: &Scratch) -> (EmbeddedCluster, PathBuf, PathBuf) {
    let (trusted, stranger) =
        (authority("an embedded-postgres test authority"), authority("another authority"));
    let (certificate, key) = certificate(&trusted, "an embedded-postgres test server");
    let write = |name: &str, pem: Vec<u8>| {
        let path = scratch.0.join(name);
        fs::write(&path, pem).unwrap();
        path
    };
    let (trusted, stranger) = (
        write("ca.pem", trusted.0.to_pem().unwrap()),
        write("other.pem", stranger.0.to_pem().unwrap()),
    );
    let certificate = write("server.pem", certificate.to_pem().unwrap());
    let key = write("server.key", key.private_key_to_pem_pkcs8().unwrap());
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
    for file in [&key, &certificate] {
        give_to_cluster(file).unwrap();
    }

    let mut options = EmbeddedOptions { listen: Listen::Loopback, ..brief(scratch.data_dir()) };
    options.extra_settings.extend([
        ("ssl".to_owned(), "on".to_owned()),
        ("ssl_cert_file".to_owned(), certificate.display().to_string()),
        ("ssl_key_file".to_owned(), key.display().to_string()),
    ]);
    (start(&options).unwrap(), trusted, stranger)
}

fn is_encrypted(url: &str) -> Result<bool, String> {
    let mut connection = PgConnection::establish(url).map_err(|error| error.to_string())?;
    let query =
        diesel::select(sql::<Bool>("(select ssl from pg_stat_ssl where pid = pg_backend_pid())"));
    query.get_result(&mut connection).map_err(|error| error.to_string())
}

#[test]
fn tls_is_used_and_verified_as_the_url_requires() {
    let scratch = Scratch::with_cluster();
    let (cluster, trusted, stranger) = tls_cluster(&scratch);
    let url = cluster.runtime_url();
    let (trusted, stranger) = (trusted.display(), stranger.display());
    assert_eq!(is_encrypted(&format!("{url}?sslmode=disable")), Ok(false));
    assert_eq!(is_encrypted(&format!("{url}?sslmode=require")), Ok(true));
    assert_eq!(is_encrypted(&format!("{url}?sslmode=verify-full&sslrootcert={trusted}")), Ok(true));

    let error =
        is_encrypted(&format!("{url}?sslmode=verify-full&sslrootcert={stranger}")).unwrap_err();
    assert!(error.contains("certificate verify failed"), "{error}");
    let elsewhere = format!(
        "{url}?sslmode=verify-full&sslrootcert={trusted}&hostaddr=127.0.0.1&host=elsewhere.test"
    );
    let error = is_encrypted(&elsewhere).unwrap_err();
    assert!(error.contains("elsewhere.test"), "{error}");
}

#[test]
fn a_server_without_tls_is_rejected_when_tls_is_required() {
    let scratch = Scratch::with_cluster();
    let options = EmbeddedOptions { listen: Listen::Loopback, ..brief(scratch.data_dir()) };
    let cluster = start(&options).unwrap();
    let error = is_encrypted(&format!("{}?sslmode=require", cluster.runtime_url())).unwrap_err();
    assert!(error.contains("server does not support SSL"), "{error}");
}

#[cfg(target_os = "linux")]
#[test]
fn no_shared_libpq_or_openssl_is_loaded() {
    // Connect first, so that libraries which load late are loaded.
    assert_eq!(is_encrypted(&SHARED.runtime_url()), Ok(false));
    let maps = fs::read_to_string("/proc/self/maps").unwrap();
    assert!(maps.contains("libc.so") || maps.contains("ld-musl"), "the file lists libraries");
    for library in ["libpq", "libssl", "libcrypto"] {
        assert!(!maps.contains(library), "{library}");
    }
}
