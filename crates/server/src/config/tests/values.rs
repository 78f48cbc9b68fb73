//! Tests of the parsers of single values.

use crate::config::values::{api_key, database_url, listen_addr, log_filter, network};

#[test]
fn networks_have_the_domain_format() {
    assert_eq!(network("::ffff:10.0.0.0/104"), network("10.0.0.0/8"));
    for text in ["", "10.0.0.0/33", "10.1.2.3/8", "example.com"] {
        let error = network(text).unwrap_err();
        assert!(error.contains("all bits beyond the prefix zero"), "{error}");
    }
}

#[test]
fn a_database_url_is_a_url() {
    assert!(database_url("postgres://u:p@h:5432/d?sslmode=verify-full").is_ok());
    assert!(database_url("postgresql:///users?host=/run/postgresql").is_ok());
    assert!(database_url("mysql://h/d").is_err() && database_url("host=h user=u").is_err());
    let refused = database_url("postgres://bob:Secr%etPw@h/d").unwrap_err();
    assert!(!refused.contains("Secr"), "{refused}");
}

#[test]
fn an_api_key_has_its_prefix_and_length() {
    let random = "A-_z".repeat(10) + "abc";
    assert!(api_key(&format!("sk_live_{random}")).is_ok());
    for text in [
        random.clone(),
        format!("sk_test_{random}"),
        format!("sk_prod_{random}"),
        format!("sk_live_{random}a"),
        format!("sk_live_{}", random.replace("abc", "ab")),
        format!("sk_live_{}", random.replace("abc", "ab+")),
        format!("sk_live_{}", random.replace("abc", "aä")),
    ] {
        assert!(api_key(&text).is_err(), "{text}");
    }
}

#[test]
fn a_log_filter_is_made_of_levels() {
    for text in ["info", "WARN", "off", "warn,api_actix=debug", "info,adapter_postgres::pool=trace"]
    {
        assert!(log_filter(text).is_ok(), "{text}");
    }
    for text in ["inof", "info,", "api_actix", "api_actix=loud", "info debug"] {
        assert!(log_filter(text).is_err(), "{text}");
    }
}

#[test]
fn an_address_to_listen_on_has_a_port() {
    assert!(listen_addr("0.0.0.0:0").is_ok() && listen_addr("[::]:8080").is_ok());
    assert!(listen_addr("8080").is_err() && listen_addr("localhost:8080").is_err());
}
