//! Property tests of asynchronous code, because the runner of proptest is synchronous.

use std::fmt::Debug;

use proptest::strategy::{Strategy, ValueTree as _};
use proptest::test_runner::{Config, TestRunner};

/// The maximum number of smaller values that are tried after a failure.
const MAX_SHRINKS: usize = 500;

/// Checks random values and panics with the smallest value found for which `check` panics. The environment variable
/// `PROPTEST_RNG_SEED` reproduces a run.
pub async fn for_all<S, F>(cases: u32, strategy: &S, check: impl Fn(S::Value) -> F)
where
    S: Strategy,
    S::Value: Clone + Debug,
    F: Future<Output = ()> + Send + 'static,
{
    let mut runner = TestRunner::new(Config { failure_persistence: None, ..Config::default() });
    for case in 0..cases {
        let mut tree = strategy.new_tree(&mut runner).expect("a value");
        let mut smallest = tree.current();
        if holds(check(smallest.clone())).await {
            continue;
        }
        let mut failed = true;
        for _ in 0..MAX_SHRINKS {
            let another = if failed { tree.simplify() } else { tree.complicate() };
            if !another {
                break;
            }
            failed = !holds(check(tree.current())).await;
            if failed {
                smallest = tree.current();
            }
        }
        panic!("case {case} of {cases} fails, at its smallest for {smallest:#?}");
    }
}

/// Runs the check as a separate task, because the panic of a task can be caught.
async fn holds(check: impl Future<Output = ()> + Send + 'static) -> bool {
    tokio::spawn(check).await.is_ok()
}

#[cfg(test)]
mod tests;
