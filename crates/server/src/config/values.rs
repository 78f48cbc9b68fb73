//! Types and parsers of single values. A parser's error describes the valid form and never repeats the value.

use std::net::SocketAddr;

use api_actix::{BaseUrl, InvalidBaseUrl, ProxyHeaders};
use tracing_subscriber::filter::{LevelFilter, Targets};
use users_domain::model::{ApiKeySecret, Environment, Network};

pub(super) fn network(text: &str) -> Result<Network, String> {
    Network::parse(text).map_err(|_| {
        "must be a network such as 10.0.0.0/8 or fd00::/8, all bits beyond the prefix zero"
            .to_owned()
    })
}

pub(super) fn listen_addr(text: &str) -> Result<SocketAddr, String> {
    text.parse()
        .map_err(|_| "must be an address and a port such as 127.0.0.1:8080 or [::]:8080".to_owned())
}

pub(super) fn base_url(text: &str) -> Result<BaseUrl, String> {
    text.parse().map_err(|error: InvalidBaseUrl| error.to_string())
}

pub(super) fn proxy_headers(text: &str) -> Result<ProxyHeaders, String> {
    match text {
        "x-forwarded" => Ok(ProxyHeaders::XForwarded),
        "forwarded" => Ok(ProxyHeaders::Forwarded),
        _ => Err("must be x-forwarded or forwarded".to_owned()),
    }
}

pub(super) fn database_url(text: &str) -> Result<String, String> {
    match adapter_postgres::check_url(text) {
        Ok(()) => Ok(text.to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

/// `RedisConfig` never shows the URL.
pub(super) fn redis_url(text: &str) -> Result<String, String> {
    match adapter_rate_limits::check_url(text) {
        Ok(()) => Ok(text.to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

/// Accepts only live keys, as the default application is live.
pub(super) fn api_key(text: &str) -> Result<ApiKeySecret, String> {
    let secret = ApiKeySecret::parse(text).ok();
    secret
        .filter(|secret| secret.environment() == Environment::Live)
        .ok_or_else(|| "must be sk_live_ and 43 characters of URL-safe base64".to_owned())
}

/// Stricter than [`Targets`], which takes a mistyped level for a module name and then logs nothing else.
pub(super) fn log_filter(text: &str) -> Result<Targets, String> {
    let wanted = || "must be levels such as info or warn,api_actix=debug".to_owned();
    let mut levels =
        text.split(',').map(|part| part.rsplit_once('=').map_or(part, |(_, level)| level));
    if levels.any(|level| level.is_empty() || level.parse::<LevelFilter>().is_err()) {
        return Err(wanted());
    }
    text.parse().map_err(|_| wanted())
}
