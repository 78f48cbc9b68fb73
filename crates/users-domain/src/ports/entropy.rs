//! Randomness.

/// Gives random bytes fit for secrets. The only way to randomness, so that tests can repeat it.
pub trait Entropy: Send + Sync {
    /// 32 bytes nobody can guess.
    fn seed(&self) -> [u8; 32];
}
