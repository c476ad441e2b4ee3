//! Sessions of people at the console.

use crate::error::StoreError;
use crate::model::Hash;
use crate::read_pool::ask_on;
use crate::sessions::{self, NewSession, Session};
use crate::store::handle::Store;

impl Store {
    /// Begins a session.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] when PostgreSQL can't be asked.
    pub async fn begin_session(&self, new: NewSession) -> Result<(), StoreError> {
        ask_on(&self.inner.sessions, move |connection| {
            let new = new.clone();
            Box::pin(async move { sessions::begin(connection, &new).await })
        })
        .await
    }

    /// The session with this token, if it lasts.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] when PostgreSQL can't be asked.
    pub async fn session(&self, token_hash: Hash) -> Result<Option<Session>, StoreError> {
        ask_on(&self.inner.sessions, move |connection| {
            Box::pin(async move { sessions::find(connection, &token_hash).await })
        })
        .await
    }

    /// Whether the session with this token lasts. It does not count as used.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] when PostgreSQL can't be asked.
    pub async fn session_lasts(&self, token_hash: Hash) -> Result<bool, StoreError> {
        ask_on(&self.inner.sessions, move |connection| {
            Box::pin(async move { sessions::lasts(connection, &token_hash).await })
        })
        .await
    }

    /// Deletes sessions that have ended, of all keys, and returns their number.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] when PostgreSQL can't be asked.
    pub async fn purge_sessions(&self) -> Result<u64, StoreError> {
        ask_on(&self.inner.sessions, move |connection| {
            Box::pin(async move { sessions::purge(connection).await })
        })
        .await
    }

    /// Ends a session.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] when PostgreSQL can't be asked.
    pub async fn end_session(&self, token_hash: Hash) -> Result<(), StoreError> {
        ask_on(&self.inner.sessions, move |connection| {
            Box::pin(async move { sessions::end(connection, &token_hash).await })
        })
        .await
    }
}
