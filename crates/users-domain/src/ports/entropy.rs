//! Randomness.

/// Generates random bytes suitable for secrets. The domain obtains randomness only through this trait, so that tests
/// can be deterministic.
pub trait Entropy: Send + Sync {
    /// Returns 32 unpredictable bytes.
    fn seed(&self) -> [u8; 32];
}
