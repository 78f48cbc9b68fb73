//! One secret and the keys derived from it. The secret never leaves this module.

use std::fmt;

use hkdf::Hkdf;
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::purpose::Purpose;
use crate::secret::Secret;

pub(crate) const KEY_ID_BYTES: usize = 4;

pub(crate) const KEY_ID_LABEL: &[u8] = b"users-service/v1/key-id";

/// Identifies a key of a ring. Derived from the secret, but not secret itself.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct KeyId(pub(crate) [u8; KEY_ID_BYTES]);

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyId({self})")
    }
}

#[derive(Clone)]
pub(crate) struct Key {
    pub(crate) id: KeyId,
    secret: Secret,
}

impl Key {
    pub(crate) fn new(secret: Secret) -> Self {
        let mut id = [0; KEY_ID_BYTES];
        expand(&secret, KEY_ID_LABEL, &mut id);
        Self { id: KeyId(id), secret }
    }

    /// Derives the key of one purpose. Every call derives it again (a few microseconds), so that only the secret stays
    /// in memory.
    pub(crate) fn derive(&self, purpose: Purpose) -> Zeroizing<[u8; 32]> {
        let mut key = Zeroizing::new([0; 32]);
        expand(&self.secret, purpose.label(), &mut *key);
        key
    }
}

#[expect(
    clippy::expect_used,
    reason = "HKDF-SHA256 yields up to 8160 bytes, and no caller requests more than 32"
)]
fn expand(secret: &Secret, label: &[u8], out: &mut [u8]) {
    Hkdf::<Sha256>::new(None, secret.bytes())
        .expand(label, out)
        .expect("short enough for HKDF-SHA256");
}
