//! `dossier serve`.

use std::net::SocketAddr;
use std::sync::OnceLock;
use std::time::Duration;

use http::{App, Settings};
use metrics_exporter_prometheus::PrometheusHandle;
use store::log::LogKey;
use store::{Options, Store, StoreError};
use tokio::net::TcpSocket;
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::{CommandError, Database, dev_key, heal, io};
use crate::config::{Config, count};
use crate::{listen, log_key, rebuilds, statistics, telemetry};

/// Connections that wait to be accepted, as many as the system usually allows.
const BACKLOG: u32 = 1_024;
/// Between two looks for tenants that have too many answers kept.
const BOUND_INTERVAL: Duration = Duration::from_mins(1);
/// Between two looks for what was kept long enough.
const PURGE_INTERVAL: Duration = Duration::from_hours(1);

/// Serves until told to stop.
pub(super) async fn serve(config: Config) -> Result<(), CommandError> {
    telemetry::install_logs(config.log_format, &config.log_filter)
        .map_err(|error| CommandError::Telemetry(error.to_string()))?;
    install_metrics()?;
    let socket = bind(config.listen)?;
    let database = Database::start(&config).await?;
    let served = serve_on(&config, &database, socket).await;
    let closed = database.close().await;
    served?;
    Ok(closed?)
}

async fn serve_on(
    config: &Config,
    database: &Database,
    socket: TcpSocket,
) -> Result<(), CommandError> {
    // One's own database is migrated when its owner says so.
    if database.data_dir().is_some() {
        database.migrate().await?;
    }
    let followers = count(config.followers);
    let key = log_key::load(config, database)?;
    let answer_key = key.as_ref().map(LogKey::answer_key);
    let options = Options { followers, answer_key, ..database.store_options(config) };
    let store = Store::open(&options).await?;
    let listener = socket.listen(BACKLOG).map_err(io(format!("listen on {}", config.listen)))?;
    let address = listener.local_addr().map_err(io("listen"))?;
    // From the next line on, a script may stop the service.
    let told = told_to_stop();
    println!("dossier is at http://{address} (documentation at /docs)");
    dev_key::prepare(database, &store).await?;

    rebuilds::warn_of_outdated(&store).await;

    let settings = Settings {
        requests: config.request_limits(),
        metrics: render_metrics,
        ..Settings::default()
    };
    let app = App::new(store.clone(), settings).trusting(&config.trusted_proxies.0);
    let app = match key {
        Some(key) => app.signing_with(key),
        None => app,
    };
    let purge = tokio::spawn(purge(store.clone(), Kept::of(config)));
    let bound = tokio::spawn(bound_answers(store.clone(), config.idempotency_keys_max));
    let statistics = tokio::spawn(statistics::keep(database.options().clone()));
    // Without followers all that is left to other instances.
    let keep = (options.followers > 0)
        .then(|| tokio::spawn(rebuilds::keep(app.clone(), store.clone(), options)));
    let healthy = database
        .restarter()
        .map(|restarter| tokio::spawn(heal::keep_healthy(store.clone(), restarter)));
    let mut died = std::pin::pin!(database.died());
    let mut how_it_died = None;
    let stop = async {
        tokio::select! {
            () = told => {}
            how = &mut died => how_it_died = Some(how),
        }
        app.announce_stop();
        tracing::info!("stopping: answering what is queued");
    };
    let served = listen::serve(listener, crate::router(app.clone()), config.limits(), stop).await;
    purge.abort();
    statistics.abort();
    bound.abort();
    for task in [keep, healthy].into_iter().flatten() {
        task.abort();
    }
    store.close().await;
    served.map_err(io("serve"))?;
    match how_it_died {
        Some(how) => Err(CommandError::DatabaseDied(how)),
        None => Ok(()),
    }
}

/// A socket bound to `address`, which doesn't listen yet. So an address in use is found before a
/// database is started, and nobody connects before there is one.
fn bind(address: SocketAddr) -> Result<TcpSocket, CommandError> {
    let bound = || {
        let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        Ok(socket)
    };
    bound().map_err(io(format!("listen on {address}")))
}

/// Resolves when the process gets SIGTERM or SIGINT after this was called.
pub(super) fn told_to_stop() -> impl Future<Output = ()> {
    // Without a handler the signal ends the process, as is right.
    let mut terminate = signal(SignalKind::terminate()).ok();
    let mut interrupt = signal(SignalKind::interrupt()).ok();
    async move {
        tokio::select! {
            () = received(terminate.as_mut()) => {}
            () = received(interrupt.as_mut()) => {}
        }
    }
}

async fn received(signals: Option<&mut Signal>) {
    match signals {
        Some(signals) => drop(signals.recv().await),
        None => std::future::pending().await,
    }
}

/// How long answers and records of reads are kept, and how many.
#[derive(Clone, Copy)]
struct Kept {
    answers_hours: u32,
    reads_days: u32,
    reads_max: u32,
}

impl Kept {
    fn of(config: &Config) -> Self {
        Self {
            answers_hours: config.idempotency_retention_hours,
            reads_days: config.read_audit_retention_days,
            reads_max: config.read_audit_max,
        }
    }
}

/// Deletes kept answers that are old enough, and records of reads that are old enough (unless they are kept
/// for ever, 0 days) or too many, now and then.
async fn purge(store: Store, kept: Kept) {
    loop {
        tell_purged("answers", store.purge_answers(kept.answers_hours).await);
        if kept.reads_days > 0 {
            tell_purged("records of reads", store.purge_reads(kept.reads_days).await);
        }
        tell_purged("records of reads", store.trim_reads(kept.reads_max).await);
        tokio::time::sleep(PURGE_INTERVAL).await;
    }
}

/// Looks every minute which tenants have too many answers kept.
async fn bound_answers(store: Store, most: u32) {
    loop {
        tokio::time::sleep(BOUND_INTERVAL).await;
        match store.bound_answers(most).await {
            Ok(0) => {}
            Ok(tenants) => tracing::warn!(
                tenants,
                most,
                "{tenants} tenants have {most} answers kept and get no new idempotency keys"
            ),
            Err(error) => {
                let error: &dyn std::error::Error = &error;
                tracing::warn!(error, "kept answers can't be counted");
            }
        }
    }
}

fn tell_purged(what: &str, purged: Result<u64, StoreError>) {
    match purged {
        Ok(0) => {}
        Ok(purged) => tracing::info!(purged, what, "deleted {purged} {what} past their time"),
        Err(error) => {
            let error: &dyn std::error::Error = &error;
            tracing::warn!(error, what, "no purge of {what}");
        }
    }
}

static METRICS: OnceLock<PrometheusHandle> = OnceLock::new();

fn install_metrics() -> Result<(), CommandError> {
    let handle =
        telemetry::install_metrics().map_err(|error| CommandError::Telemetry(error.to_string()))?;
    tokio::spawn(telemetry::upkeep(METRICS.get_or_init(|| handle).clone()));
    Ok(())
}

fn render_metrics() -> String {
    METRICS.get().map(PrometheusHandle::render).unwrap_or_default()
}
