//! What all requests share.

use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use store::Store;
use store::log::LogKey;
use tokio::sync::{Notify, watch};

use crate::auth::{Failures, Keyring};
use crate::compat::UnderWay;
use crate::lag::Lag;
use crate::limits::{Limits, RequestLimits};
use crate::operations::Scraped;
use crate::peer::Network;

/// How the service treats requests.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// The largest body of a request, and of a line of NDJSON, in bytes.
    pub body_bytes_max: usize,
    /// How long a body may take to arrive; for NDJSON, how long a pause may be.
    pub body_timeout: Duration,
    /// How much may be asked at a time.
    pub requests: RequestLimits,
    /// Makes the text of `/metrics`.
    pub metrics: fn() -> String,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            body_bytes_max: 64 * 1024,
            body_timeout: Duration::from_secs(10),
            requests: RequestLimits::default(),
            metrics: String::new,
        }
    }
}

/// What all requests share. Cheap to clone: every layer does so for every request.
#[derive(Clone)]
pub struct App(Arc<Shared>);

/// What an [`App`] has.
#[derive(Clone)]
pub struct Shared {
    pub(crate) store: Store,
    pub(crate) keyring: Keyring,
    pub(crate) failures: Arc<Failures>,
    pub(crate) trusted_proxies: Arc<[Network]>,
    pub(crate) settings: Settings,
    pub(crate) limits: Arc<Limits>,
    pub(crate) lag: Arc<Lag>,
    pub(crate) scraped: Arc<Scraped>,
    pub(crate) log_key: Option<Arc<LogKey>>,
    pub(crate) under_way: UnderWay,
    stopping: Arc<watch::Sender<bool>>,
    rebuilds: Arc<Notify>,
}

impl Deref for App {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

impl App {
    /// Requests over this store.
    #[must_use]
    pub fn new(store: Store, settings: Settings) -> Self {
        let keyring = Keyring::new(store.clone());
        Self(Arc::new(Shared {
            store,
            keyring,
            failures: Arc::default(),
            trusted_proxies: Arc::default(),
            settings,
            limits: Arc::new(Limits::new(settings.requests)),
            lag: Arc::default(),
            scraped: Arc::default(),
            log_key: None,
            under_way: UnderWay::default(),
            stopping: Arc::default(),
            rebuilds: Arc::default(),
        }))
    }

    /// The same, signing the log's heads with `key`; without one there are none.
    #[must_use]
    pub fn signing_with(mut self, key: LogKey) -> Self {
        Arc::make_mut(&mut self.0).log_key = Some(Arc::new(key));
        self
    }

    /// The same, believing what proxies in these networks say in `X-Forwarded-For`.
    #[must_use]
    pub fn trusting(mut self, proxies: &[Network]) -> Self {
        Arc::make_mut(&mut self.0).trusted_proxies = proxies.into();
        self
    }

    /// Resolves when a rebuild or a rollback was asked for, now or since this was last called: the
    /// request only notes that, and somebody has to go on with it.
    pub async fn rebuild_asked_for(&self) {
        self.rebuilds.notified().await;
    }

    pub(crate) fn tell_of_rebuild(&self) {
        self.rebuilds.notify_one();
    }

    /// From now on `/readyz` says that this instance is going away, and streams end.
    pub fn announce_stop(&self) {
        self.stopping.send_replace(true);
    }

    pub(crate) fn is_stopping(&self) -> bool {
        *self.stopping.borrow()
    }

    /// Resolves when this instance is going away.
    pub(crate) async fn stopped(&self) {
        // The sender lives as long as this.
        drop(self.stopping.subscribe().wait_for(|stop| *stop).await);
    }
}
