//! Killed services and servers: no process stays alone, and no committed row is lost.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use sqlx::{Connection as _, PgConnection};

use crate::service::{
    Other, Service, directory, eventually, pid_file, runs, server_pid, start, write_row,
};

#[tokio::test]
async fn a_killed_service_takes_its_server_with_it_and_starts_again() {
    let directory = directory();
    let mut service = Service::launch(directory.path());
    assert_eq!(write_row(&service.url()).await, 1);
    let pid = server_pid(directory.path());
    service.kill();
    eventually("the server ends", Duration::from_secs(5), || !runs(pid)).await;

    let mut service = Service::launch(directory.path());
    assert_eq!(write_row(&service.url()).await, 2);
    service.kill();
    // At once, while the server may still be ending.
    assert_eq!(write_row(&start(directory.path()).await.url()).await, 3);
}

#[tokio::test]
async fn a_service_killed_while_it_makes_its_database_starts_again() {
    let directory = directory();
    let home = directory.path().join("postgres");
    // Each a little later.
    for file in ["", "PG_VERSION", "global/pg_control"] {
        let earlier = unfinished(&home);
        let service = Service::launch(directory.path());
        eventually("it works on a new database", Duration::from_secs(30), || {
            let mut new = unfinished(&home).into_iter().filter(|data| !earlier.contains(data));
            new.any(|data| data.join(file).exists())
        })
        .await;
        service.kill();
    }
    assert_eq!(write_row(&start(directory.path()).await.url()).await, 1);
}

/// The directories in which a database is being made, and the one that is complete.
fn unfinished(home: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(home).into_iter().flatten().flatten().map(|entry| entry.path());
    entries
        .filter(|path| {
            path.file_name().is_some_and(|name| {
                let name = name.to_string_lossy();
                name == "data" || name.starts_with("data.new-") && !name.ends_with(".password")
            })
        })
        .collect()
}

#[tokio::test]
async fn a_killed_server_is_reported_and_the_next_start_recovers() {
    let directory = directory();
    let postgres = start(directory.path()).await;
    assert_eq!(write_row(&postgres.url()).await, 1);
    // A busy session does not notice at once that its server is gone.
    let url = postgres.url();
    let busy = tokio::spawn(async move {
        let mut connection = PgConnection::connect(&url).await?;
        let busy = "do $$ begin for n in 1..60000000 loop perform n; end loop; end $$";
        sqlx::query(busy).execute(&mut connection).await
    });
    let mut watching = PgConnection::connect(&postgres.url()).await.expect("a connection");
    let is_busy = "select exists (select from pg_stat_activity where state = 'active' and query like 'do $$%')";
    while !sqlx::query_scalar::<_, bool>(is_busy).fetch_one(&mut watching).await.expect("sessions")
    {
    }

    kill(server_pid(directory.path()), Signal::KILL);
    let how = tokio::time::timeout(Duration::from_secs(5), postgres.died()).await;
    let how = how.expect("its death is reported");
    assert!(how.contains("signal: 9"), "{how}");
    postgres.stop().await.expect_err("what is dead does not stop cleanly");

    let postgres = start(directory.path()).await;
    assert_eq!(write_row(&postgres.url()).await, 2);
    let log = fs::read_to_string(postgres.log()).expect("a log");
    assert!(log.contains("automatic recovery in progress"), "{log}");
    busy.abort();
}

#[tokio::test]
async fn a_service_killed_together_with_its_server_starts_again() {
    let directory = directory();
    let mut service = Service::launch(directory.path());
    assert_eq!(write_row(&service.url()).await, 1);
    kill(server_pid(directory.path()), Signal::KILL);
    service.kill();
    assert_eq!(write_row(&start(directory.path()).await.url()).await, 2);
}

#[tokio::test]
async fn a_server_left_to_itself_is_ended_before_the_next_start() {
    let directory = directory();
    start(directory.path()).await.stop().await.expect("it stops");
    let mut alone = by_hand(directory.path());
    let pid = alone.0.id();
    eventually("it runs", Duration::from_secs(10), || {
        fs::read_to_string(pid_file(directory.path())).is_ok_and(|text| text.contains("ready"))
    })
    .await;
    assert_eq!(server_pid(directory.path()), pid);

    assert_eq!(write_row(&start(directory.path()).await.url()).await, 1);
    assert!(alone.0.wait().expect("it ended").success(), "it ended by a clean shutdown");
}

#[tokio::test]
async fn a_process_id_left_behind_does_not_stop_the_next_start() {
    let directory = directory();
    let postgres = start(directory.path()).await;
    let left = fs::read_to_string(pid_file(directory.path())).expect("it runs");
    postgres.stop().await.expect("it stops");
    let (_, rest) = left.split_once('\n').expect("lines");

    let mut unrelated = Other(Command::new("sleep").arg("600").spawn().expect("sleep runs"));
    // A zombie: its number is still in use.
    let mut zombie = Command::new("true").spawn().expect("true runs");
    let mut dead = Command::new("true").spawn().expect("true runs");
    dead.wait().expect("it ends");
    eventually("it is a zombie", Duration::from_secs(5), || !runs(zombie.id())).await;

    let files = [unrelated.0.id(), zombie.id(), dead.id()].map(|pid| format!("{pid}\n{rest}"));
    // The last is what a crash of the machine can leave.
    for (text, rows) in files.into_iter().chain([String::new()]).zip(1..) {
        fs::write(pid_file(directory.path()), &text).expect("written");
        let socket_lock = directory.path().join("postgres/run/.s.PGSQL.5432.lock");
        fs::write(socket_lock, &text).expect("written");
        let postgres = start(directory.path()).await;
        assert_eq!(write_row(&postgres.url()).await, rows, "after {text}");
        postgres.stop().await.expect("it stops");
    }
    assert!(
        unrelated.0.try_wait().expect("known").is_none(),
        "a process of another program was ended"
    );
    zombie.wait().expect("it is gone");
}

fn kill(pid: u32, signal: Signal) {
    let pid = i32::try_from(pid).ok().and_then(Pid::from_raw).expect("a process id");
    kill_process(pid, signal).expect("it is signalled");
}

/// PostgreSQL on the data of a service, without one.
fn by_hand(directory: &Path) -> Other {
    use std::os::unix::fs::MetadataExt;
    use std::os::unix::process::CommandExt;

    let data = directory.join("postgres/data");
    let owner = fs::metadata(&data).expect("data");
    let newest = fs::read_to_string(data.join("PG_VERSION")).expect("a version");
    let bin = format!("/usr/lib/postgresql/{}/bin/postgres", newest.trim());
    let mut command = Command::new(bin);
    if rustix::process::geteuid().is_root() {
        command.uid(owner.uid()).gid(owner.gid());
    }
    command.current_dir("/").arg("-D").arg(&data);
    command.args(["-c", "listen_addresses=", "-c", "unix_socket_directories=."]);
    Other(command.stderr(std::process::Stdio::null()).spawn().expect("it starts"))
}
