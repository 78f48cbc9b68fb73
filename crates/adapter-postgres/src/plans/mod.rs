//! How PostgreSQL runs the statements that this crate really sends, on a tenant with many users and a destination with many
//! attempts: along the indexes that were made for them, whether planned for these values or for any.

mod audit;
mod changes;
mod claims;
mod crowd;
mod evidence;
mod explain;
mod kept;
mod reads;
mod seed;
mod tests;
mod webhooks;
