//! What hyper gets to read, with the peer's bytes arriving in every possible split.

use std::io::ErrorKind;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::FutureExt as _;
use http::HeadRefusal;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex};
use tokio::task::unconstrained;
use tokio::time::timeout;

use super::super::Limits;
use super::super::requests::Requests;
use super::{Gate, STAND_IN};

const GET: &[u8] = b"GET /a HTTP/1.1\r\nHost: a\r\n\r\n";
const SIZED: &[u8] = b"POST /b HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nGET /";
const CHUNKED: &[u8] =
    b"POST /c HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nGET /d\r\n0\r\n\r\n";
const AMBIGUOUS: &[u8] = b"POST /e HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\
    Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n";

fn gate() -> (DuplexStream, Gate<DuplexStream>, Arc<Requests>) {
    let (peer, stream) = duplex(1 << 20);
    let requests = Arc::new(Requests::default());
    (peer, Gate::new(stream, Limits::default(), Arc::clone(&requests)), requests)
}

/// All that passes now.
fn passed(gate: &mut Gate<DuplexStream>) -> Vec<u8> {
    let mut all = Vec::new();
    while let Some(Ok(length)) = unconstrained(gate.read_buf(&mut all)).now_or_never() {
        if length == 0 {
            break;
        }
    }
    all
}

/// Sends `sent` in two writes, split at every byte, and expects hyper to see `expected`.
async fn check(sent: &[u8], expected: &[u8], refused: Option<(u64, HeadRefusal)>) {
    for split in 0..sent.len() {
        let (mut peer, mut gate, requests) = gate();
        let (first, second) = sent.split_at(split);
        peer.write_all(first).await.unwrap();
        let mut seen = passed(&mut gate);
        peer.write_all(second).await.unwrap();
        seen.extend(passed(&mut gate));
        assert_eq!(
            String::from_utf8_lossy(&seen),
            String::from_utf8_lossy(expected),
            "split at {split}"
        );
        let refusal = refused.and_then(|(number, _)| Some((number, requests.refusal(number)?)));
        assert_eq!(refusal, refused, "split at {split}");
    }
}

#[tokio::test]
async fn sound_requests_pass_unchanged_wherever_they_are_split() {
    check(GET, GET, None).await;
    check(SIZED, SIZED, None).await;
    check(CHUNKED, CHUNKED, None).await;
    let pipelined = [GET, SIZED, GET, CHUNKED, CHUNKED, SIZED, GET].concat();
    check(&pipelined, &pipelined, None).await;
}

#[tokio::test]
async fn an_ambiguous_request_never_passes_nor_does_anything_after_it() {
    check(&[AMBIGUOUS, GET].concat(), STAND_IN, Some((1, HeadRefusal::Length))).await;
    let pipelined = [CHUNKED, SIZED, GET, AMBIGUOUS, GET].concat();
    let expected = [CHUNKED, SIZED, GET, STAND_IN].concat();
    check(&pipelined, &expected, Some((4, HeadRefusal::Length))).await;
}

#[tokio::test]
async fn what_looks_like_a_head_inside_a_body_is_not_taken_for_one() {
    let body = AMBIGUOUS;
    let sized = format!("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n", body.len());
    let sent = [sized.as_bytes(), body, GET].concat();
    check(&sent, &sent, None).await;
}

#[tokio::test]
async fn a_head_passes_only_when_it_is_complete() {
    let (mut peer, mut gate, _) = gate();
    peer.write_all(&GET[..GET.len() - 1]).await.unwrap();
    assert_eq!(passed(&mut gate), b"");
    peer.write_all(b"\n").await.unwrap();
    assert_eq!(passed(&mut gate), GET);
}

#[tokio::test]
async fn a_broken_chunk_is_an_error_not_an_end() {
    let (mut peer, mut gate, _) = gate();
    peer.write_all(b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n")
        .await
        .unwrap();
    let mut all = Vec::new();
    gate.read_to_end(&mut all).await.unwrap_err();
}

/// Limits short enough to wait for.
fn impatient() -> Limits {
    let header_timeout = Duration::from_millis(100);
    let idle_timeout = Duration::from_millis(300);
    Limits { header_timeout, idle_timeout, ..Limits::default() }
}

/// How much the next read yields, which must take `limit` and not much longer.
async fn next_read(gate: &mut Gate<DuplexStream>, limit: Duration) -> usize {
    let start = Instant::now();
    let length = gate.read(&mut [0; 8]).await.unwrap();
    is_about(start.elapsed(), limit);
    length
}

/// Generous, because clocks are read at different moments and the machine may be busy.
#[track_caller]
fn is_about(elapsed: Duration, limit: Duration) {
    let range = limit * 9 / 10..limit + Duration::from_secs(2);
    assert!(range.contains(&elapsed), "{elapsed:?}");
}

#[tokio::test]
async fn a_half_sent_head_is_refused_in_time_and_a_silent_peer_is_let_go() {
    let (mut peer, stream) = duplex(64);
    let requests = Arc::new(Requests::default());
    let mut slow = Gate::new(stream, impatient(), Arc::clone(&requests));
    peer.write_all(b"GET / HTTP/1.1\r\n").await.unwrap();
    assert_eq!(next_read(&mut slow, impatient().header_timeout).await, 8);
    assert_eq!(requests.refusal(1), Some(HeadRefusal::TooSlow));

    let (_peer, stream) = duplex(64);
    let mut silent = Gate::new(stream, impatient(), Arc::default());
    assert_eq!(next_read(&mut silent, impatient().header_timeout).await, 0);
}

#[tokio::test]
async fn no_time_runs_while_a_request_is_being_answered() {
    let (mut peer, stream) = duplex(64);
    let requests = Arc::new(Requests::default());
    let mut gate = Gate::new(stream, impatient(), Arc::clone(&requests));
    peer.write_all(GET).await.unwrap();
    assert_eq!(passed(&mut gate), GET);
    timeout(Duration::from_millis(600), gate.read(&mut [0; 8])).await.unwrap_err();

    requests.finish();
    assert_eq!(next_read(&mut gate, impatient().idle_timeout).await, 0);
}

#[tokio::test]
async fn a_peer_that_takes_no_byte_of_an_answer_is_let_go() {
    let (stream, _peer) = duplex(8);
    let mut gate = Gate::new(stream, impatient(), Arc::default());
    let start = Instant::now();
    let error = gate.write_all(&[0; 9]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TimedOut);
    is_about(start.elapsed(), impatient().idle_timeout);
}

#[tokio::test]
async fn a_peer_that_takes_a_byte_now_and_then_is_let_go_too() {
    let (stream, mut peer) = duplex(8);
    let mut gate = Gate::new(stream, impatient(), Arc::default());
    let trickle = tokio::spawn(async move {
        while peer.read_u8().await.is_ok() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    });
    let start = Instant::now();
    let error = gate.write_all(&[0; 4_000]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TimedOut);
    is_about(start.elapsed(), impatient().idle_timeout);
    drop(gate);
    trickle.await.unwrap();
}

#[tokio::test]
async fn a_peer_that_takes_enough_in_time_gets_all_of_a_long_answer() {
    let (stream, mut peer) = duplex(8);
    let limits = Limits { moved_bytes_min: 16, ..impatient() };
    let mut gate = Gate::new(stream, limits, Arc::default());
    let taking = tokio::spawn(async move {
        let mut taken = 0;
        while taken < 160 {
            taken += peer.read(&mut [0; 8]).await.unwrap();
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    });
    gate.write_all(&[0; 160]).await.unwrap();
    gate.flush().await.unwrap();
    taking.await.unwrap();
}
