//! Requirements for every `DestinationStore`.

mod adding;
mod changing;
mod removing;
mod secrets;
mod showing;
mod turning;

pub use adding::*;
pub use changing::*;
pub use removing::*;
pub use secrets::*;
pub use showing::*;
pub use turning::*;
