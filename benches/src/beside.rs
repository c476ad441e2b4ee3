//! What this service is loaded beside, in a process of its own: the stock stack over the same customers,
//! and a page that says hello. `tests/proof/load` starts it.

use std::io;
use std::path::Path;
use std::str::FromStr as _;
use std::sync::Arc;

use axum::http::header::CONTENT_TYPE;
use axum::routing::get;
use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection as _, Executor as _, PgConnection};
use tokio::net::TcpListener;
use tokio::task::spawn_blocking;

use crate::database::STOCK_TABLES;
use crate::http::stock_routes;
use crate::report::say;
use crate::stock::Stock;
use crate::work::Done;

/// The pool that was the best for the stock stack at 64 callers, mostly.
const POOL: u32 = 16;
/// About what a customer's document has.
const HELLO_BYTES: usize = 1_024;

/// Makes the customers whose ids are the lines of a file, in an empty database, and serves them until
/// standard input ends. Prints where.
pub(crate) async fn serve(database_url: &str, ids: &Path) -> Done<()> {
    let database = PgConnectOptions::from_str(database_url)?;
    let mut connection = PgConnection::connect_with(&database).await?;
    connection.execute(STOCK_TABLES).await?;
    let ids = tokio::fs::read_to_string(ids).await?.lines().map(str::to_owned).collect();
    let stock = Arc::new(Stock::open(&database, POOL, &Arc::new(ids)).await?);
    stock.set_up(1).await?;
    connection.execute("vacuum (analyze)").await?;
    connection.close().await?;

    let hello = format!("{{\"hello\":\"{}\"}}", "o".repeat(HELLO_BYTES));
    let hello = get(([(CONTENT_TYPE, "application/json")], hello));
    let app = stock_routes(&stock).route("/hello", hello);
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    say(&listener.local_addr()?.to_string());
    tokio::select! {
        served = async { axum::serve(listener, app).await } => served?,
        ended = spawn_blocking(|| io::copy(&mut io::stdin(), &mut io::sink())) => drop(ended??),
    }
    Ok(())
}
