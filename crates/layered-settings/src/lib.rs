//! Settings of a program: documented defaults in TOML, overridden by a TOML file, overridden by environment variables.
//!
//! The text of the defaults lists all settings: a key of a file that it does not contain is a problem. A setting `key` is
//! overridden by the variable `KEY`. Reading continues after a problem, so that a person sees all problems of a
//! configuration at once, each with the place where the value was set. A secret is never shown.
//!
//! [`section!`] declares a struct together with the settings that its fields are read from:
//!
//! ```
//! use std::time::Duration;
//!
//! use layered_settings::{Environment, Layers, Reader, section};
//!
//! section! {
//!     /// The HTTP server.
//!     pub struct Http {
//!         /// Threads.
//!         pub threads: usize = number("threads", 1..=64),
//!         /// Maximum time of a request.
//!         pub timeout: Duration = milliseconds("timeout_ms", 100..=60_000),
//!     }
//! }
//!
//! const DEFAULTS: &str = "threads = 2\ntimeout_ms = 30000\n";
//!
//! let environment: Environment = [("THREADS", "many"), ("TIMEOUT_MS", "50")].into_iter().collect();
//! let (layers, problems) = Layers::new(DEFAULTS, None, &environment);
//! let mut reader = Reader::new(&layers, problems);
//! assert!(Http::read(&mut reader).is_err());
//! let (problems, _warnings) = reader.finish();
//! assert_eq!(
//!     problems.iter().map(ToString::to_string).collect::<Vec<_>>(),
//!     [
//!         "THREADS: must be a whole number from 1 to 64, is \"many\"",
//!         "TIMEOUT_MS: must be a whole number from 100 to 60000, is \"50\"",
//!     ]
//! );
//! ```

mod help;
mod layers;
mod numbers;
mod problem;
mod raw;
mod reader;
mod report;
mod section;

pub use help::settings_help;
pub use layers::{Environment, Layers};
pub use problem::{Problem, Problems};
pub use reader::{Noted, Reader};
