//! Follows the log: workers move projections as soon as something is written.
//!
//! The holder of the lock on a checkpoint's row moves that projection in that partition. So any
//! number of services share the work, and none waits for another. Workers are woken by the writers
//! of their process and by notifications of others. They also poll, so a lost notification only
//! costs time.

pub(crate) mod advance;
mod apart;
mod lease;
mod notices;
pub(crate) mod pace;
mod parts;
mod read;
pub(crate) mod replay;
mod retry;
pub(crate) mod state_cache;
mod wakeups;
mod workers;

pub(crate) use self::notices::notify;
pub(crate) use self::wakeups::Wakeups;
pub(crate) use self::workers::Followers;
