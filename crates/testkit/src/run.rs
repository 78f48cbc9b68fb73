//! Running asynchronous tests.

use std::future::Future;
use std::time::Duration;

/// How long one test may take.
const LIMIT: Duration = Duration::from_mins(2);

/// Runs a test on several threads, so that what it does at once really overlaps, and fails it when it hangs.
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
