//! What a process gets from the operating system: the ports [`Clock`](users_domain::ports::Clock) and
//! [`Entropy`](users_domain::ports::Entropy), the signals that stop it, its limit of open files and its resource usage.
//!
//! ```
//! use adapter_system::{SystemClock, SystemEntropy};
//! use users_domain::model::random_uuid;
//! use users_domain::ports::{Clock as _, Entropy as _};
//!
//! let id = random_uuid(SystemClock.now(), SystemEntropy.seed());
//! assert_ne!(id, random_uuid(SystemClock.now(), SystemEntropy.seed()));
//! ```

mod clock;
mod entropy;
mod open_files;
mod output;
mod process_metrics;
mod signals;

pub use clock::SystemClock;
pub use entropy::SystemEntropy;
pub use open_files::raise_open_files_limit_to;
pub use output::check_output;
pub use process_metrics::process_metrics;
pub use signals::{StopSignals, TERMINATE, ignore_hangups};
