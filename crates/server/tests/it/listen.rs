//! The accept loop on real sockets, spoken to byte by byte.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::ConnectInfo;
use axum::http::StatusCode;
use axum::routing::{any, get, post};
use server::listen::{Limits, serve};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::timeout;

const HELLO: &str = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

struct Running {
    address: SocketAddr,
    /// Has an entry for each request to `/slow` or `/stuck` that has started.
    started: mpsc::UnboundedReceiver<()>,
    stop: Option<oneshot::Sender<()>>,
    served: JoinHandle<std::io::Result<()>>,
}

fn app(started: mpsc::UnboundedSender<()>) -> Router {
    let start = move || started.send(()).expect("the test waits");
    let (slow_starts, stuck_starts) = (start.clone(), start);
    let slow = async move || {
        slow_starts();
        tokio::time::sleep(Duration::from_millis(400)).await;
        "slow but done"
    };
    let stuck = async move || {
        stuck_starts();
        std::future::pending::<()>().await;
    };
    Router::new()
        .route("/", any(async || "hello"))
        .route("/echo", post(async |body: String| body))
        .route("/ignore", post(async || "ignored"))
        .route("/peer", get(async |ConnectInfo(peer): ConnectInfo<SocketAddr>| peer.to_string()))
        .route("/slow", get(slow))
        .route("/stuck", get(stuck))
        .route("/panic", get(panics))
}

async fn panics() -> StatusCode {
    assert!(std::hint::black_box(false), "a handler of the test panics");
    StatusCode::OK
}

async fn start(limits: Limits) -> Running {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    let (stop, stopped) = oneshot::channel();
    let (sender, started) = mpsc::unbounded_channel();
    let served = tokio::spawn(serve(listener, app(sender), limits, async move {
        let _ = stopped.await;
    }));
    Running { address, started, stop: Some(stop), served }
}

impl Running {
    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.expect("a connection")
    }

    /// All that comes back for `sent` until the service closes the connection.
    async fn say(&self, sent: impl AsRef<[u8]>) -> String {
        let mut stream = self.connect().await;
        stream.write_all(sent.as_ref()).await.expect("the service reads");
        read_to_close(&mut stream).await
    }

    fn stop(&mut self) {
        let stop = self.stop.take().expect("a service is stopped once");
        stop.send(()).expect("the service runs");
    }
}

async fn read_to_close(stream: &mut TcpStream) -> String {
    let mut all = Vec::new();
    timeout(Duration::from_secs(10), stream.read_to_end(&mut all))
        .await
        .expect("the service closes the connection")
        .expect("the connection closes without a reset");
    String::from_utf8(all).expect("answers in UTF-8")
}

/// Reads until what has come ends with `end`; the connection stays open.
async fn read_until(stream: &mut TcpStream, end: &str) -> String {
    let mut all = String::new();
    while !all.ends_with(end) {
        let mut bytes = [0; 1024];
        let read = timeout(Duration::from_secs(10), stream.read(&mut bytes));
        let length = read.await.expect("an answer in time").expect("an open connection");
        assert_ne!(length, 0, "closed after {all:?}");
        all.push_str(std::str::from_utf8(&bytes[..length]).expect("answers in UTF-8"));
    }
    all
}

/// One answer, a problem with this status and code, and then the end.
#[track_caller]
fn is_only_problem(answer: &str, status: u16, code: &str) {
    assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{answer}");
    assert_eq!(answer.matches("HTTP/1.1 ").count(), 1, "{answer}");
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head and a body");
    assert!(head.contains("content-type: application/problem+json"), "{answer}");
    assert!(head.contains("connection: close"), "{answer}");
    let problem: serde_json::Value = serde_json::from_str(body).expect("a JSON body");
    assert_eq!(problem["code"], code);
    assert_eq!(problem["status"], status);
    assert_eq!(problem["type"], format!("/problems/{code}"));
    let lines: Vec<_> = head.lines().filter_map(|line| line.split_once(": ")).collect();
    let header = |name| lines.iter().find(|line| line.0 == name).map(|line| line.1);
    let id = header("x-request-id").expect("an id to ask the operators about");
    assert_eq!(problem["instance"], format!("/requests/{id}"));
    for (name, value) in [
        ("cache-control", "no-store"),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("content-security-policy", "default-src 'none'; frame-ancestors 'none'"),
        ("strict-transport-security", "max-age=31536000"),
    ] {
        assert_eq!(header(name), Some(value), "{answer}");
    }
}

#[tokio::test]
async fn requests_on_one_connection_are_answered_in_order() {
    let service = start(Limits::default()).await;
    let slow = "GET /slow HTTP/1.1\r\nHost: a\r\n\r\n";
    let sized = "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\none";
    let chunked = "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n\
                   3\r\ntwo\r\n0\r\n\r\n";
    let last = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    let answers = service.say([slow, sized, chunked, last].concat()).await;
    let bodies: Vec<_> = ["slow but done", "one", "two", "hello"]
        .map(|body| answers.find(body).expect("an answer to each"))
        .to_vec();
    assert!(bodies.is_sorted(), "{answers}");
    assert_eq!(answers.matches("HTTP/1.1 200 OK").count(), 4, "{answers}");
}

#[tokio::test]
async fn a_large_body_passes_unchanged() {
    let service = start(Limits::default()).await;
    let mut stream = service.connect().await;
    let body = "0123456789abcdef".repeat(20_000);
    let head = format!("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n", body.len());
    let (mut reader, mut writer) = stream.split();
    let sent = format!("{head}Connection: close\r\n\r\n{body}");
    let mut answer = Vec::new();
    let (wrote, read) =
        tokio::join!(writer.write_all(sent.as_bytes()), reader.read_to_end(&mut answer));
    wrote.unwrap();
    read.unwrap();
    assert!(String::from_utf8(answer).unwrap().ends_with(&body));
}

#[tokio::test]
async fn a_client_that_waits_for_leave_to_send_its_body_gets_it() {
    let service = start(Limits::default()).await;
    let mut stream = service.connect().await;
    let head =
        "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n";
    stream.write_all(head.as_bytes()).await.unwrap();
    assert_eq!(read_until(&mut stream, "\r\n\r\n").await, "HTTP/1.1 100 Continue\r\n\r\n");
    stream.write_all(b"one").await.unwrap();
    read_until(&mut stream, "one").await;
}

#[tokio::test]
async fn a_handler_learns_the_address_of_its_peer() {
    let service = start(Limits::default()).await;
    let mut stream = service.connect().await;
    stream.write_all(b"GET /peer HTTP/1.0\r\n\r\n").await.unwrap();
    let own = stream.local_addr().unwrap().to_string();
    assert!(read_to_close(&mut stream).await.ends_with(&own));
}

#[tokio::test]
async fn a_request_that_two_servers_could_read_differently_is_refused_and_the_connection_closed() {
    let service = start(Limits::default()).await;
    let next = "GET /peer HTTP/1.1\r\nHost: a\r\n\r\n";
    for (lines, code) in [
        ("Host: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked", "ambiguous_length"),
        ("Host: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 5", "ambiguous_length"),
        ("Host: a\r\nContent-Length: 5\r\nContent-Length: 5", "ambiguous_length"),
        ("Host: a\r\nContent-Length: 99999999999999999999", "ambiguous_length"),
        ("Host: a\r\nTransfer-Encoding: gzip, chunked", "unsupported_transfer_encoding"),
        ("X: no host", "invalid_host"),
        ("Host: a\r\nHost: b", "invalid_host"),
        ("Host: a\r\nX: a\0b", "malformed_request"),
        ("Host: a\r\nX: a\x1bb", "malformed_request"),
        ("Host: a\r\nX: a\rb", "malformed_request"),
        ("Host: a\r\nX: a\r\n folded", "malformed_request"),
        ("Host: a\nX: b", "malformed_request"),
    ] {
        let sent = format!("POST /echo HTTP/1.1\r\n{lines}\r\n\r\n0\r\n\r\n{next}");
        is_only_problem(&service.say(sent).await, 400, code);
    }
    is_only_problem(&service.say("\x16\x03\x01\x02").await, 400, "malformed_request");
    let http2 = service.say("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await;
    is_only_problem(&http2, 505, "http_version_not_supported");
}

#[tokio::test]
async fn a_refusal_waits_for_the_answers_before_it() {
    let service = start(Limits::default()).await;
    let slow = "GET /slow HTTP/1.1\r\nHost: a\r\n\r\n";
    let answers = service.say(format!("{slow}GET / HTTP/1.1\r\n\r\n{HELLO}")).await;
    let (first, second) = answers.split_once("slow but done").unwrap();
    assert!(first.starts_with("HTTP/1.1 200 OK"), "{answers}");
    is_only_problem(second, 400, "invalid_host");
}

#[tokio::test]
async fn heads_beyond_the_limits_are_refused() {
    let service = start(Limits::default()).await;
    let with = |headers: &str| format!("GET / HTTP/1.1\r\nHost: a\r\n{headers}\r\n");
    let path = format!("GET /{} HTTP/1.1\r\nHost: a\r\n\r\n", "a".repeat(70_000));
    is_only_problem(&service.say(path).await, 414, "uri_too_long");
    let large = with(&format!("X: {}\r\n", "a".repeat(500_000)));
    is_only_problem(&service.say(large).await, 431, "headers_too_large");
    let many = with(&"X: a\r\n".repeat(100));
    is_only_problem(&service.say(many).await, 431, "too_many_headers");
    let most = with(&format!("{}Connection: close\r\n", "X: a\r\n".repeat(98)));
    assert!(service.say(most).await.starts_with("HTTP/1.1 200 OK"));
}

#[tokio::test]
async fn a_half_sent_head_is_given_up_after_five_seconds() {
    let service = start(Limits::default()).await;
    let start = Instant::now();
    let mut silent = service.connect().await;
    let mut half = service.connect().await;
    half.write_all(b"GET / HTTP/1.1\r\nHost: a\r\nX: ").await.unwrap();
    let (mut dripping, mut drip) = service.connect().await.into_split();
    let dripper = tokio::spawn(async move {
        for byte in HELLO[..20].bytes().chain(std::iter::repeat(b'a')) {
            if drip.write_all(&[byte]).await.is_err() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    });
    let mut answer = vec![0; 1024];
    let (nothing, refused, length) = tokio::join!(
        read_to_close(&mut silent),
        read_to_close(&mut half),
        dripping.read(&mut answer)
    );
    assert!((5..8).contains(&start.elapsed().as_secs()), "after {:?}", start.elapsed());
    assert_eq!(nothing, "");
    is_only_problem(&refused, 408, "header_timeout");
    assert!(answer[..length.unwrap()].starts_with(b"HTTP/1.1 408 "));
    dripper.abort();
}

#[tokio::test]
async fn a_waiting_connection_outlives_the_header_timeout_but_not_the_idle_timeout() {
    let header_timeout = Duration::from_millis(400);
    let idle_timeout = Duration::from_secs(2);
    let service = start(Limits { header_timeout, idle_timeout, ..Limits::default() }).await;
    let mut stream = service.connect().await;
    for pause_ms in [0, 600, 600] {
        tokio::time::sleep(Duration::from_millis(pause_ms)).await;
        stream.write_all(HELLO.as_bytes()).await.unwrap();
        read_until(&mut stream, "hello").await;
    }
    let start = Instant::now();
    assert_eq!(read_to_close(&mut stream).await, "");
    assert!((1_900..5_000).contains(&start.elapsed().as_millis()), "after {:?}", start.elapsed());
}

#[tokio::test]
async fn a_body_nobody_reads_does_not_cost_the_client_its_answer() {
    let service = start(Limits::default()).await;
    let head = "POST /ignore HTTP/1.1\r\nHost: a\r\nContent-Length: 900000\r\n\r\n";
    let (mut reader, mut writer) = service.connect().await.into_split();
    writer.write_all(head.as_bytes()).await.unwrap();
    for _ in 0..9 {
        tokio::time::sleep(Duration::from_millis(20)).await;
        writer.write_all(&vec![b'a'; 100_000]).await.unwrap();
    }
    let mut answer = Vec::new();
    let read = timeout(Duration::from_secs(5), reader.read_to_end(&mut answer)).await;
    read.unwrap().unwrap();
    assert!(String::from_utf8(answer).unwrap().ends_with("ignored"));
}

#[tokio::test]
async fn a_broken_chunk_ends_only_its_own_connection() {
    let service = start(Limits::default()).await;
    let head = "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    let answer = service.say(format!("{head}xyz\r\n{HELLO}")).await;
    assert!(!answer.contains("hello"), "{answer}");
    assert!(service.say(HELLO.replace("1.1", "1.0")).await.ends_with("hello"));
}

#[tokio::test]
async fn a_panic_in_a_handler_does_not_stop_the_service() {
    let service = start(Limits::default()).await;
    let answer = service.say("GET /panic HTTP/1.1\r\nHost: a\r\n\r\n").await;
    assert_eq!(answer, "");
    assert!(service.say(HELLO.replace("1.1", "1.0")).await.ends_with("hello"));
}

#[tokio::test]
async fn a_connection_beyond_the_limit_waits_for_another_to_end() {
    let service = start(Limits { connections_max: 1, ..Limits::default() }).await;
    let mut first = service.connect().await;
    first.write_all(HELLO.as_bytes()).await.unwrap();
    read_until(&mut first, "hello").await;
    let mut second = service.connect().await;
    second.write_all(HELLO.as_bytes()).await.unwrap();
    let early = timeout(Duration::from_millis(200), second.readable()).await;
    assert!(early.is_err(), "answered beyond the limit");
    drop(first);
    read_until(&mut second, "hello").await;
}

#[tokio::test]
async fn a_stop_finishes_what_is_in_flight_and_closes_what_is_idle() {
    let mut service = start(Limits::default()).await;
    let mut idle = service.connect().await;
    idle.write_all(HELLO.as_bytes()).await.unwrap();
    read_until(&mut idle, "hello").await;
    let mut unused = service.connect().await;
    let mut half = service.connect().await;
    half.write_all(b"GET / HT").await.unwrap();
    let mut busy = service.connect().await;
    busy.write_all(b"GET /slow HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
    // The other connections were accepted before this one.
    service.started.recv().await.expect("its request begins");

    let start = Instant::now();
    service.stop();
    for waiting in [&mut idle, &mut unused, &mut half] {
        assert_eq!(timeout(Duration::from_secs(2), read_to_close(waiting)).await.unwrap(), "");
    }
    let refused = TcpStream::connect(service.address).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
    let answer = read_to_close(&mut busy).await;
    assert!(answer.contains("connection: close") && answer.ends_with("slow but done"), "{answer}");
    service.served.await.unwrap().unwrap();
    assert!(start.elapsed() < Duration::from_secs(4), "no time-out was waited for");
}

#[tokio::test]
async fn a_stop_does_not_wait_longer_than_it_may() {
    let drain = Duration::from_millis(100);
    let mut service = start(Limits { drain, ..Limits::default() }).await;
    let mut busy = service.connect().await;
    busy.write_all(b"GET /stuck HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
    service.started.recv().await.expect("its request begins");
    service.stop();
    timeout(Duration::from_secs(5), service.served).await.unwrap().unwrap().unwrap();
    assert_eq!(read_to_close(&mut busy).await, "");
}
