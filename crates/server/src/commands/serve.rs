//! `dossier serve`.

use std::net::SocketAddr;
use std::pin::{Pin, pin};

use http::{App, Settings};
use store::log::LogKey;
use store::{Options, ReplicaOptions, Schema, Store};
use tokio::net::TcpSocket;
use tokio::task::JoinSet;

use super::dev_key;
use crate::background::retention::{self, Retention};
use crate::background::{health, rebuilds, statistics};
use crate::config::{Config, count};
use crate::database::Database;
use crate::error::{CommandError, io};
use crate::output::announce;
use crate::postgres::all_ended;
use crate::signals::unless;
use crate::{listen, log_key, sign_in, signals, telemetry};

/// Connections that wait to be accepted, as many as the system usually allows.
const BACKLOG: u32 = 1_024;

/// Serves until SIGTERM or SIGINT.
pub(super) async fn serve(config: Config) -> Result<(), CommandError> {
    // A signal during the start stops it in order, too.
    let mut stop = pin!(signals::stop_requested());
    telemetry::install_logs(config.log_format, config.log_filter.as_str())
        .map_err(|error| CommandError::Telemetry(error.to_string()))?;
    install_metrics()?;
    let socket = bind(config.listen)?;
    let replica = Database::replica(&config)?;
    let Some(database) = unless(stop.as_mut(), Box::pin(Database::start(&config))).await else {
        tracing::info!("stopping: the start was not complete");
        all_ended().await;
        return Ok(());
    };
    let database = database?;
    let served = serve_on(&config, &database, replica, socket, stop).await;
    let closed = database.close().await;
    served?;
    Ok(closed?)
}

async fn serve_on(
    config: &Config,
    database: &Database,
    replica: Option<ReplicaOptions>,
    socket: TcpSocket,
    mut stop: Pin<&mut impl Future<Output = ()>>,
) -> Result<(), CommandError> {
    let Some(prepared) = unless(stop.as_mut(), Box::pin(prepare(config, database))).await else {
        tracing::info!("stopping: the start was not complete");
        return Ok(());
    };
    prepared?;
    let followers = count(config.followers);
    let key = log_key::load(config, database)?;
    let provider = sign_in::provider(config)?;
    let answer_key = key.as_ref().map(LogKey::answer_key);
    let options = Options { followers, answer_key, replica, ..database.store_options(config) };
    let store = Store::open(&options).await?;
    let dev_key = dev_key::prepare(database, &store).await?;
    let listener = socket.listen(BACKLOG).map_err(io(format!("listen on {}", config.listen)))?;
    let address = listener.local_addr().map_err(io("listen"))?;
    announce(format_args!("dossier is at http://{address} (documentation at /docs)"));
    for line in dev_key {
        announce(format_args!("{line}"));
    }

    rebuilds::warn_of_outdated(&store).await;
    if database.data_dir().is_none() {
        warn_of_costly_settings(database).await;
    }

    let settings = Settings {
        requests: config.request_limits(),
        metrics: telemetry::render_metrics,
        ..Settings::default()
    };
    let app = App::new(store.clone(), settings).trusting(&config.trusted_proxies.0);
    let app = match key {
        Some(key) => app.signing_with(key),
        None => app,
    };
    let mut tasks = JoinSet::new();
    tasks.spawn(retention::purge(store.clone(), Retention::of(config)));
    tasks.spawn(retention::bound_answers(store.clone(), config.idempotency_keys_max));
    tasks.spawn(statistics::keep_fresh(database.options().clone()));
    // Without followers, other instances do it.
    if options.followers > 0 {
        tasks.spawn(rebuilds::resume_abandoned(app.clone(), store.clone(), options));
    }
    if let Some(restarter) = database.restarter() {
        tasks.spawn(health::keep_healthy(store.clone(), restarter));
    }
    let mut died = std::pin::pin!(database.died());
    let mut how_it_died = None;
    let stop = async {
        tokio::select! {
            () = stop => {}
            how = &mut died => how_it_died = Some(how),
        }
        app.announce_stop();
        tracing::info!("stopping: finishing queued commands");
    };
    let router = crate::router_with(app.clone(), provider);
    let served = listen::serve(listener, router, config.limits(), stop).await;
    tasks.abort_all();
    store.close().await;
    served.map_err(io("serve"))?;
    match how_it_died {
        Some(how) => Err(CommandError::DatabaseDied(how)),
        None => Ok(()),
    }
}

/// Brings the schema to this version. Another database than a private one is migrated by its owner, with `dossier
/// migrate`.
async fn prepare(config: &Config, database: &Database) -> Result<(), CommandError> {
    if database.data_dir().is_some() {
        database.migrate(config).await?;
    } else {
        database.require_schema(&[Schema::Current]).await?;
    }
    Ok(())
}

/// Warns of settings of a configured PostgreSQL that make the service slow.
async fn warn_of_costly_settings(database: &Database) {
    // If they can't be read, the service starts without this warning.
    let found = store::costly_settings(database.options()).await.unwrap_or_default();
    if !found.is_empty() {
        let settings = found.join("; ");
        tracing::warn!(
            settings,
            "settings of PostgreSQL make the service slow: {settings} (see docs/operations.md)"
        );
    }
}

/// A socket bound to `address`, which doesn't listen yet. So an address in use is an error before a
/// database is started, and clients connect only once there is one.
fn bind(address: SocketAddr) -> Result<TcpSocket, CommandError> {
    let bound = || {
        let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        Ok(socket)
    };
    bound().map_err(io(format!("listen on {address}")))
}

fn install_metrics() -> Result<(), CommandError> {
    let handle =
        telemetry::install_metrics().map_err(|error| CommandError::Telemetry(error.to_string()))?;
    tokio::spawn(telemetry::upkeep(handle));
    Ok(())
}
