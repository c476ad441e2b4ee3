//! Compressed bodies of requests (RFC 9110, 8.4).
//!
//! A body is decompressed while it is read. So the limits of a body count decompressed bytes: its size, and the
//! size of a line. The limit of time applies, too. Nothing is decompressed before the caller is known.

use std::io;
use std::pin::Pin;

use async_compression::tokio::bufread::{BrotliDecoder, GzipDecoder, ZlibDecoder, ZstdDecoder};
use async_compression::zstd::DParameter;
use axum::body::{Body, Bytes, HttpBody as _};
use axum::extract::Request;
use axum::http::{Extensions, HeaderMap, header};
use bytes::BytesMut;
use futures::{Stream, StreamExt as _, TryStreamExt as _, stream};
use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _};
use tokio::task::coop::consume_budget;
use tokio_util::io::StreamReader;

use crate::problem::Problem;

/// The logarithm of the largest window of zstd, 8 MiB: more is not allowed in HTTP (RFC 9659).
const ZSTD_WINDOW_LOG_MAX: u32 = 23;
/// The largest window of Brotli is a little less.
const BROTLI_WINDOW_MAX: usize = 16 << 20;
/// The first byte of a Brotli stream with a larger window, which HTTP does not allow: seven of its bits.
const BROTLI_LARGE_WINDOW: (u8, u8) = (0x7f, 0x11);
/// How much is decompressed at a time.
const CHUNK_BYTES: usize = 8 * 1024;

/// The coding of a body.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Coding {
    Gzip,
    Deflate,
    Brotli,
    Zstd,
}

impl Coding {
    /// The coding of a body with these headers; nothing when it has none.
    fn of(headers: &HeaderMap) -> Result<Option<Self>, Problem> {
        let lines = headers.get_all(header::CONTENT_ENCODING).iter();
        let lines = lines.map(|line| line.to_str().map_err(|_| Problem::unsupported_encoding()));
        let lines: Vec<_> = lines.collect::<Result<_, _>>()?;
        let names = lines.into_iter().flat_map(|line| line.split(',')).map(str::trim);
        let mut names =
            names.filter(|name| !name.is_empty() && !name.eq_ignore_ascii_case("identity"));
        let Some(name) = names.next() else { return Ok(None) };
        let coding = match name.to_ascii_lowercase().as_str() {
            "gzip" | "x-gzip" => Some(Self::Gzip),
            "deflate" => Some(Self::Deflate),
            "br" => Some(Self::Brotli),
            "zstd" => Some(Self::Zstd),
            _ => None,
        };
        // One coding: each more would multiply what a few bytes can become.
        let coding = coding.filter(|_| names.next().is_none());
        coding.map(Some).ok_or_else(Problem::unsupported_encoding)
    }

    /// The most decompressed bytes that a decoder keeps.
    const fn window(self) -> usize {
        match self {
            Self::Gzip | Self::Deflate => 32 << 10,
            Self::Brotli => BROTLI_WINDOW_MAX,
            Self::Zstd => 1 << ZSTD_WINDOW_LOG_MAX,
        }
    }
}

/// The request with its body decompressed. A request without a body stays as it is.
///
/// # Errors
///
/// A 415 when the body has another coding, or several.
pub(crate) fn decoded(request: Request) -> Result<Request, Problem> {
    if request.body().is_end_stream() {
        return Ok(request);
    }
    let Some(coding) = Coding::of(request.headers())? else { return Ok(request) };
    let (mut parts, body) = request.into_parts();
    parts.headers.remove(header::CONTENT_ENCODING);
    parts.headers.remove(header::CONTENT_LENGTH);
    parts.extensions.insert(coding);
    Ok(Request::from_parts(parts, decode(coding, body)))
}

/// The most bytes that the decoder of a request's body keeps; 0 without a decoder. It matters for streamed bodies:
/// others are small.
pub fn window(request: &Extensions) -> usize {
    request.get::<Coding>().map_or(0, |coding| coding.window())
}

/// The bytes of a body as they arrive.
type Compressed = StreamReader<Pin<Box<dyn Stream<Item = io::Result<Bytes>> + Send>>, Bytes>;

fn decode(coding: Coding, body: Body) -> Body {
    let chunks = body.into_data_stream().map_err(io::Error::other);
    let chunks: Pin<Box<dyn Stream<Item = io::Result<Bytes>> + Send>> = match coding {
        Coding::Brotli => Box::pin(without_large_window(chunks)),
        Coding::Gzip | Coding::Deflate | Coding::Zstd => Box::pin(chunks),
    };
    let compressed = StreamReader::new(chunks);
    match coding {
        Coding::Gzip => {
            let mut decoder = GzipDecoder::new(compressed);
            decoder.multiple_members(true);
            read(decoder, GzipDecoder::get_mut)
        }
        Coding::Deflate => read(ZlibDecoder::new(compressed), ZlibDecoder::get_mut),
        Coding::Brotli => read(BrotliDecoder::new(compressed), BrotliDecoder::get_mut),
        Coding::Zstd => {
            let window = [DParameter::window_log_max(ZSTD_WINDOW_LOG_MAX)];
            let mut decoder = ZstdDecoder::with_params(compressed, &window);
            decoder.multiple_members(true);
            read(decoder, ZstdDecoder::get_mut)
        }
    }
}

/// Fails at the first byte of a Brotli stream whose window is larger than HTTP allows.
fn without_large_window(
    chunks: impl Stream<Item = io::Result<Bytes>>,
) -> impl Stream<Item = io::Result<Bytes>> {
    let mut begun = false;
    chunks.map(move |chunk| {
        let chunk = chunk?;
        let (mask, large) = BROTLI_LARGE_WINDOW;
        if let Some(first) = chunk.first().filter(|_| !begun) {
            begun = true;
            if first & mask == large {
                return Err(io::Error::from(io::ErrorKind::InvalidData));
            }
        }
        Ok(chunk)
    })
}

/// What a decoder makes. Anything behind the end of the compressed data is an error.
///
/// A few bytes can become very many. Other tasks have their turn meanwhile.
fn read<D: AsyncRead + Send + Unpin + 'static>(
    decoder: D,
    compressed: fn(&mut D) -> &mut Compressed,
) -> Body {
    Body::from_stream(stream::try_unfold(decoder, move |mut decoder| async move {
        consume_budget().await;
        let mut chunk = BytesMut::with_capacity(CHUNK_BYTES);
        if decoder.read_buf(&mut chunk).await? > 0 {
            return Ok(Some((chunk.freeze(), decoder)));
        }
        let rest = compressed(&mut decoder).fill_buf().await?;
        if rest.is_empty() { Ok(None) } else { Err(io::Error::from(io::ErrorKind::InvalidData)) }
    }))
}

#[cfg(test)]
mod tests;
