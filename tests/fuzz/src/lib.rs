//! A service in this process over a private PostgreSQL, for what has to go through it to be read.
#![cfg(feature = "service")]

use std::sync::LazyLock;

use axum::body::Body;
use axum::http::Request;
use tests::{Reply, TestApp};
use tokio::runtime::Runtime;

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().expect("a runtime"));
static APP: LazyLock<TestApp> = LazyLock::new(|| RUNTIME.block_on(TestApp::new()));

/// The service.
#[must_use]
pub fn app() -> &'static TestApp {
    &APP
}

/// Waits for something that the service does.
pub fn wait<F: Future>(work: F) -> F::Output {
    // Work that asks for the service finds it made: to make it waits, too.
    LazyLock::force(&APP);
    RUNTIME.block_on(work)
}

/// What the service answers: never that it is its own fault.
///
/// # Panics
///
/// When it does say so.
#[must_use]
pub fn answer(request: Request<Body>) -> Reply {
    let reply = wait(app().send(request));
    assert!(reply.status.as_u16() < 500, "{}: {}", reply.status, reply.body);
    reply
}
