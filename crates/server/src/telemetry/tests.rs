//! What reaches the log, and what a scrape shows.

use std::io;
use std::sync::{Arc, Mutex};

use tracing::Subscriber;
use tracing_subscriber::EnvFilter;

use super::{install_metrics, json, recorder, text};

/// A writer that keeps what is written.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl io::Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("no panic while writing").write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

const HOSTILE: &str = "a\nINFO forged\r\t\u{1b}[31m\u{9b}31m\u{7f}\u{2028}\u{202e}é\0";

/// What is logged of hostile values in every place that a value can have.
fn logged<S>(subscriber: impl FnOnce(EnvFilter, Kept) -> S) -> String
where
    S: Subscriber + Send + Sync + 'static,
{
    let kept = Kept::default();
    let subscriber = subscriber(EnvFilter::new("info"), kept.clone());
    tracing::subscriber::with_default(subscriber, || {
        let span = tracing::info_span!("request", path = HOSTILE, shown = %HOSTILE);
        let _inside = span.enter();
        tracing::info!(plain = HOSTILE, shown = %HOSTILE, debug = ?HOSTILE, "message {HOSTILE}");
        tracing::debug!("not in the filter");
    });
    let bytes = kept.0.lock().expect("no panic while writing").clone();
    String::from_utf8(bytes).expect("UTF-8")
}

#[track_caller]
fn is_one_clean_line(log: &str) {
    let line = log.strip_suffix('\n').expect("a line");
    for character in ['\n', '\r', '\u{1b}', '\u{9b}', '\u{7f}', '\u{2028}', '\u{202e}', '\0'] {
        assert!(!line.contains(character), "{character:?} in {line:?}");
    }
    assert!(line.contains('é'), "{line}");
    assert!(!line.contains("not in the filter"), "{line}");
}

#[test]
fn a_hostile_value_cannot_forge_or_colour_a_line_of_text() {
    let log = logged(|filter, kept| text(filter, move || kept.clone()));
    is_one_clean_line(&log);
    assert!(log.contains(r"message a\u000aINFO forged\u000d\u0009"), "{log}");
}

#[test]
fn a_hostile_value_cannot_forge_or_colour_a_line_of_json() {
    let log = logged(|filter, kept| json(filter, move || kept.clone()));
    is_one_clean_line(&log);
    let line: serde_json::Value = serde_json::from_str(&log).unwrap();
    assert_eq!(line["message"], format!("message {HOSTILE}"));
    assert_eq!(line["plain"], HOSTILE);
}

#[test]
fn histograms_have_the_buckets_that_dashboards_expect() {
    let recorder = recorder().unwrap();
    metrics::with_local_recorder(&recorder, || {
        metrics::histogram!("http_server_request_duration_seconds").record(0.02);
        metrics::histogram!("dossier_batch_size").record(3.0);
        metrics::histogram!("dossier_commit_seconds").record(0.0002);
    });
    let scrape = recorder.handle().render();
    for line in [
        r#"http_server_request_duration_seconds_bucket{le="0.01"} 0"#,
        r#"http_server_request_duration_seconds_bucket{le="0.025"} 1"#,
        r#"http_server_request_duration_seconds_bucket{le="10"} 1"#,
        r#"dossier_batch_size_bucket{le="2"} 0"#,
        r#"dossier_batch_size_bucket{le="4"} 1"#,
        r#"dossier_batch_size_bucket{le="512"} 1"#,
        r#"dossier_commit_seconds_bucket{le="0.0001"} 0"#,
        r#"dossier_commit_seconds_bucket{le="1"} 1"#,
    ] {
        assert!(scrape.contains(line), "{line} not in {scrape}");
    }
}

#[test]
fn installing_metrics_twice_returns_the_same_handle() {
    let first = install_metrics().unwrap();
    let second = install_metrics().unwrap();
    metrics::counter!("dossier_test_total").increment(1);
    assert!(first.render().contains("dossier_test_total 1"));
    assert!(second.render().contains("dossier_test_total 1"));
}
