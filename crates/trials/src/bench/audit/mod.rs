//! How fast an audit log is exported, and what memory that takes.

mod export;
mod lines;
mod stage;
mod trail;

pub use export::Export;
pub use stage::AuditStage;
