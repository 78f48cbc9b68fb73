//! The runner of asynchronous tests.

use std::future::Future;
use std::time::Duration;

/// The time limit of one test.
const LIMIT: Duration = Duration::from_mins(2);

/// Runs a test on several threads, so that concurrent tasks run in parallel. A test that exceeds the limit fails.
pub fn run<T>(test: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(4)
        .enable_all()
        .build()
        .expect("a runtime");
    runtime
        .block_on(async { tokio::time::timeout(LIMIT, test).await })
        .expect("the test ends within its limit")
}
