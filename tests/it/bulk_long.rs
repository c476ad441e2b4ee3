//! Very many lines over a real connection: bounded memory, back-pressure, disconnects.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::time::Duration;

use http::{App, RequestLimits, Settings};
use serde_json::{Value, json};
use tests::{TestApp, customer_id};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;

/// Serves on a socket with small buffers.
fn serve(app: &TestApp) -> SocketAddr {
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.set_send_buffer_size(16 * 1024).expect("a small buffer");
    socket.set_recv_buffer_size(16 * 1024).expect("a small buffer");
    socket.bind("127.0.0.1:0".parse().expect("an address")).expect("a port");
    let listener = socket.listen(16).expect("a listener");
    let address = listener.local_addr().expect("an address");
    let limits = server::listen::Limits::default();
    let served = server::listen::serve(listener, app.router(), limits, std::future::pending());
    tokio::spawn(served);
    address
}

/// A connection with small buffers.
async fn connect(app: &TestApp, address: SocketAddr, bytes: usize) -> TcpStream {
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.set_recv_buffer_size(8 * 1024).expect("a small buffer");
    socket.set_send_buffer_size(8 * 1024).expect("a small buffer");
    announce(app, socket.connect(address).await.expect("a connection"), bytes).await
}

/// Sends the head of a request with a body of this length.
async fn announce(app: &TestApp, mut stream: TcpStream, bytes: usize) -> TcpStream {
    let head = format!(
        "POST /v1/commands HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {}\r\n\
         content-type: application/x-ndjson\r\ncontent-length: {bytes}\r\nconnection: close\r\n\r\n",
        app.key.reveal()
    );
    stream.write_all(head.as_bytes()).await.expect("the head is taken");
    stream
}

/// Reads a chunked answer to its end, and calls `look` with each of its lines.
async fn read_lines(stream: impl tokio::io::AsyncRead + Unpin, mut look: impl FnMut(Value)) {
    let mut reader = BufReader::new(stream);
    let mut text = String::new();
    while text != "\r\n" {
        text.clear();
        reader.read_line(&mut text).await.expect("a header");
    }
    let mut line = Vec::new();
    loop {
        text.clear();
        reader.read_line(&mut text).await.expect("a chunk's size");
        let size = usize::from_str_radix(text.trim(), 16).expect("a chunk's size");
        if size == 0 {
            break;
        }
        let mut chunk = vec![0; size + 2];
        reader.read_exact(&mut chunk).await.expect("a chunk");
        for byte in chunk.drain(..size) {
            if byte == b'\n' {
                look(serde_json::from_slice(&line).expect("JSON"));
                line.clear();
            } else {
                line.push(byte);
            }
        }
    }
    assert!(line.is_empty(), "the last line is whole");
}

async fn version(app: &TestApp) -> i64 {
    let path = format!("/v1/customers/{}", customer_id(1));
    app.get(&path).await.expect(200).json()["version"].as_i64().expect("a version")
}

fn rename(nth: usize) -> String {
    let body = json!({ "name": format!("Name {nth}") });
    let line = json!({ "command": "update-profile", "customer": customer_id(1), "body": body });
    format!("{line}\n")
}

/// An instance whose tenants may leave so many bytes unread, for so long, and whose bodies may pause for a second.
fn leaving(app: &TestApp, unsent_bytes_of_tenant: usize, unsent_within: Duration) -> TestApp {
    let requests =
        RequestLimits { unsent_bytes_of_tenant, unsent_within, ..RequestLimits::default() };
    let body_timeout = Duration::from_secs(1);
    app.at(App::new(app.store.clone(), Settings { body_timeout, requests, ..Settings::default() }))
}

/// The resident memory of this process, in bytes.
fn resident() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").expect("the process's status");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.split_whitespace().next()).expect("its resident size");
    kib.parse::<usize>().expect("a number") * 1024
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_thousand_lines_are_streamed_with_little_memory() {
    const LINES: usize = 100_000;
    let app = TestApp::new().await;
    app.register(customer_id(1), "Acme").await;
    // Existing metadata: lines of a kilobyte that don't change the database.
    let metadata = json!({ "metadata": { "note": "x".repeat(900) } });
    let id = customer_id(1).to_string();
    app.command(&id, "replace-metadata", &metadata).await.expect(200);
    let line = json!({ "command": "replace-metadata", "customer": id, "body": metadata });
    let block = format!("{line}\n").repeat(100);
    assert!(block.len() * LINES / 100 > 96 << 20, "what would be kept is seen");

    let stream = TcpStream::connect(app.serve().await).await.expect("a connection");
    let stream = announce(&app, stream, block.len() * LINES / 100).await;
    let (reader, mut writer) = stream.into_split();
    let before = resident();
    // The service closes half-closed connections, so the writing half stays open until the end.
    let sent = tokio::spawn(async move {
        for _ in 0..LINES / 100 {
            writer.write_all(block.as_bytes()).await.expect("the lines are taken");
        }
        writer
    });
    let (mut answered, mut most) = (0_usize, 0);
    read_lines(reader, |answer| {
        answered += 1;
        assert_eq!((&answer["line"], &answer["status"]), (&json!(answered), &json!(200)));
        if answered.is_multiple_of(1_000) {
            most = most.max(resident());
        }
    })
    .await;
    sent.await.expect("all was sent");
    assert_eq!(answered, LINES);
    let grown = most.saturating_sub(before) >> 20;
    assert!(grown < 64, "{grown} MiB more for 96 MiB of lines");
    assert_eq!(version(&app).await, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lines_wait_for_a_slow_reader_and_are_all_answered() {
    const LINES: usize = 6_000;
    let app = TestApp::new().await;
    app.register(customer_id(1), "Acme").await;
    let app = leaving(&app, 1 << 20, Duration::from_mins(1));
    let body: String = (0..LINES).map(rename).collect();
    let address = serve(&app);
    let (reader, mut writer) = connect(&app, address, body.len()).await.into_split();
    let sent = tokio::spawn(async move {
        writer.write_all(body.as_bytes()).await.expect("the lines are taken");
        writer
    });

    let mut stood = (version(&app).await, 0);
    // Until nothing has moved for longer than the maximum pause of a body.
    while stood.0 == 1 || stood.1 < 15 {
        tokio::time::sleep(Duration::from_millis(100)).await;
        let now = version(&app).await;
        stood = if now == stood.0 { (now, stood.1 + 1) } else { (now, 0) };
    }
    let all = i64::try_from(LINES).expect("small") + 1;
    assert!(stood.0 < all, "all lines were taken although nobody read the answers");

    let mut answered = 0;
    read_lines(reader, |answer| {
        answered += 1;
        assert_eq!((&answer["line"], &answer["status"]), (&json!(answered), &json!(200)));
    })
    .await;
    sent.await.expect("all was sent");
    assert_eq!((answered, version(&app).await), (LINES, all));
}

/// Sends a whole body before it reads anything, as simple clients do, and returns the answers.
async fn sent_then_read(app: &TestApp, body: &str) -> Vec<Value> {
    let address = serve(app);
    let mut stream = connect(app, address, body.len()).await;
    let mut answers = Vec::new();
    let exchanged = async {
        stream.write_all(body.as_bytes()).await.expect("the lines are taken");
        read_lines(&mut stream, |answer| answers.push(answer)).await;
    };
    timeout(Duration::from_mins(1), exchanged).await.expect("nobody waits for the other");
    answers
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_sends_everything_before_it_reads_gets_every_answer() {
    const LINES: usize = 6_000;
    let app = TestApp::new().await;
    app.register(customer_id(1), "Acme").await;
    let body: String = (0..LINES).map(rename).collect();
    let answers = sent_then_read(&app, &body).await;
    assert_eq!(answers.len(), LINES);
    assert!(answers.iter().all(|answer| answer["status"] == 200));
    assert_eq!(version(&app).await, i64::try_from(LINES).expect("small") + 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_leaves_too_much_unread_learns_which_lines_were_executed() {
    const LINES: usize = 6_000;
    let app = TestApp::new().await;
    app.register(customer_id(1), "Acme").await;
    let app = leaving(&app, 1 << 20, Duration::from_millis(300));
    let body: String = (0..LINES).map(rename).collect();
    let answers = sent_then_read(&app, &body).await;
    let (last, done) = answers.split_last().expect("answers");
    assert!(!done.is_empty() && answers.len() < LINES, "{} answers", answers.len());
    assert!(done.iter().all(|answer| answer["status"] == 200));
    assert_eq!((&last["status"], &last["answer"]["code"]), (&json!(429), &json!("too_many_bytes")));
    let detail = last["answer"]["detail"].as_str().expect("a detail");
    assert!(detail.ends_with("this line and all after it were not executed"), "{detail}");
    assert_eq!(version(&app).await, i64::try_from(done.len()).expect("small") + 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_line_that_ends_a_request_leaves_its_answers_to_a_client_that_reads_last() {
    let app = TestApp::new().await;
    app.register(customer_id(1), "Acme").await;
    let long = format!("{}\n", "x".repeat(70_000));
    let body = [rename(1), long, rename(2).repeat(40_000)].concat();
    let answers = sent_then_read(&app, &body).await;
    let statuses: Vec<_> = answers.iter().map(|answer| answer["status"].clone()).collect();
    assert_eq!(statuses, [200, 413]);
    assert_eq!(version(&app).await, 2);
}

#[tokio::test]
async fn a_disconnect_leaves_only_complete_commands() {
    let app = TestApp::new().await;
    app.register(customer_id(1), "Acme").await;
    let address = serve(&app);
    let mut lines: String = (0..50).map(rename).collect();
    // This line looks complete but has no newline yet.
    let last = json!({ "command": "archive-customer", "customer": customer_id(1) });
    let _ = write!(lines, "{last}");
    let mut stream = connect(&app, address, lines.len() + 1).await;
    stream.write_all(lines.as_bytes()).await.expect("the lines are taken");
    while version(&app).await < 10 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    drop(stream);

    let mut before = 0;
    while before != version(&app).await {
        before = version(&app).await;
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
    let read = app.get(&format!("/v1/customers/{}", customer_id(1))).await.json();
    assert_eq!(read["status"], "active");
    assert_eq!(read["profile"]["name"], format!("Name {}", before - 2));
    let mut connection = app.database.connect().await;
    let sequences: Vec<i64> = sqlx::query_scalar(
        "select sequence from events where aggregate_type = 'customer' order by position",
    )
    .fetch_all(&mut connection)
    .await
    .expect("the events");
    assert_eq!(sequences, (1..=before).collect::<Vec<_>>());
    app.command(&customer_id(1).to_string(), "archive-customer", &json!({})).await.expect(200);
}
