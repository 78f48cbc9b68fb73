//! What the domain needs from the outside: traits and their errors, nothing else. Every MUST here has a conformance
//! test of the same name in the crate `testkit`, run on every adapter.

mod access;
mod clock;
mod entropy;
mod error;
mod event_encoder;
mod readiness;
mod user_reader;
mod user_store;

pub use crate::rules::Facts;
pub use access::{ApplicationStore, KeyStore};
pub use clock::Clock;
pub use entropy::Entropy;
pub use error::StoreError;
pub use event_encoder::{EncodedEvent, EventEncoder};
pub use readiness::Readiness;
pub use user_reader::UserReader;
pub use user_store::{Decide, FactsSpec, Mutation, Presence, UserStore, WriteError, Written};

#[cfg(any(test, feature = "mocks"))]
pub use self::{
    access::{MockApplicationStore, MockKeyStore},
    readiness::MockReadiness,
    user_reader::MockUserReader,
    user_store::MockUserStore,
};
