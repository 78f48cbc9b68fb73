//! How fast delivery is, and what it costs.

mod load;
mod open_loop;
mod process;
mod reference;
mod stage;
mod sustained;
mod table;
mod waiting;

pub use load::Load;
pub use open_loop::{Latency, OpenLoop};
pub use reference::References;
pub use stage::Stage;
pub use sustained::Sustained;
pub use table::Table;
pub use waiting::Memory;
