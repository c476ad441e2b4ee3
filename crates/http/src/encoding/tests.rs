//! Bodies in each coding, and those that are not what they say.

use async_compression::tokio::write::{BrotliEncoder, GzipEncoder, ZlibEncoder, ZstdEncoder};
use axum::http::{HeaderValue, StatusCode};
use axum::response::IntoResponse as _;
use http_body_util::{BodyExt as _, Limited};
use tokio::io::{AsyncWrite, AsyncWriteExt as _};

use super::*;
use crate::problem::ACCEPTED_ENCODINGS;

const TEXT: &str = r#"{"name":"Acme"}"#;

async fn written<W: AsyncWrite + Unpin>(
    mut encoder: W,
    bytes: &[u8],
    inner: fn(W) -> Vec<u8>,
) -> Vec<u8> {
    encoder.write_all(bytes).await.expect("compressed");
    encoder.shutdown().await.expect("finished");
    inner(encoder)
}

async fn compressed(coding: &str, bytes: &[u8]) -> Vec<u8> {
    match coding {
        "gzip" | "x-gzip" => {
            written(GzipEncoder::new(vec![]), bytes, GzipEncoder::into_inner).await
        }
        "deflate" => written(ZlibEncoder::new(vec![]), bytes, ZlibEncoder::into_inner).await,
        "br" => written(BrotliEncoder::new(vec![]), bytes, BrotliEncoder::into_inner).await,
        "zstd" => written(ZstdEncoder::new(vec![]), bytes, ZstdEncoder::into_inner).await,
        _ => bytes.to_vec(),
    }
}

fn request(codings: &[&str], body: Vec<u8>) -> Request {
    let mut request = Request::new(Body::from(body));
    for coding in codings {
        let coding = HeaderValue::from_str(coding).expect("a header's value");
        request.headers_mut().append(header::CONTENT_ENCODING, coding);
    }
    request
}

async fn decoded_body(codings: &[&str], body: Vec<u8>) -> Result<Bytes, axum::Error> {
    let request = decoded(request(codings, body)).expect("a coding that is accepted");
    assert!(!request.headers().contains_key(header::CONTENT_ENCODING) || codings == ["identity"]);
    Ok(request.into_body().collect().await?.to_bytes())
}

const CODINGS: [&str; 5] = ["gzip", "x-gzip", "deflate", "br", "zstd"];

#[tokio::test]
async fn a_body_in_each_coding_is_decompressed() {
    for coding in CODINGS.into_iter().chain(["GZIP", "identity"]) {
        let body = compressed(&coding.to_lowercase(), TEXT.as_bytes()).await;
        assert_eq!(decoded_body(&[coding], body).await.expect("decompressed"), TEXT, "{coding}");
    }
    let two = [compressed("gzip", b"a").await, compressed("gzip", b"b").await].concat();
    assert_eq!(decoded_body(&["gzip"], two).await.expect("decompressed"), "ab");
}

#[tokio::test]
async fn a_body_that_is_not_in_its_coding_is_an_error() {
    for coding in CODINGS {
        let whole = compressed(coding, TEXT.as_bytes()).await;
        decoded_body(&[coding], TEXT.into()).await.expect_err(coding);
        decoded_body(&[coding], whole[..whole.len() - 3].to_vec()).await.expect_err(coding);
        decoded_body(&[coding], [whole, b"{}".to_vec()].concat()).await.expect_err(coding);
    }
}

#[tokio::test]
async fn other_codings_are_a_415_that_says_which_are_accepted() {
    for codings in [&["compress"][..], &["gzip, br"], &["gzip", "gzip"], &["zstd, compress"]] {
        let refused = decoded(request(codings, TEXT.into())).expect_err("refused").into_response();
        assert_eq!(refused.status(), StatusCode::UNSUPPORTED_MEDIA_TYPE, "{codings:?}");
        assert_eq!(refused.headers()[header::ACCEPT_ENCODING], ACCEPTED_ENCODINGS);
    }
    // Without a body there is nothing to decompress.
    decoded(request(&["compress"], vec![])).expect("accepted");
}

#[tokio::test]
async fn a_bomb_is_not_decompressed_beyond_the_limit() {
    let zeros = vec![0; 64 << 20];
    for coding in CODINGS {
        let bomb = compressed(coding, &zeros).await;
        let request = decoded(request(&[coding], bomb)).expect("accepted");
        let limited = Limited::new(request.into_body(), 64 << 10).collect().await;
        let error = limited.expect_err("too much");
        assert!(error.is::<http_body_util::LengthLimitError>(), "{coding}: {error}");
    }
}

#[tokio::test]
async fn other_tasks_have_their_turn_while_a_bomb_is_decompressed() {
    let zeros = vec![0; 64 << 20];
    let bomb = compressed("gzip", &zeros).await;
    let request = decoded(request(&["gzip"], bomb)).expect("accepted");
    let collected = tokio::spawn(request.into_body().collect());
    let mut turns = 0;
    while !collected.is_finished() {
        tokio::task::yield_now().await;
        turns += 1;
    }
    assert!(turns > 10, "{turns}");
}

#[tokio::test]
async fn windows_larger_than_http_allows_are_refused() {
    decoded_body(&["br"], vec![0x11, 30, 0, 0, 0, 0]).await.expect_err("a large window");
    // A frame of zstd without content that announces a window of 128 MiB.
    let frame = [0x28, 0xb5, 0x2f, 0xfd, 0x00, (27 - 10) << 3, 0x01, 0x00, 0x00];
    decoded_body(&["zstd"], frame.to_vec()).await.expect_err("a large window");
    let allowed = [0x28, 0xb5, 0x2f, 0xfd, 0x00, (23 - 10) << 3, 0x01, 0x00, 0x00];
    assert_eq!(decoded_body(&["zstd"], allowed.to_vec()).await.expect("empty"), "");
}
