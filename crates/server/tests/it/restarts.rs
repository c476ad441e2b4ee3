//! A server whose programs were replaced is started again in the same place.

use std::fs;
use std::path::Path;
use std::time::Duration;

use server::postgres::{Options, Postgres};

use crate::service::{directory, eventually, pid_file, runs, server_pid, set_mode, write_row};

/// Programs that run the installed ones, which can be replaced.
fn install(bin: &Path, major: &str) {
    for program in ["postgres", "initdb"] {
        let new = bin.join("unpacked");
        let script = format!("#!/bin/sh\nexec /usr/lib/postgresql/{major}/bin/{program} \"$@\"\n");
        fs::write(&new, script).expect("written");
        set_mode(&new, 0o755);
        fs::rename(new, bin.join(program)).expect("in place");
    }
}

/// The newest major version that is installed.
fn major() -> String {
    let versions = fs::read_dir("/usr/lib/postgresql").expect("an installation");
    let versions = versions.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    versions.max_by_key(|name| name.parse::<u32>().unwrap_or(0)).expect("a version")
}

/// Whether a server takes connections, another than the one of this number.
fn restarted(directory: &Path, first: u32) -> bool {
    let text = fs::read_to_string(pid_file(directory)).unwrap_or_default();
    let pid = text.lines().next().and_then(|line| line.parse::<u32>().ok());
    text.contains("ready") && pid.is_some_and(|pid| pid != first)
}

#[tokio::test]
async fn a_server_whose_programs_were_replaced_restarts_and_keeps_its_rows_and_its_url() {
    let (bin, directory) = (directory(), directory());
    set_mode(bin.path(), 0o755);
    install(bin.path(), &major());
    let options = Options::throwaway(directory.path());
    let options = Options { bin_dir: Some(bin.path().to_owned()), ..options };
    let postgres = Postgres::start(options).await.expect("it starts");
    let url = postgres.url();
    assert_eq!(write_row(&url).await, 1);
    for rows in 2..=3 {
        let first = server_pid(directory.path());
        install(bin.path(), &major());
        let again = || restarted(directory.path(), first);
        eventually("the server is started again", Duration::from_mins(1), again).await;
        assert!(!runs(first));
        assert_eq!(write_row(&url).await, rows);
    }
    let died = tokio::time::timeout(Duration::from_millis(200), postgres.died()).await;
    assert!(died.is_err(), "a restart is no death");
    postgres.stop().await.expect("it stops cleanly");
}

#[tokio::test]
async fn a_server_that_cannot_be_started_again_is_reported() {
    let (bin, directory) = (directory(), directory());
    set_mode(bin.path(), 0o755);
    install(bin.path(), &major());
    let options = Options::throwaway(directory.path());
    let options = Options { bin_dir: Some(bin.path().to_owned()), ..options };
    let postgres = Postgres::start(options).await.expect("it starts");
    install(bin.path(), "0");
    let how = tokio::time::timeout(Duration::from_mins(1), postgres.died()).await;
    let how = how.expect("it is reported");
    assert!(how.contains("could not be started again"), "{how}");
}
