use super::*;

const LIMIT: Duration = Duration::from_secs(5);

#[test]
fn limits_are_added_to_existing_parameters() {
    let plain = with_limits("postgres://a:b@h/db", LIMIT).unwrap();
    assert!(plain.starts_with("postgres://a:b@h/db?connect_timeout=5&tcp_user_timeout=15000&"));
    let with_query = with_limits("postgresql:///db?host=/run", LIMIT).unwrap();
    assert!(with_query.starts_with("postgresql:///db?host=/run&connect_timeout=5&"));
}

#[test]
fn parameters_of_the_url_are_retained() {
    let url = with_limits("postgres://h/db?connect_timeout=9", LIMIT).unwrap();
    assert_eq!(url.matches("connect_timeout").count(), 1);
    assert!(url.contains("connect_timeout=9"));
}

#[test]
fn urls_of_libpq_are_accepted() {
    for text in [
        "postgres://",
        "postgres:///db",
        "postgres://h",
        "postgresql://role@h:5432/db",
        "postgresql://role:Secr%25et%40%2f@h/db?sslmode=require",
        "postgres://role:@h1:1,h2:2,[::1]:3/db",
        "postgres://role:p@/db?host=/run/postgresql&port=5432",
        "postgres://role@%2Frun%2Fpostgresql/db?",
        "postgres://h/db?sslmode=verify-full&sslrootcert=/no/such/file.pem&connect_timeout=7",
        "postgres://h1,h2:2/db?target_session_attrs=read-write&keepalives=0&options=-c%20x%3D1",
        "postgres:///db?host=h1,h2&hostaddr=127.0.0.1,::1&port=1,2",
    ] {
        assert_eq!(check_url(text), Ok(()), "{text:?}");
    }
}

#[test]
fn urls_that_libpq_rejects_are_rejected_offline_and_not_quoted() {
    for (query, part) in [
        ("sslmode=Secret", "sslmode"),
        ("Secret=", "query parameter"),
        ("a=b&Secret=1", "query parameter"),
        ("target_session_attrs=Secret", "target_session_attrs"),
        ("sslmode=require&sslrootcert=system", "sslmode"),
        ("port=1,2", "port"),
        ("connect_timeout=Secret", "connect_timeout"),
        ("keepalives_idle=1Secret", "keepalives_idle"),
        ("hostaddr=Secret", "hostaddr"),
    ] {
        let refused = check_url(&format!("postgres://role:pw@h/db?{query}"));
        let message = refused.unwrap_err().to_string();
        assert!(message.contains(part), "{query}: {message}");
        assert!(!message.contains("Secret"), "{message}");
    }
}

#[test]
fn other_texts_are_rejected_and_not_quoted() {
    for text in [
        "",
        "Secret",
        "host=localhost password=Secret",
        "mysql://h/Secret",
        "postgres://h/\0Secret",
        "postgres://role:Secr%etPw@h/db",
        "postgres://role:Secret%@h/db",
        "postgres://role:Secret%0@h/db",
        "postgres://role:Secret%+1@h/db",
        "postgres://role:Secret%00@h/db",
        "postgres://role:Secret%é@h/db",
        "postgres://role:Sec@ret@h/db",
        "postgres://role:Sec/ret@h/db",
        "postgres://role:1/Secret@h/db",
        "postgres://role:1?Secret@h/db",
        "postgres://role:Sec:ret@h/db",
        "postgres://role:Sec ret@h/db",
        "postgres://role:Secret",
        "postgres://role:Secret@h:port/db",
        "postgres://role:Secret@h:0/db",
        "postgres://role:Secret@h:65536/db",
        "postgres://role:Secret@h:-1/db",
        "postgres://role:Secret@[::1/db",
        "postgres://role:Secret@[::1]5/db",
        "postgres://role:[Secret@::1/db",
        "postgres://h/db?Secret",
        "postgres://h/db?password=Secret=",
        "postgres://h/db?port=Secret",
    ] {
        assert_eq!(check_url(text), Err(InvalidUrl::Form), "{text:?}");
        assert_eq!(with_limits(text, LIMIT), Err(InvalidUrl::Form), "{text:?}");
    }
    assert!(!InvalidUrl::Form.to_string().contains("Secret"));
}

#[test]
fn a_remote_database_without_sslmode_may_be_unencrypted() {
    for url in [
        "postgres://role:p@db.internal/users",
        "postgres://role:p@db.internal:5432/users?connect_timeout=5",
        "postgres://role@localhost,10.0.0.7/users",
        "postgres://role@[2001:db8::1]:5432/users",
        "postgres:///users?host=db.internal",
    ] {
        assert!(may_be_unencrypted(url), "{url}");
    }
    for url in [
        "postgres://role:p@db.internal/users?sslmode=verify-full",
        "postgres://role@localhost/users",
        "postgres://role@127.0.0.1:5432/users",
        "postgres://role@[::1]:5432/users",
        "postgres:///users",
        "postgres:///users?host=/run/postgresql&port=5432",
        "postgres://role@%2Frun%2Fpostgresql/users",
    ] {
        assert!(!may_be_unencrypted(url), "{url}");
    }
}
