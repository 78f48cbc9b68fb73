//! Tests of precedence, problems, warnings and the report; `reference` checks the settings' documentation.

use std::path::PathBuf;
use std::time::Duration;

use api_actix::ProxyHeaders;

use super::{Config, Environment, LogFormat, Storage};

mod delivery;
mod limits;
mod reference;
mod values;

const SECRET: &str = "----ABEiM0RVZneImaq7zN3u_wECAwQFBgcICQoLDP8";
const URL: &str = "postgres://runtime:hunter2@db.example.com/users";

fn load(variables: &[(&str, &str)]) -> Result<Config, Vec<String>> {
    load_with("", variables)
}

/// Loads with a configuration file of this text; `FILE` replaces the file's path in the problems.
fn load_with(file: &str, variables: &[(&str, &str)]) -> Result<Config, Vec<String>> {
    let environment: Environment = variables.iter().copied().collect();
    let path = (!file.is_empty()).then(|| temporary_file(file));
    let loaded = Config::load(path.as_deref(), &environment);
    if let Some(path) = &path {
        std::fs::remove_file(path).unwrap();
    }
    loaded.map_err(|problems| {
        let texts = problems.0.iter().map(ToString::to_string);
        match path {
            Some(path) => {
                texts.map(|problem| problem.replace(&path.display().to_string(), "FILE")).collect()
            }
            None => texts.collect(),
        }
    })
}

fn temporary_file(text: &str) -> PathBuf {
    static COUNT: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
    let count = COUNT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    let path =
        std::env::temp_dir().join(format!("users-config-{}-{count}.toml", std::process::id()));
    std::fs::write(&path, text).unwrap();
    path
}

#[test]
fn defaults_are_an_embedded_cluster_on_loopback() {
    let config = load(&[]).unwrap();
    assert!(matches!(&config.storage, Storage::Embedded(options)
        if options.data_dir.as_os_str() == "./data" && options.pg_bin_dir.is_none() && options.allow_download));
    assert!(config.http.listen_addr.ip().is_loopback());
    assert!(
        config.key_ring.is_none() && config.bootstrap_api_key.is_none() && config.migrate_on_start
    );
    assert_eq!(config.database.pool.connections, 8);
    assert_eq!(config.key_cache, Duration::from_secs(5));
    assert_eq!(config.log.format, LogFormat::Auto);
    assert_eq!(config.http.proxy_headers, ProxyHeaders::XForwarded);
    assert_eq!(config.warnings(), [""; 0]);
}

#[test]
fn the_environment_overrides_the_file_and_the_file_the_defaults() {
    let file = "database_pool_size = 3\nhttp_workers = 2\ntrusted_proxies = [\"10.0.0.0/8\"]\n";
    let environment =
        [("DATABASE_POOL_SIZE", "4"), ("PROXY_HEADERS", "forwarded"), ("UNRELATED", "x")];
    let config = load_with(file, &environment).unwrap();
    assert_eq!(config.database.pool.connections, 4);
    assert_eq!(config.http.workers_on(64), 2);
    assert_eq!(config.http.trusted_proxies.len(), 1);
    assert_eq!(config.http.proxy_headers, ProxyHeaders::Forwarded);
    assert_eq!(config.http.connections.total, 5000);
}

#[test]
fn the_file_can_be_named_by_a_variable() {
    let path = temporary_file("database_pool_size = 3");
    let environment = [(super::FILE_VARIABLE, path.as_os_str())].into_iter().collect();
    let config = Config::load(None, &environment).unwrap();
    std::fs::remove_file(path).unwrap();
    assert_eq!(config.database.pool.connections, 3);
}

#[test]
fn an_empty_variable_means_not_set() {
    let config =
        load(&[("DATABASE_URL", ""), ("PG_BIN_DIR", " "), ("TRUSTED_PROXIES", "")]).unwrap();
    assert!(matches!(&config.storage, Storage::Embedded(options) if options.pg_bin_dir.is_none()));
    assert_eq!(load(&[("LISTEN_ADDR", "")]).unwrap_err(), ["LISTEN_ADDR: must not be empty"]);
}

#[test]
fn workers_follow_the_cores() {
    let http = load(&[]).unwrap().http;
    assert_eq!([1, 2, 5, 8].map(|cores| http.workers_on(cores)), [2, 2, 2, 4]);
}

#[test]
fn all_problems_are_reported_at_once_with_their_places() {
    let file = "database_poolsize = 3\nhttp_workers = \"many\"\nsecret_keys_previous = 5\n[log]\nlevel = \"info\"\n";
    let problems = load_with(
        file,
        &[
            ("LISTEN_ADDR", "localhost"),
            ("DATABASE_POOL_SIZE", "0"),
            ("MIGRATE_ON_START", "yes"),
            ("PUBLIC_URL", "ftp://example.com"),
            ("TRUSTED_PROXIES", "10.0.0.0/8, 10.0.0.0/33"),
            ("LOG_FORMAT", "xml"),
            ("LOG_LEVEL", "loud"),
            ("KEY_CACHE_SECONDS", "6"),
        ],
    )
    .unwrap_err();
    let expected = [
        "FILE: database_poolsize: is not a setting",
        "FILE: http_workers: must be a whole number from 0 to 256, is \"many\"",
        "FILE: log: is not a setting",
        "FILE: secret_keys_previous: must be a list of strings",
        "DATABASE_POOL_SIZE: must be a whole number from 1 to 100, is \"0\"",
        "KEY_CACHE_SECONDS: must be a whole number from 0 to 5, is \"6\"",
        "LISTEN_ADDR: must be an address and a port such as 127.0.0.1:8080 or [::]:8080, is \"localhost\"",
        "LOG_FORMAT: must be json, text or auto, is \"xml\"",
        "LOG_LEVEL: must be levels such as info or warn,api_actix=debug, is \"loud\"",
        "MIGRATE_ON_START: must be true or false, is \"yes\"",
        "PUBLIC_URL: must be a URL such as https://users.example.com or https://example.com/users, is \"ftp://example.com\"",
        "TRUSTED_PROXIES: item 2: must be a network such as 10.0.0.0/8 or fd00::/8, all bits beyond the prefix zero, is \"10.0.0.0/33\"",
    ];
    let mut problems = problems;
    problems.sort_by_key(|problem| (!problem.starts_with("FILE"), problem.clone()));
    assert_eq!(problems, expected);
}

#[test]
fn a_file_that_cannot_be_read_is_a_problem_and_its_text_is_not_shown() {
    let problems =
        load_with("database_pool_size = 3\nsecret_key = hunter2hunter2\n", &[]).unwrap_err();
    assert!(
        matches!(problems.as_slice(), [one] if one.starts_with("FILE: line 2: ") && !one.contains("hunter2")),
        "{problems:?}"
    );

    let absent = PathBuf::from("/nonexistent/users.toml");
    let problems = Config::load(Some(&absent), &Environment::default()).unwrap_err();
    assert!(
        problems.to_string().contains("/nonexistent/users.toml: cannot be read: "),
        "{problems}"
    );
}

#[test]
fn a_variable_that_is_not_unicode_is_a_problem() {
    use std::os::unix::ffi::OsStringExt as _;
    let value = std::ffi::OsString::from_vec(vec![b'/', 0xff]);
    let environment = [("DATA_DIR", value)].into_iter().collect();
    let problems = Config::load(None, &environment).unwrap_err();
    assert!(problems.to_string().contains("DATA_DIR: must be a string"), "{problems}");
}

#[test]
fn a_remote_database_needs_the_secret() {
    assert_eq!(
        load(&[("DATABASE_URL", URL)]).unwrap_err(),
        [
            "SECRET_KEY: is required with DATABASE_URL, the same for every process (`openssl rand -base64 32` generates one)"
        ]
    );
    let encrypted = format!("{URL}?sslmode=verify-full");
    let config = load(&[
        ("DATABASE_URL", &encrypted),
        ("MIGRATION_DATABASE_URL", "postgresql://owner@/users"),
        ("SECRET_KEY", SECRET),
    ]);
    let config = config.unwrap();
    assert!(matches!(&config.storage, Storage::Remote(urls)
        if urls.runtime == encrypted && urls.owner == "postgresql://owner@/users"));
    assert_eq!(config.warnings(), [""; 0]);
}

#[test]
fn one_database_url_serves_both_roles_with_a_warning() {
    for variable in ["DATABASE_URL", "MIGRATION_DATABASE_URL"] {
        let config =
            load(&[(variable, URL), ("SECRET_KEY", SECRET), ("DATA_DIR", "/srv")]).unwrap();
        assert!(matches!(&config.storage, Storage::Remote(urls)
            if urls.runtime == URL && urls.owner == URL));
        let [roles, unencrypted, data_dir] = config.warnings() else {
            panic!("{:?}", config.warnings())
        };
        assert!(
            roles.starts_with("only one of DATABASE_URL and MIGRATION_DATABASE_URL is set"),
            "{roles}"
        );
        assert!(unencrypted.contains("sslmode"), "{unencrypted}");
        assert!(data_dir.starts_with("data_dir has no effect"), "{data_dir}");
    }
}

#[test]
fn previous_secrets_need_a_current_one_and_make_one_ring_with_it() {
    let previous = format!("{SECRET},{}", "0123456789abcdef".repeat(4));
    let problems = load(&[("SECRET_KEYS_PREVIOUS", &previous)]).unwrap_err();
    // The second secret is too regular to be random.
    assert_eq!(
        problems,
        ["SECRET_KEYS_PREVIOUS: item 2: must be random (`openssl rand -base64 32` generates one)"]
    );
    let problems = load(&[("SECRET_KEYS_PREVIOUS", SECRET)]).unwrap_err();
    assert_eq!(problems, ["SECRET_KEYS_PREVIOUS: needs SECRET_KEY, the secret that is current"]);
    let problems =
        load(&[("SECRET_KEY", SECRET), ("SECRET_KEYS_PREVIOUS", &[SECRET; 9].join(","))])
            .unwrap_err();
    assert_eq!(problems, ["SECRET_KEYS_PREVIOUS: must be at most 8 secrets"]);

    let config =
        load_with(&format!("secret_keys_previous = [\"{SECRET}\"]"), &[("SECRET_KEY", SECRET)])
            .unwrap();
    assert_eq!(config.key_ring.unwrap().key_ids().count(), 2);
}

#[test]
fn an_inner_timeout_must_be_shorter_than_the_outer_one() {
    assert_eq!(
        load(&[("DATABASE_LOCK_TIMEOUT_MS", "10000")]).unwrap_err(),
        [
            "DATABASE_LOCK_TIMEOUT_MS: must be less than database_statement_timeout_ms, which is 10000 ms"
        ]
    );
    assert_eq!(
        load(&[("HTTP_REQUEST_TIMEOUT_MS", "12000")]).unwrap_err(),
        [
            "HTTP_REQUEST_TIMEOUT_MS: must be more than delete_all_time_budget_ms, which is 15000 ms",
            "HTTP_REQUEST_TIMEOUT_MS: must be more than webhook_request_timeout_ms, which is 15000 ms",
        ]
    );
}

#[test]
fn nothing_shows_a_secret() {
    let key = format!("sk_live_{SECRET}");
    let variables = [
        ("DATABASE_URL", URL),
        ("MIGRATION_DATABASE_URL", URL),
        ("SECRET_KEY", SECRET),
        ("SECRET_KEYS_PREVIOUS", SECRET),
        ("BOOTSTRAP_API_KEY", &key),
    ];
    let config = load(&variables).unwrap();
    let environment: Environment = variables.into_iter().collect();
    let shown = format!("{config:?} {} {environment:?}", config.report());
    assert!(!shown.contains("hunter2") && !shown.contains(SECRET), "{shown}");

    let wrong = variables.map(|(name, value)| (name, value.get(1..).unwrap()));
    let problems = load(&wrong).unwrap_err();
    assert_eq!(problems.len(), 5, "{problems:?}");
    let tail = SECRET.get(10..).unwrap();
    assert!(
        !problems.iter().any(|problem| problem.contains("hunter2") || problem.contains(tail)),
        "{problems:?}"
    );
}

#[test]
fn the_report_lists_each_value_and_its_source() {
    let path = temporary_file("http_workers = 4\n");
    let environment = [("DATABASE_URL", URL), ("SECRET_KEY", SECRET)].into_iter().collect();
    let config = Config::load(Some(&path), &environment).unwrap();
    std::fs::remove_file(&path).unwrap();
    let rows: Vec<Vec<&str>> =
        config.report().lines().map(|line| line.split_whitespace().collect()).collect();
    let file = path.display().to_string();
    for row in [
        ["SETTING", "VALUE", "FROM"],
        ["database_url", "(set)", "DATABASE_URL"],
        ["http_workers", "4", &file],
        ["listen_addr", "127.0.0.1:8080", "default"],
    ] {
        assert!(rows.contains(&row.to_vec()), "{row:?} in {}", config.report());
    }
    assert!(rows.contains(&vec!["pg_bin_dir", "(not", "set)", "default"]));
}
