//! Starting and stopping, as it should go.

use std::fs;
use std::os::unix::fs::{MetadataExt, chown};
use std::time::{Duration, Instant};

use server::postgres::{Options, Postgres, PostgresError};

use crate::service::{
    Service, directory, eventually, runs, server_pid, set_mode, start, write_row,
};

const NOBODY: u32 = 65_534;

#[tokio::test]
async fn what_was_written_is_there_after_a_stop_and_a_start() {
    let directory = directory();
    let options = Options { data_dir: directory.path().join("data"), ..Options::default() };
    // Not the temporary directory itself, but one that the service makes in it.
    set_mode(directory.path(), 0o755);
    for rows in 1..=2 {
        let postgres = Postgres::start(options.clone()).await.expect("it starts");
        assert_eq!(write_row(&postgres.url()).await, rows);
        let begun = Instant::now();
        postgres.stop().await.expect("it stops cleanly");
        assert!(begun.elapsed() < Duration::from_secs(5), "it took {:?}", begun.elapsed());
    }
}

#[tokio::test]
async fn a_server_that_is_dropped_ends_by_itself() {
    let directory = directory();
    let postgres = start(directory.path()).await;
    let (died, pid) = (postgres.died(), server_pid(directory.path()));
    drop(postgres);
    eventually("the server ends", Duration::from_secs(5), || !runs(pid)).await;
    let ended = tokio::time::timeout(Duration::from_millis(200), died).await;
    assert!(ended.is_err(), "a requested end is not reported");
}

#[tokio::test]
async fn a_start_that_is_given_up_leaves_the_directory_free() {
    let directory = directory();
    let patience = Duration::from_millis(300);
    let options = Options::throwaway(directory.path());
    let starting = tokio::spawn(tokio::time::timeout(patience, Postgres::start(options)));
    let given_up = starting.await.expect("no panic");
    assert!(given_up.is_err(), "no machine makes a database in {patience:?}");
    // What the one that was given up has begun goes on until it is done, which takes long among many.
    let until = Instant::now() + Duration::from_mins(3);
    let postgres = loop {
        match Postgres::start(Options::throwaway(directory.path())).await {
            Err(PostgresError::InUse { .. }) if Instant::now() < until => {}
            started => break started.expect("it starts"),
        }
    };
    assert_eq!(write_row(&postgres.url()).await, 1);
}

#[tokio::test]
async fn a_start_that_is_given_up_ends_a_server_that_was_deaf_at_first() {
    let (bin, directory) = (directory(), directory());
    let options = Options::throwaway(directory.path());
    start(directory.path()).await.stop().await.expect("it stops");
    let data = directory.path().join("postgres/data");
    let version = fs::read_to_string(data.join("PG_VERSION")).expect("a version");
    let postgres = format!("/usr/lib/postgresql/{}/bin/postgres", version.trim());
    let deaf = r#"trap "" INT; : >"$2/deaf"; sleep 1"#;
    let script =
        format!("#!/bin/sh\n[ \"$1\" = --version ] || {{ {deaf}; }}\nexec {postgres} \"$@\"\n");
    for program in ["postgres", "initdb"].map(|name| bin.path().join(name)) {
        fs::write(&program, &script).expect("a program");
        set_mode(&program, 0o755);
    }
    set_mode(bin.path(), 0o755);
    let options = Options { bin_dir: Some(bin.path().to_owned()), ..options };
    let starting = tokio::spawn(Postgres::start(options));
    eventually("it is deaf", Duration::from_secs(30), || data.join("deaf").exists()).await;
    starting.abort();
    let postgres = start(directory.path()).await;
    assert_eq!(write_row(&postgres.url()).await, 1);
}

#[tokio::test]
async fn a_very_long_path_works_and_keeps_its_rows() {
    let root = directory();
    let options = Options::throwaway(root.path());
    let long = format!("{}/ and, \"odd\"", "l".repeat(200));
    let options = Options { data_dir: options.data_dir.join(long), ..options };
    set_mode(root.path(), 0o755);
    for rows in 1..=2 {
        let postgres = Postgres::start(options.clone()).await.expect("it starts");
        assert_eq!(write_row(&postgres.url()).await, rows);
        postgres.stop().await.expect("it stops cleanly");
    }
}

#[tokio::test]
async fn a_service_run_by_root_runs_its_server_as_somebody_else() {
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let directory = directory();
    let postgres = start(directory.path()).await;
    let pid = server_pid(directory.path());
    let status = fs::read_to_string(format!("/proc/{pid}/status")).expect("it runs");
    let field = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name)).expect("a field");
        line.split_whitespace().collect::<Vec<_>>()
    };
    let (uids, gids) = (field("Uid:"), field("Gid:"));
    assert!(uids.iter().chain(&gids).all(|id| *id != "0"), "{uids:?} {gids:?}");
    assert!(field("Groups:").is_empty(), "no groups of root's");
    assert_eq!(field("CapEff:"), ["0000000000000000"]);

    let password = fs::metadata(directory.path().join("postgres/password")).expect("a password");
    assert_eq!(password.mode() & 0o777, 0o600);
    postgres.stop().await.expect("it stops");
}

#[tokio::test]
async fn a_service_run_by_an_ordinary_user_works_too() {
    if !rustix::process::geteuid().is_root() {
        // Then all the other tests are about it.
        return;
    }
    let directory = directory();
    chown(directory.path(), Some(NOBODY), Some(NOBODY)).expect("it is given away");
    let mut service = Service::launch(directory.path());
    let url = service.url();
    assert_eq!(write_row(&url).await, 1);
    let pid = server_pid(directory.path());
    let owner = fs::metadata(format!("/proc/{pid}")).expect("it runs").uid();
    assert_eq!(owner, NOBODY);
    service.kill();
    eventually("the server ends", Duration::from_secs(5), || !runs(pid)).await;

    let mut service = Service::launch(directory.path());
    assert_eq!(write_row(&service.url()).await, 2);
    service.stop();
}

#[tokio::test]
async fn another_database_of_the_server_has_a_url_and_no_text_shows_the_password() {
    let directory = directory();
    let postgres = start(directory.path()).await;
    assert_eq!(write_row(&postgres.url_of("postgres")).await, 1);

    let password = fs::read_to_string(directory.path().join("postgres/password"));
    let password = password.expect("a password").trim().to_owned();
    assert!(postgres.url().contains(&password));
    assert!(!format!("{postgres:?}").contains(&password));
    let log = fs::read_to_string(postgres.log()).expect("a log");
    assert!(!log.contains(&password));
}
