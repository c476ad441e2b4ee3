//! Clients that read an answer slowly, or not at all.

use std::net::SocketAddr;

use http::RequestLimits;
use tests::TestApp;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};

use super::{limited, with_large_customers};

/// A connection that sends a request, with minimal kernel buffers for the answer.
async fn asking(address: SocketAddr, app: &TestApp, path: &str) -> TcpStream {
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.set_recv_buffer_size(4 * 1024).expect("a small buffer");
    let mut stream = socket.connect(address).await.expect("a connection");
    let key = app.key.reveal();
    let head = format!("GET {path} HTTP/1.1\r\nhost: a\r\nx-api-key: {key}\r\n\r\n");
    stream.write_all(head.as_bytes()).await.expect("sent");
    stream
}

#[tokio::test]
async fn a_peer_that_reads_nothing_keeps_its_permit_until_it_reads_or_disconnects() {
    // More than the kernel buffers for a connection.
    let app = with_large_customers(70).await;
    let app = limited(&app, RequestLimits { of_tenant: 1, ..RequestLimits::default() });
    let address = app.serve().await;
    for reads in [true, false] {
        let mut stream = asking(address, &app, "/v1/customers?limit=70").await;
        let mut start = [0; 15];
        stream.read_exact(&mut start).await.expect("the start of an answer");
        assert_eq!(&start, b"HTTP/1.1 200 OK");
        app.get("/v1/tenant").await.expect_problem(429, "too_many_requests");
        if reads {
            let mut taken = 0;
            let mut some = vec![0; 1 << 16];
            while taken < 70 * super::LARGE {
                taken += stream.read(&mut some).await.expect("more of the answer");
            }
        }
        drop(stream);
        app.get("/v1/tenant").await.expect(200);
    }
}
