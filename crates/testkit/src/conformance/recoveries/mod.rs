//! Requirements for every `RecoveryStore`.

mod order;
mod portions;
mod starting;

pub use order::*;
pub use portions::*;
pub use starting::*;
