//! Requirements for every `AttemptLog`.

mod adding;
mod events;
mod listing;

pub use adding::*;
pub use events::*;
pub use listing::*;
