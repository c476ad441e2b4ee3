//! Where a request comes from.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

use axum::http::{Extensions, HeaderMap};

const X_FORWARDED_FOR: &str = "x-forwarded-for";

/// The address that a request comes from: that of the connection or, if that is a trusted proxy's, the one
/// that the proxy names.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Peer(pub IpAddr);

impl Peer {
    /// The peer of a request. Requests that did not come over a connection have none.
    pub fn of(extensions: &Extensions) -> Option<IpAddr> {
        extensions.get::<Self>().map(|peer| peer.0)
    }
}

/// A block of addresses in CIDR notation, or a single address.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Network {
    address: IpAddr,
    bits: u8,
}

/// The text isn't an address or a block of addresses.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("a network is an IP address, or one with a prefix length: 10.0.0.0/8")]
pub struct NotANetwork;

impl FromStr for Network {
    type Err = NotANetwork;

    fn from_str(text: &str) -> Result<Self, NotANetwork> {
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| NotANetwork)?;
        let bits_max = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.map_or(Ok(bits_max), |bits| bits.parse().map_err(|_| NotANetwork))?;
        if bits > bits_max {
            return Err(NotANetwork);
        }
        Ok(Self { address, bits })
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.bits)
    }
}

impl Network {
    /// Whether an address is in this block.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.address, address) {
            (IpAddr::V4(own), IpAddr::V4(other)) => {
                let differ = u32::from(own) ^ u32::from(other);
                differ.leading_zeros() >= u32::from(self.bits)
            }
            (IpAddr::V6(own), IpAddr::V6(other)) => {
                let differ = u128::from(own) ^ u128::from(other);
                differ.leading_zeros() >= u32::from(self.bits)
            }
            (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => false,
        }
    }
}

/// The client of a connection. Each proxy appends the address that it was called from, so the header is read
/// from its end, for as long as the address before is that of a trusted proxy: what a client writes into
/// the header itself stands before that, and is never reached.
pub(crate) fn client(connection: IpAddr, headers: &HeaderMap, trusted: &[Network]) -> IpAddr {
    let mut peer = connection.to_canonical();
    let values = headers.get_all(X_FORWARDED_FOR).iter();
    let named: Vec<&str> =
        values.flat_map(|value| value.to_str().unwrap_or_default().split(',')).collect();
    for named in named.into_iter().rev() {
        if !trusted.iter().any(|network| network.contains(peer)) {
            break;
        }
        let Some(before) = address(named.trim()) else { break };
        peer = before.to_canonical();
    }
    peer
}

/// An address as proxies write it: alone or with a port.
fn address(text: &str) -> Option<IpAddr> {
    let with_port = || text.parse().ok().map(|address: SocketAddr| address.ip());
    text.parse().ok().or_else(with_port)
}

#[cfg(test)]
mod tests;
