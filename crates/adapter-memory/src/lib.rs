//! The ports of the domain, kept in memory
