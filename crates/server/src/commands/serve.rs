//! `dossier serve`.

use std::net::SocketAddr;
use std::sync::OnceLock;
use std::time::Duration;

use api::{App, Settings};
use metrics_exporter_prometheus::PrometheusHandle;
use store::api_keys::Scope;
use store::{Options, Role, Store, StoreError};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use super::tenants::new_id;
use super::{CommandError, Database, KeyLimits, create_key, create_tenant};
use crate::config::{Config, count};
use crate::secret_file::write_secret;
use crate::{listen, log_key, rebuilds, telemetry};

/// Where the first key is kept for scripts, in the data directory.
const DEV_KEY: &str = "dev-key";
/// Between two looks for what was kept long enough.
const PURGE_INTERVAL: Duration = Duration::from_hours(1);

/// Serves until told to stop.
pub(super) async fn serve(config: Config) -> Result<(), CommandError> {
    telemetry::install_logs(config.log_format, &config.log_filter)
        .map_err(|error| CommandError::Telemetry(error.to_string()))?;
    install_metrics()?;
    let database = Database::start(&config).await?;
    let served = serve_on(&config, &database).await;
    let closed = database.close().await;
    served?;
    Ok(closed?)
}

async fn serve_on(config: &Config, database: &Database) -> Result<(), CommandError> {
    // One's own database is migrated when its owner says so.
    if database.data_dir().is_some() {
        store::migrate(database.options()).await?;
    }
    let followers = count(config.followers);
    let options = Options { followers, ..database.store_options(config) };
    let store = Store::open(&options).await?;
    let listener = TcpListener::bind(config.listen)
        .await
        .map_err(io(format!("listen on {}", config.listen)))?;
    let address = listener.local_addr().map_err(io("listen"))?;
    greet(database, &store, address).await?;

    rebuilds::warn_of_outdated(&store).await;

    let settings = Settings {
        requests: config.request_limits(),
        metrics: render_metrics,
        ..Settings::default()
    };
    let app = App::new(store.clone(), settings);
    let app = match log_key::load(config, database)? {
        Some(key) => app.signing_with(key),
        None => app,
    };
    let (hours, days) = (config.idempotency_retention_hours, config.read_audit_retention_days);
    let purge = tokio::spawn(purge(store.clone(), hours, days));
    // Without followers all that is left to other instances.
    let keep = (options.followers > 0)
        .then(|| tokio::spawn(rebuilds::keep(app.clone(), store.clone(), options)));
    let mut died = std::pin::pin!(database.died());
    let mut how_it_died = None;
    let stop = async {
        tokio::select! {
            () = told_to_stop() => {}
            how = &mut died => how_it_died = Some(how),
        }
        app.announce_stop();
        tracing::info!("stopping: answering what is queued");
    };
    let served = listen::serve(listener, api::router(app.clone()), config.limits(), stop).await;
    purge.abort();
    if let Some(keep) = keep {
        keep.abort();
    }
    store.close().await;
    served.map_err(io("serve"))?;
    match how_it_died {
        Some(how) => Err(CommandError::DatabaseDied(how)),
        None => Ok(()),
    }
}

/// Says where the service is, and, the first time, with which key to call it.
async fn greet(
    database: &Database,
    store: &Store,
    address: SocketAddr,
) -> Result<(), CommandError> {
    println!("dossier is at http://{address} (documentation at /docs)");
    let Some(data_dir) = database.data_dir() else { return Ok(()) };
    let file = data_dir.join(DEV_KEY);
    let mut connection = store::connect(database.options(), Role::Writer).await?;
    if store::tenants::list(&mut connection, None).await?.is_empty() {
        let tenant = create_tenant(store, new_id(), "default").await?;
        let key =
            create_key(&mut connection, tenant, "dev", &Scope::OF_TENANT, KeyLimits::default())
                .await?
                .reveal();
        write_secret(&file, &key).map_err(io(format!("write {}", file.display())))?;
        println!("made the tenant {} and a key for it: {key}", tenant.id);
    }
    if file.exists() {
        println!("the key is in {}", file.display());
    }
    Ok(())
}

/// Resolves when the process gets SIGTERM or SIGINT.
pub(super) async fn told_to_stop() {
    let wait = |kind| async move {
        match signal(kind) {
            Ok(mut signals) => drop(signals.recv().await),
            // Without a handler the signal ends the process, as is right.
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        () = wait(SignalKind::terminate()) => {}
        () = wait(SignalKind::interrupt()) => {}
    }
}

/// Deletes kept answers that are old enough, and notes of reads unless they are kept for ever (0 days),
/// now and then.
async fn purge(store: Store, hours: u32, days: u32) {
    loop {
        tell_purged("answers", store.purge_answers(hours).await);
        if days > 0 {
            tell_purged("notes of reads", store.purge_reads(days).await);
        }
        tokio::time::sleep(PURGE_INTERVAL).await;
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

/// Turns what the operating system said into an error that says what was tried.
fn io(doing: impl Into<String>) -> impl FnOnce(std::io::Error) -> CommandError {
    |error| CommandError::Io { doing: doing.into(), error }
}
