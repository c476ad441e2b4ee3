//! Requests to the provider, with limits of time, size and number. Redirects are not followed.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::{Request, StatusCode};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use tokio::sync::Semaphore;
use tokio::time::timeout;

use crate::fault::Fault;

/// How long a connection may take.
const CONNECTED_WITHIN: Duration = Duration::from_secs(3);
/// How long a request may take.
const ANSWERED_WITHIN: Duration = Duration::from_secs(5);
/// Bytes of an answer, at most.
pub(crate) const ANSWER_BYTES_MAX: usize = 256 << 10;
/// Requests at a time, at most. More fail at once.
const AT_A_TIME: usize = 16;

/// Sends requests to a provider.
pub(crate) struct Fetcher {
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    places: Semaphore,
}

impl Fetcher {
    /// One that trusts the system's certificates.
    ///
    /// # Errors
    ///
    /// When the system has none.
    pub(crate) fn new() -> std::io::Result<Self> {
        let mut tcp = HttpConnector::new();
        tcp.set_connect_timeout(Some(CONNECTED_WITHIN));
        // TLS is a layer above.
        tcp.enforce_http(false);
        let tls = HttpsConnectorBuilder::new().with_native_roots()?;
        let connector = tls.https_or_http().enable_http1().wrap_connector(tcp);
        // Sign-ins are rare: a kept connection would be closed by the next one.
        let client =
            Client::builder(TokioExecutor::new()).pool_max_idle_per_host(0).build(connector);
        Ok(Self { client, places: Semaphore::new(AT_A_TIME) })
    }

    /// The status and the body of the answer.
    ///
    /// # Errors
    ///
    /// [`Fault::Unavailable`] when there is none in time, or it is too large.
    pub(crate) async fn ask(
        &self,
        request: Request<Full<Bytes>>,
    ) -> Result<(StatusCode, Bytes), Fault> {
        let Ok(_place) = self.places.try_acquire() else {
            return Err(Fault::Unavailable("too many sign-ins at a time".to_owned()));
        };
        let asked = async {
            let answer = self.client.request(request).await;
            let answer = answer.map_err(|error| format!("{error}: {}", cause(&error)))?;
            let status = answer.status();
            let body = Limited::new(answer.into_body(), ANSWER_BYTES_MAX).collect().await;
            let body = body.map_err(|error| format!("its answer can't be read: {error}"))?;
            Ok((status, body.to_bytes()))
        };
        match timeout(ANSWERED_WITHIN, asked).await {
            Ok(answer) => answer.map_err(Fault::Unavailable),
            Err(_) => Err(Fault::Unavailable("it did not answer in time".to_owned())),
        }
    }
}

/// The innermost cause of an error, for the log.
fn cause(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |error| error.source());
    causes.last().map_or_else(String::new, ToString::to_string)
}
