//! The parts of the users service's program: arguments, configuration, wiring, start and stop. Contains no domain
//! rules, no SQL and no routes.

pub mod args;
pub mod commands;
pub mod config;
mod connection_file;
pub mod database;
pub mod first_key;
pub mod key_check;
pub mod limits;
pub mod monitoring;
mod open_files;
pub mod output;
mod pool_metrics;
pub mod preparing;
mod process_metrics;
pub mod readiness;
pub mod serve;
mod serving;
pub mod stop;
mod system;
pub mod telemetry;
pub mod wiring;
