//! The ports of the domain on PostgreSQL

pub mod embedded;
