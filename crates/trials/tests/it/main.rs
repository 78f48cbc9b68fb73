//! Integration tests of the PostgreSQL cluster and the receiver that trials use.

mod cluster;
mod receiver;
