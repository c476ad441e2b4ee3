//! Chunked bodies, whole, in pieces, and broken.

use super::Chunks;

/// Feeds `body` and `next` in two pieces, split at every byte; the body must end where it does.
#[track_caller]
fn ends_before(body: &[u8], next: &[u8]) {
    let sent = [body, next].concat();
    for split in 0..=sent.len() {
        let (first, second) = sent.split_at(split);
        let mut chunks = Chunks::new();
        let mut taken = chunks.advance(first).unwrap();
        if taken == first.len() {
            taken += chunks.advance(second).unwrap();
        }
        assert!(chunks.is_done(), "split at {split}");
        assert_eq!(taken, body.len(), "split at {split}");
    }
}

#[track_caller]
fn is_refused(body: &[u8]) {
    let mut whole = Chunks::new();
    assert!(whole.advance(body).is_err(), "accepted {:?}", String::from_utf8_lossy(body));
    let mut bytewise = Chunks::new();
    assert!(body.iter().any(|byte| bytewise.advance(&[*byte]).is_err()));
}

#[test]
fn a_chunked_body_ends_at_its_last_chunk_wherever_it_is_split() {
    ends_before(b"0\r\n\r\n", b"GET /");
    ends_before(b"3\r\nabc\r\n0\r\n\r\n", b"");
    let extended = b"a;name=\"v\"\r\n0123456789\r\n00\r\nTrailer: x\r\nOther: y\r\n\r\n";
    ends_before(extended, b"0\r\n\r\n");
    ends_before(b"2 \r\n\r\n\r\n0\r\n\r\n", b"\r\n");
}

#[test]
fn an_unfinished_chunked_body_is_not_done() {
    let mut chunks = Chunks::new();
    assert_eq!(chunks.advance(b"5\r\nabc").unwrap(), 6);
    assert!(!chunks.is_done());
}

#[test]
fn chunk_framing_that_could_be_read_in_two_ways_is_refused() {
    for body in [
        &b"\r\n"[..],
        b"x\r\n",
        b"-1\r\n",
        b"+3\r\nabc",
        b"0x3\r\nabc",
        b"3\nabc\n",
        b"3;a\nabc",
        b"3;\x00\r\nabc",
        b"3\r\nabcd\r\n",
        b"3\r\nabc\n0\r\n",
        b"0\r\nTrailer: x\n\r\n",
        b"0\r\n\rX",
        b"10000000000000000\r\n",
    ] {
        is_refused(body);
    }
}
