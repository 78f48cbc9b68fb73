//! Requirements for every `UserReader`. A `UserStore` writes the users.

mod cursors;
mod freshness;
mod ids;
mod listing;
mod long_pages;
mod population;
mod searching;
mod walks;

pub use cursors::*;
pub use freshness::*;
pub use ids::*;
pub use listing::*;
pub use long_pages::*;
pub use searching::*;
pub use walks::*;
