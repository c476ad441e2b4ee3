//! Where a request comes from.

use std::net::SocketAddr;

use axum::extract::{ConnectInfo, Request, State};
use axum::middleware::Next;
use axum::response::Response;

use crate::app::App;
use crate::peer::{Peer, client};

/// Puts the peer into the extensions of a request that came over a connection.
pub async fn identify(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let connection = request.extensions().get::<ConnectInfo<SocketAddr>>();
    if let Some(ConnectInfo(connection)) = connection {
        let peer = client(connection.ip(), request.headers(), &app.trusted_proxies);
        request.extensions_mut().insert(Peer(peer));
    }
    next.run(request).await
}
