//! Benchmark of the ingest of session reports (speed and cost) and of the recount.

mod crew;
mod population;
mod reports;
mod rows;
mod seed;
mod stage;
mod verify;

pub use crew::{Crew, Round, Work};
pub use population::Population;
pub use rows::{Cost, Rows};
pub use stage::IngestStage;
pub use verify::{Checked, Verification};
