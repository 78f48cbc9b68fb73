//! Tests the plans of the statements that this crate sends, for an application with many users and a destination with
//! many attempts: custom and generic plans must use the intended indexes.

mod audit;
mod changes;
mod claims;
mod crowd;
mod evidence;
mod explain;
mod lists;
mod prepared;
mod reads;
mod seed;
mod webhooks;
