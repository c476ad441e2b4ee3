//! The state that all requests share.

use std::ops::Deref;
use std::sync::Arc;

use store::Store;
use store::log::LogKey;
use tokio::sync::{Notify, watch};

use crate::auth::{Failures, Keyring};
use crate::in_progress::RequestsInProgress;
use crate::limits::Limits;
use crate::peer::Network;
use crate::rendering::Rendering;
use crate::settings::Settings;

/// The state that all requests share. Cheap to clone: every layer clones it for every request.
#[derive(Clone)]
pub struct App(Arc<Shared>);

/// The fields of an [`App`].
#[derive(Clone)]
pub struct Shared {
    /// The database.
    pub store: Store,
    /// The API keys.
    pub keyring: Keyring,
    /// Recent requests without a valid key.
    pub failures: Arc<Failures>,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Arc<[Network]>,
    /// How requests are treated.
    pub settings: Settings,
    /// The limits, and what is in use.
    pub limits: Arc<Limits>,
    /// The key that signs the log's heads, if there is one.
    pub log_key: Option<Arc<LogKey>>,
    /// Requests with an idempotency key that are in progress.
    pub in_progress: RequestsInProgress,
    /// Where large answers are written.
    pub rendering: Arc<Rendering>,
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
            log_key: None,
            in_progress: RequestsInProgress::default(),
            rendering: Arc::default(),
            stopping: Arc::default(),
            rebuilds: Arc::default(),
        }))
    }

    /// The same, signing the log's heads with `key`. Without a key there are no signed heads.
    #[must_use]
    pub fn signing_with(mut self, key: LogKey) -> Self {
        Arc::make_mut(&mut self.0).log_key = Some(Arc::new(key));
        self
    }

    /// The same, trusting the `X-Forwarded-For` of proxies in these networks.
    #[must_use]
    pub fn trusting(mut self, proxies: &[Network]) -> Self {
        Arc::make_mut(&mut self.0).trusted_proxies = proxies.into();
        self
    }

    /// Resolves when a rebuild or a rollback has been requested, now or since the last call. The request
    /// only stores that; the caller of this does the work.
    pub async fn rebuild_requested(&self) {
        self.rebuilds.notified().await;
    }

    /// Wakes the worker that waits in [`App::rebuild_requested`].
    pub fn request_rebuild(&self) {
        self.rebuilds.notify_one();
    }

    /// From now on `/readyz` says that this instance is stopping, and streams end.
    pub fn announce_stop(&self) {
        self.stopping.send_replace(true);
    }

    /// Whether this instance is stopping.
    pub fn is_stopping(&self) -> bool {
        *self.stopping.borrow()
    }

    /// Resolves when this instance is stopping.
    pub async fn stopped(&self) {
        // The sender lives as long as this.
        drop(self.stopping.subscribe().wait_for(|stop| *stop).await);
    }
}
