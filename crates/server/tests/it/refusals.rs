//! Refused starts say what is wrong and what to do.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::time::{Duration, Instant};

use server::postgres::{Options, PostgresError};

use crate::service::{directory, refusal, start, write_row};

#[tokio::test]
async fn a_second_service_on_one_directory_is_refused_and_the_first_goes_on() {
    let directory = directory();
    let first = start(directory.path()).await;
    let begun = Instant::now();
    let error = refusal(Options::throwaway(directory.path())).await;
    assert!(begun.elapsed() >= Duration::from_secs(5), "it waits for one that is ending");
    let PostgresError::InUse { holder, .. } = &error else { panic!("another error: {error}") };
    assert_eq!(*holder, std::process::id().to_string());
    assert_eq!(write_row(&first.url()).await, 1);
}

#[tokio::test]
async fn data_of_another_major_version_are_refused() {
    let directory = directory();
    let data = directory.path().join("postgres/data");
    fs::create_dir_all(&data).expect("a directory");
    fs::write(data.join("PG_VERSION"), "9.6\n").expect("written");
    let error = refusal(Options::throwaway(directory.path())).await;
    assert!(matches!(error, PostgresError::WrongMajor { .. }), "another error: {error}");
    assert!(error.to_string().contains("written by PostgreSQL 9.6"), "{error}");
}

#[tokio::test]
async fn a_directory_without_programs_is_refused_with_the_three_ways_and_nothing_is_made() {
    let (bin, data) = (directory(), directory());
    let options = Options::throwaway(data.path());
    let error = refusal(Options { bin_dir: Some(bin.path().to_owned()), ..options }).await;
    let text = error.to_string();
    for way in ["apt-get install postgresql-15", "--pg-bin-dir", "DATABASE_URL"] {
        assert!(text.contains(way), "{way} is not in: {text}");
    }
    assert_eq!(fs::read_dir(data.path()).expect("a directory").count(), 0);
}

#[tokio::test]
async fn data_without_their_password_are_refused_and_left_alone() {
    let directory = directory();
    start(directory.path()).await.stop().await.expect("it stops");
    let (password, aside) = (directory.path().join("postgres/password"), "aside");
    fs::rename(&password, directory.path().join(aside)).expect("moved");
    let error = refusal(Options::throwaway(directory.path())).await;
    assert!(matches!(error, PostgresError::NoPassword { .. }), "another error: {error}");
    fs::rename(directory.path().join(aside), &password).expect("moved back");
    start(directory.path()).await.stop().await.expect("it stops");
}

#[tokio::test]
async fn a_setting_that_postgresql_does_not_know_is_shown_in_its_own_words() {
    let directory = directory();
    let mut options = Options::throwaway(directory.path());
    options.settings.push(("no_such_setting".to_owned(), "1".to_owned()));
    let error = refusal(options).await;
    assert!(matches!(error, PostgresError::NotStarted { .. }), "another error: {error}");
    assert!(error.to_string().contains("no_such_setting"), "{error}");
}

#[tokio::test]
async fn a_directory_that_the_servers_user_cannot_enter_is_named() {
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let closed = directory();
    let error = refusal(Options::throwaway(closed.path().join("below"))).await;
    let PostgresError::Unreachable { directory, .. } = &error else {
        panic!("another error: {error}");
    };
    assert_eq!(*directory, closed.path());
    let mode = fs::metadata(closed.path()).expect("a directory").permissions().mode();
    assert_eq!(mode & 0o777, 0o700, "what is not ours is not opened");

    let nobody = Options { user: Some("no-such-user".to_owned()), ..Options::throwaway("/none") };
    let error = refusal(nobody).await;
    assert!(error.to_string().contains("there is no no-such-user"), "{error}");
}
