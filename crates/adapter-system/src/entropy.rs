//! The operating system's random number generator.

use users_domain::ports::Entropy;

/// The operating system's random number generator. Panics if it provides no random bytes.
#[derive(Debug, Clone, Copy)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn seed(&self) -> [u8; 32] {
        let mut seed = [0; 32];
        #[expect(
            clippy::expect_used,
            reason = "without randomness no id, key or nonce is safe: nothing may go on"
        )]
        getrandom::fill(&mut seed).expect("the operating system provides random bytes");
        seed
    }
}
