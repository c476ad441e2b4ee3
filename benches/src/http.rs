//! Both stacks as HTTP servers in this process, each loaded from another process.

use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use domain::customer::{Command, UpdateProfile};
use server::listen::{Limits, serve};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpListener;
use tokio::process;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::generator::Plan;
use crate::load::{Run, Work};
use crate::ours::Ours;
use crate::stock::Stock;
use crate::work::{Dice, Done};

/// Keep-alive connections.
pub(crate) const CONNECTIONS: usize = 64;
/// How much longer than its time a generator may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// A server that is up.
pub(crate) struct Server {
    address: String,
    /// Where requests go: in front of a customer's id, and behind it.
    paths: (&'static str, &'static str),
    headers: String,
    ids: Vec<String>,
    stop: oneshot::Sender<()>,
    task: JoinHandle<std::io::Result<()>>,
}

/// This service, complete: its router and its own listener.
pub(crate) async fn serve_ours(ours: &Ours) -> Done<Server> {
    let key = ours.make_key().await?;
    let app = http::App::new(ours.store.clone(), http::Settings::default());
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?.to_string();
    let (stop, stopped) = oneshot::channel();
    let shutdown = async { drop(stopped.await) };
    let task = tokio::spawn(serve(listener, server::router(app), Limits::default(), shutdown));
    let headers = format!("authorization: Bearer {key}\r\n");
    let paths = ("/v1/customers/", "/commands/update-profile");
    Ok(Server { address, paths, headers, ids: ours.ids(), stop, task })
}

/// The stock stack behind two routes of axum.
pub(crate) fn stock_routes(stock: &Arc<Stock>) -> Router {
    Router::new()
        .route("/customers/{id}/profile", post(update_profile))
        .route("/customers/{id}", get(get_customer))
        .with_state(Arc::clone(stock))
}

/// Those routes, served.
pub(crate) async fn serve_stock(stock: &Arc<Stock>) -> Done<Server> {
    let app = stock_routes(stock);
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?.to_string();
    let (stop, stopped) = oneshot::channel();
    let shutdown = async { drop(stopped.await) };
    let task = axum::serve(listener, app).with_graceful_shutdown(shutdown);
    let task = tokio::spawn(async { task.await });
    let paths = ("/customers/", "/profile");
    Ok(Server { address, paths, headers: String::new(), ids: stock.ids(), stop, task })
}

/// What a route of the stock stack finds in the path.
#[expect(clippy::disallowed_types, reason = "the stock stack is as its documentation has it")]
type Path<T> = axum::extract::Path<T>;

async fn update_profile(
    State(stock): State<Arc<Stock>>,
    id: Path<String>,
    headers: HeaderMap,
    Json(body): Json<UpdateProfile>,
) -> Response {
    // Both services read who calls; what is stored is the same for both.
    let known = headers.contains_key("x-actor");
    let fresh = if known { Dice::new().next() } else { 0 };
    match stock.execute(&id.0, Command::UpdateProfile(body), fresh).await {
        Ok(()) => StatusCode::OK.into_response(),
        Err(error) => (StatusCode::CONFLICT, error.to_string()).into_response(),
    }
}

async fn get_customer(State(stock): State<Arc<Stock>>, id: Path<String>) -> Response {
    match stock.read(&id.0).await {
        Ok(Some(view)) => Json(view).into_response(),
        Ok(None) => StatusCode::NOT_FOUND.into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}

impl Server {
    /// Loads the server from another process for about `time`.
    pub(crate) async fn load(&self, work: Work, time: Duration) -> Done<Run> {
        let plan = Plan {
            address: self.address.clone(),
            connections: CONNECTIONS,
            seconds: time.as_secs_f64(),
            work,
            path_before: self.paths.0.to_owned(),
            path_behind: self.paths.1.to_owned(),
            headers: self.headers.clone(),
            ids: self.ids.clone(),
        };
        let mut generator = process::Command::new(std::env::current_exe()?)
            .arg("generate")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let mut input = generator.stdin.take().ok_or("the generator takes no input")?;
        input.write_all(&serde_json::to_vec(&plan)?).await?;
        drop(input);
        let output = tokio::time::timeout(time + PATIENCE, generator.wait_with_output()).await??;
        if !output.status.success() {
            return Err(format!("the generator ended with {}", output.status).into());
        }
        Ok(serde_json::from_slice(&output.stdout)?)
    }

    /// Ends the server when its last request is answered.
    pub(crate) async fn stop(self) -> Done<()> {
        // A server that has ended by itself says why below.
        let _ = self.stop.send(());
        Ok(self.task.await??)
    }
}
