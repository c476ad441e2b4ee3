//! One connection: hyper between the gate and the application.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::ConnectInfo;
use axum::http::{Request, Response};
use hyper::body::{Body as HttpBody, Frame, Incoming, SizeHint};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tower::Service as _;

use super::gate::Gate;
use super::limits::Limits;
use super::requests::Requests;

/// Serves one connection until it closes, or until its requests are done once `stopping` is true.
pub(super) async fn run(
    stream: TcpStream,
    peer: SocketAddr,
    app: Router,
    limits: Limits,
    mut stopping: watch::Receiver<bool>,
) {
    let requests = Arc::new(Requests::default());
    let io = TokioIo::new(Gate::new(stream, limits, Arc::clone(&requests)));
    let received = AtomicU64::new(0);
    let service = service_fn(move |request| {
        let number = received.fetch_add(1, Ordering::Relaxed).wrapping_add(1);
        answer(app.clone(), peer, OpenRequest(Arc::clone(&requests)), number, request)
    });
    // The gate has the timeouts. hyper's own would also close idle connections.
    let connection = http1::Builder::new().header_read_timeout(None).serve_connection(io, service);
    let mut connection = std::pin::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stopped(&mut stopping) => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        let error: &dyn std::error::Error = &error;
        tracing::debug!(error, %peer, "a connection ended early");
    }
}

async fn stopped(stopping: &mut watch::Receiver<bool>) {
    // An error means that the accept loop has ended: stop, too.
    drop(stopping.wait_for(|stop| *stop).await);
}

async fn answer(
    mut app: Router,
    peer: SocketAddr,
    open: OpenRequest,
    number: u64,
    mut request: Request<Incoming>,
) -> Result<Response<CountedBody>, Infallible> {
    let response = if let Some(refusal) = open.0.refusal(number) {
        refusal.response()
    } else {
        request.extensions_mut().insert(ConnectInfo(peer));
        app.call(request).await?
    };
    Ok(response.map(|body| CountedBody { body, _open: open }))
}

/// Finishes a request when its answer's body has been read to the end or dropped.
struct OpenRequest(Arc<Requests>);

impl Drop for OpenRequest {
    fn drop(&mut self) {
        self.0.finish();
    }
}

/// The body of an answer. Its request is open as long as it exists.
struct CountedBody {
    body: Body,
    _open: OpenRequest,
}

impl HttpBody for CountedBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
