//! Benchmark of the audit log export: speed and memory.

mod export;
mod lines;
mod stage;
mod trail;

pub use export::Export;
pub use stage::AuditStage;
