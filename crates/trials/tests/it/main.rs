//! The parts of the trials that touch the outside: they must notice and survive what trials do with them.

mod cluster;
mod receiver;
