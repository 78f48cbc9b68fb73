//! Derives keys from one secret and seals data with them.
//!
//! Owns the parsing of secrets, the key derivation and the format of sealed bytes. Never logs, prints or otherwise
//! exposes a secret or a derived key, and does not interpret the sealed content.
//!
//! A deployment has one current secret and, during a rotation, previous ones. New data is always sealed with the
//! current secret; data sealed with a previous one can still be opened. Every [`Purpose`] has its own keys, so data
//! sealed for one purpose cannot be opened for another.
//!
//! ```
//! use key_ring::{KeyRing, Purpose, Secret};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let ring = KeyRing::new(Secret::generate()?, Vec::new());
//! let sealed = ring.seal_text(Purpose::Cursor, b"page 2", b"application 1")?;
//! assert_eq!(ring.open_text(Purpose::Cursor, &sealed, b"application 1")?, b"page 2");
//! assert!(ring.open_text(Purpose::Cursor, &sealed, b"application 2").is_err());
//! # Ok(())
//! # }
//! ```

mod file;
mod key;
mod purpose;
mod ring;
mod secret;

pub use file::KeyFileError;
pub use key::KeyId;
pub use purpose::Purpose;
pub use ring::{KeyRing, OVERHEAD_BYTES, OpenError, SealError};
pub use secret::{MAX_SECRET_BYTES, MIN_SECRET_BYTES, Secret, SecretError};
