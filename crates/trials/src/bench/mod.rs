//! Benchmarks of delivery, ingest, exports and purges: speed and cost.

pub mod audit;
pub mod ingest;
mod latency;
mod load;
mod open_loop;
pub(crate) mod process;
pub mod purge;
mod reference;
mod stage;
mod statements;
mod sustained;
mod table;
mod waiting;

pub use latency::Latency;
pub use load::Load;
pub use open_loop::OpenLoop;
pub use reference::References;
pub use stage::Stage;
pub use statements::Statements;
pub use sustained::Sustained;
pub use table::Table;
pub use waiting::Memory;
