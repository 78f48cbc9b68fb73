//! The settings of rate limits, and of the Redis that processes share for counting.

use std::time::Duration;

use adapter_rate_limits::RedisConfig;
use users_domain::rules::DefaultLimits;

use super::reader::{Noted, Reader};
use super::sections::{MINUTE_MS, check_within};
use super::values::{self, Sensitive};

/// Upper bound of a setting, above the capacity of one process.
const MOST_REQUESTS: u64 = 10_000_000;

/// The rate limits, and where requests are counted.
#[derive(Debug)]
pub struct Limits {
    /// Limits where neither the key nor its application sets a limit.
    pub defaults: DefaultLimits,
    /// Redis that counts requests of all processes; `None`: each process counts its own requests.
    pub redis: Option<Redis>,
}

/// Connection to Redis or Valkey.
#[derive(Debug)]
pub struct Redis {
    /// The URL.
    pub url: Sensitive,
    /// Maximum time of one check.
    pub call_timeout: Duration,
    /// Maximum time to connect.
    pub connect_timeout: Duration,
}

impl Limits {
    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, Noted> {
        let mut per_minute = |key| {
            let requests = reader.integer(key, 0..=MOST_REQUESTS)?;
            Ok(u32::try_from(requests).unwrap_or(u32::MAX))
        };
        let reads = per_minute("rate_limit_get_per_minute");
        let writes = per_minute("rate_limit_write_per_minute");
        let service = per_minute("rate_limit_service_per_minute");
        let unauthenticated = per_minute("rate_limit_unauthenticated_per_minute");
        let public = per_minute("rate_limit_public_per_minute");
        let url = reader.secret("redis_url", values::redis_url);
        let call_timeout = reader.milliseconds("redis_call_timeout_ms", 1..=MINUTE_MS);
        let connect_timeout = reader.milliseconds("redis_connect_timeout_ms", 1..=MINUTE_MS);
        let (url, call_timeout, connect_timeout) = (url?, call_timeout?, connect_timeout?);
        Ok(Self {
            defaults: DefaultLimits {
                reads_per_minute: reads?,
                writes_per_minute: writes?,
                service_per_minute: service?,
                unauthenticated_per_minute: unauthenticated?,
                public_per_minute: public?,
            },
            redis: url.map(|url| Redis {
                url,
                call_timeout,
                connect_timeout,
            }),
        })
    }

    /// Reports a check timeout that is not shorter than the request timeout.
    pub(super) fn check(&self, reader: &mut Reader<'_>, request: (&str, Duration)) {
        if let Some(redis) = &self.redis {
            check_within(
                reader,
                ("redis_call_timeout_ms", redis.call_timeout),
                request,
            );
        }
    }
}

impl Redis {
    /// Returns the configuration of the adapter.
    #[must_use]
    pub fn config(&self) -> RedisConfig {
        RedisConfig {
            url: self.url.expose().to_owned(),
            call_timeout: self.call_timeout,
            connect_timeout: self.connect_timeout,
        }
    }
}
