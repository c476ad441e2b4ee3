//! Where a chunked body ends: as much of its syntax as finding the next head needs.

use std::io;

/// A position in a chunked body.
///
/// hyper's decoder reads the same bytes afterwards. If one of them refuses the body, the connection ends. If
/// both accept it, they agree on its end.
#[derive(Debug)]
pub(super) struct Chunks {
    at: At,
    /// Bytes of data left in this chunk. While its size is read: the size so far.
    left: u64,
}

#[derive(Debug, Clone, Copy)]
enum At {
    SizeFirst,
    Size,
    Extension,
    SizeLf,
    Data,
    DataCr,
    DataLf,
    LineFirst,
    Trailer,
    TrailerLf,
    EndLf,
    End,
}

impl Chunks {
    /// Before the first chunk.
    pub(super) const fn new() -> Self {
        Self { at: At::SizeFirst, left: 0 }
    }

    /// Whether the body is complete.
    pub(super) const fn is_done(&self) -> bool {
        matches!(self.at, At::End)
    }

    /// Follows the body through `bytes`; returns how many of them belong to it.
    ///
    /// # Errors
    ///
    /// `InvalidData` when the bytes are not a chunked body. What follows has no meaning then.
    pub(super) fn advance(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut rest = bytes;
        while let Some((&byte, tail)) = rest.split_first() {
            if self.is_done() {
                break;
            }
            if matches!(self.at, At::Data) {
                let run = usize::try_from(self.left).unwrap_or(usize::MAX).min(rest.len());
                rest = rest.get(run..).unwrap_or_default();
                self.left = self.left.saturating_sub(u64::try_from(run).unwrap_or(u64::MAX));
                if self.left == 0 {
                    self.at = At::DataCr;
                }
            } else {
                self.at = self.step(byte).ok_or_else(malformed)?;
                rest = tail;
            }
        }
        Ok(bytes.len().saturating_sub(rest.len()))
    }

    /// The position after one more byte of framing; nothing if the byte is not allowed here.
    fn step(&mut self, byte: u8) -> Option<At> {
        match (self.at, byte) {
            (At::SizeFirst, _) => {
                self.left = hex(byte)?;
                Some(At::Size)
            }
            (At::Size, b' ' | b'\t' | b';') | (At::Extension, b'\t' | b' '..=b'~') => {
                Some(At::Extension)
            }
            (At::Size | At::Extension, b'\r') => Some(At::SizeLf),
            (At::Size, _) => {
                self.left = self.left.checked_mul(16)?.checked_add(hex(byte)?)?;
                Some(At::Size)
            }
            (At::SizeLf, b'\n') if self.left == 0 => Some(At::LineFirst),
            (At::SizeLf, b'\n') => Some(At::Data),
            (At::DataCr, b'\r') => Some(At::DataLf),
            (At::DataLf, b'\n') => Some(At::SizeFirst),
            (At::LineFirst, b'\r') => Some(At::EndLf),
            (At::Trailer, b'\r') => Some(At::TrailerLf),
            (At::LineFirst | At::Trailer, b'\t' | b' '..=b'~' | 0x80..) => Some(At::Trailer),
            (At::TrailerLf, b'\n') => Some(At::LineFirst),
            (At::EndLf, b'\n') => Some(At::End),
            _ => None,
        }
    }
}

fn hex(byte: u8) -> Option<u64> {
    char::from(byte).to_digit(16).map(u64::from)
}

fn malformed() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "malformed chunked body")
}

#[cfg(test)]
mod tests;
