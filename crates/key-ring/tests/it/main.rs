//! Integration tests of the public interface.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod file;
mod sealing;
mod secret;

/// A deterministic secret derived from a number.
fn secret(number: u8) -> key_ring::Secret {
    let digits: Vec<String> =
        (0..32u8).map(|at| format!("{:02x}", at.wrapping_mul(7).wrapping_add(number))).collect();
    key_ring::Secret::parse(&digits.concat()).unwrap()
}
