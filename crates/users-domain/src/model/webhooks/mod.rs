//! Value types of webhook delivery: destinations, secrets, lanes, messages and attempts (docs/WEBHOOKS.md).

mod attempt;
mod destination;
mod event_name;
mod lane;
mod message;
mod ordering;
mod recovery;
#[cfg(feature = "ports")]
mod secret;

pub use attempt::*;
pub use destination::*;
pub use event_name::*;
pub use lane::*;
pub use message::*;
pub use ordering::*;
pub use recovery::*;
#[cfg(feature = "ports")]
pub use secret::*;
