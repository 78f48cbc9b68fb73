//! System tests and benchmarks: real server processes, a real PostgreSQL, a receiver that checks every signature.
//!
//! The programs `chaos` (fault injection), `siege` and `bench` use this library. For tests only: nothing in
//! the service may depend on this crate. It reads the service's tables to compare them. Except for the benchmarks,
//! which multiply, age or corrupt rows by SQL, it writes only through the service's own code.
#![expect(
    clippy::indexing_slicing,
    reason = "a missing JSON member reads as null, which no check accepts"
)]

use std::io::{self, Write as _};
use std::process::ExitCode;

pub mod api;
pub mod bench;
pub mod clock;
pub mod cluster;
pub mod dice;
pub mod faults;
pub mod fleet;
pub mod history;
pub mod ledger;
pub mod named_points;
pub mod receiver;
pub mod round;
pub mod scratch;
pub mod service;
pub mod siege;
pub mod writer;

/// An error of a trial, with a message for the operator.
pub type Error = Box<dyn std::error::Error + Send + Sync>;

/// Runs a trial, and writes its error with the name of the program to standard error.
pub fn run_program(name: &str, trial: impl Future<Output = Result<(), Error>>) -> ExitCode {
    let outcome = tokio::runtime::Runtime::new()
        .map_err(Error::from)
        .and_then(|runtime| runtime.block_on(trial));
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // If standard error is closed, the exit status still reports the failure.
            let _ = writeln!(io::stderr(), "{name}: {error}");
            ExitCode::FAILURE
        }
    }
}
