//! How fast what other services report is taken in, what that costs, and how fast all of it is recounted.

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
