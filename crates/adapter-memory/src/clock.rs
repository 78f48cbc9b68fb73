//! The store's own clock, like a database has one.

use std::time::{SystemTime, UNIX_EPOCH};

use users_domain::model::Timestamp;
use users_domain::ports::Clock;

pub(crate) struct MachineClock;

impl Clock for MachineClock {
    fn now(&self) -> Timestamp {
        #[expect(
            clippy::disallowed_methods,
            reason = "the store takes its own times, like a database; tests set the clock with `MemoryStore::with_clock`"
        )]
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let micros = i64::try_from(since_epoch.as_micros()).unwrap_or(i64::MAX);
        Timestamp::from_unix_micros(micros).unwrap_or(Timestamp::UNIX_EPOCH)
    }
}
