//! Ranges of addresses.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use thiserror::Error;

/// A range of addresses in CIDR notation; a lone address is a range of one. IPv4 addresses written as IPv6 belong to
/// IPv6 ranges only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    first: IpAddr,
    prefix: u8,
}

/// The text is no range of addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("must be a network such as 10.0.0.0/8 or fd00::/8, all bits behind the prefix zero")]
pub struct NetworkError;

impl Network {
    pub(super) const fn v4([a, b, c, d]: [u8; 4], prefix: u8) -> Self {
        Self {
            first: IpAddr::V4(Ipv4Addr::new(a, b, c, d)),
            prefix,
        }
    }

    /// With the first four segments; the others are zero.
    pub(super) const fn v6([a, b, c, d]: [u16; 4], prefix: u8) -> Self {
        Self {
            first: IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0)),
            prefix,
        }
    }

    /// Whether the address belongs to the range.
    #[must_use]
    pub const fn contains(&self, address: IpAddr) -> bool {
        let same_bits = match (self.first, address) {
            (IpAddr::V4(first), IpAddr::V4(other)) => {
                (first.to_bits() ^ other.to_bits()).leading_zeros()
            }
            (IpAddr::V6(first), IpAddr::V6(other)) => {
                (first.to_bits() ^ other.to_bits()).leading_zeros()
            }
            _ => return false,
        };
        same_bits >= self.prefix as u32
    }
}

impl FromStr for Network {
    type Err = NetworkError;

    /// # Errors
    /// [`NetworkError`], also where bits behind the prefix are set: whoever wrote `10.0.0.1/8` may have meant either.
    fn from_str(text: &str) -> Result<Self, NetworkError> {
        let (first, prefix) = text
            .split_once('/')
            .map_or((text, None), |(first, prefix)| (first, Some(prefix)));
        let first: IpAddr = first.parse().map_err(|_| NetworkError)?;
        let (bits, zeros) = match first {
            IpAddr::V4(first) => (32, first.to_bits().trailing_zeros()),
            IpAddr::V6(first) => (128, first.to_bits().trailing_zeros()),
        };
        let prefix: u8 = prefix
            .map_or(Ok(bits), str::parse)
            .map_err(|_| NetworkError)?;
        if prefix > bits || zeros < u32::from(bits - prefix) {
            return Err(NetworkError);
        }
        Ok(Self { first, prefix })
    }
}
