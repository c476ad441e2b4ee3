//! Logs on standard error, and metrics for `/metrics`.

mod described;
mod one_line;
mod process;

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use metrics_exporter_prometheus::PrometheusRecorder;
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};
use tracing::Subscriber;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::fmt::format::{Format, JsonFields};
use tracing_subscriber::{EnvFilter, fmt};

pub use self::described::{Kind, METRICS, Metric};
use self::one_line::OneLine;
pub use self::process::PROCESS_METRICS;
use crate::config::LogFormat;

/// How often [`upkeep`] condenses measurements.
const UPKEEP_INTERVAL: Duration = Duration::from_secs(5);

/// Buckets for the duration of requests, in seconds, as in OpenTelemetry's conventions.
const REQUEST_SECONDS: [f64; 14] =
    [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0];

/// Buckets for commands per commit.
const BATCH_SIZES: [f64; 10] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0];

/// Buckets for the duration of commits, in seconds.
const COMMIT_SECONDS: [f64; 13] =
    [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0];

/// Buckets for the duration of commands, in seconds. Fewer, as each command has its own.
const COMMAND_SECONDS: [f64; 9] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.25, 1.0, 5.0];

/// Why logging could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The filter is not valid.
    #[error("the log filter is not valid")]
    Filter(#[from] tracing_subscriber::filter::ParseError),
    /// Logging is set up already in this process.
    #[error("logging is set up already")]
    Installed(#[from] tracing::subscriber::SetGlobalDefaultError),
}

/// Starts logging to standard error: one line per event, whatever its values contain.
///
/// # Errors
///
/// A [`LogError`]; nothing is changed then.
pub fn install_logs(format: LogFormat, filter: &str) -> Result<(), LogError> {
    let filter = EnvFilter::builder().parse(filter)?;
    match format {
        LogFormat::Text => tracing::subscriber::set_global_default(text(filter, std::io::stderr)),
        LogFormat::Json => tracing::subscriber::set_global_default(json(filter, std::io::stderr)),
    }?;
    Ok(())
}

fn text<W>(filter: EnvFilter, writer: W) -> impl Subscriber + Send + Sync
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let format = OneLine(Format::default().with_ansi(false));
    // A failure to write a line must not be printed: standard error is where it failed.
    fmt()
        .log_internal_errors(false)
        .with_env_filter(filter)
        .with_ansi(false)
        .event_format(format)
        .with_writer(writer)
        .finish()
}

fn json<W>(filter: EnvFilter, writer: W) -> impl Subscriber + Send + Sync
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let format = OneLine(Format::default().json().flatten_event(true).with_ansi(false));
    fmt()
        .log_internal_errors(false)
        .with_env_filter(filter)
        .fmt_fields(JsonFields::new())
        .event_format(format)
        .with_writer(writer)
        .finish()
}

static INSTALLED: Mutex<Option<PrometheusHandle>> = Mutex::new(None);

/// The text of `/metrics`. Empty before [`install_metrics`].
#[must_use]
pub fn render_metrics() -> String {
    let installed = INSTALLED.lock().unwrap_or_else(PoisonError::into_inner).clone();
    installed.map_or_else(String::new, |handle| handle.render() + &process::text())
}

/// Starts measuring. Returns the handle for [`upkeep`], the same one on every call. Without [`upkeep`], the memory for
/// measurements grows between scrapes.
///
/// # Errors
///
/// When another recorder is installed in this process. Then nothing is measured here.
pub fn install_metrics() -> Result<PrometheusHandle, BuildError> {
    let mut installed = INSTALLED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(handle) = installed.as_ref() {
        return Ok(handle.clone());
    }
    let recorder = recorder()?;
    let handle = recorder.handle();
    metrics::set_global_recorder(recorder)?;
    described::describe();
    // Publishes the descriptions.
    handle.run_upkeep();
    *installed = Some(handle.clone());
    Ok(handle)
}

/// Keeps the memory for measurements small, for ever.
pub async fn upkeep(handle: PrometheusHandle) {
    loop {
        tokio::time::sleep(UPKEEP_INTERVAL).await;
        handle.run_upkeep();
    }
}

fn recorder() -> Result<PrometheusRecorder, BuildError> {
    let buckets: [(&str, &[f64]); 4] = [
        ("http_server_request_duration_seconds", &REQUEST_SECONDS),
        ("dossier_batch_size", &BATCH_SIZES),
        ("dossier_commit_seconds", &COMMIT_SECONDS),
        ("dossier_command_seconds", &COMMAND_SECONDS),
    ];
    let mut builder = PrometheusBuilder::new();
    for (metric, bounds) in buckets {
        builder = builder.set_buckets_for_metric(Matcher::Full(metric.to_owned()), bounds)?;
    }
    Ok(builder.build_recorder())
}

#[cfg(test)]
mod tests;
