//! Keys derived from one secret, and what is sealed under them.
//!
//! Owns how secrets are read, how keys are derived from them and the form of sealed bytes. Must never log, print or
//! otherwise show a secret or a derived key, nor know what the sealed bytes mean.
//!
//! A deployment has one current secret and, while it rotates, previous ones. New bytes are always sealed under the
//! current one; bytes sealed under a previous one still open. Every [`Purpose`] has keys of its own, so that what was
//! sealed for one purpose never opens for another.
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
