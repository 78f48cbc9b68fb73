//! SHA-256 over several parts, each preceded by its length, so that different lists never yield the same input.

use sha2::{Digest as _, Sha256};

pub(super) fn digest_of(parts: &[&[u8]]) -> [u8; 32] {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update((part.len() as u64).to_be_bytes());
        hasher.update(part);
    }
    hasher.finalize().into()
}
