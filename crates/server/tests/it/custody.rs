//! Data that cannot be seen, or only in part, are never replaced.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{MetadataExt, chown};
use std::path::{Path, PathBuf};
use std::process::Command;

use server::postgres::{Options, PostgresError};

use crate::service::{Service, directory, refusal, set_mode, start, write_row};

const NOBODY: u32 = 65_534;

/// What a start could change: the number, change time and length of each file and directory.
fn snapshot(directory: &Path) -> BTreeMap<PathBuf, (u64, i64, i64, u64)> {
    let mut found = BTreeMap::new();
    let mut rest = vec![directory.to_owned()];
    while let Some(path) = rest.pop() {
        let of = fs::symlink_metadata(&path).expect("metadata");
        if of.is_dir() {
            rest.extend(fs::read_dir(&path).expect("entries").map(|it| it.expect("one").path()));
        }
        found.insert(path, (of.ino(), of.ctime(), of.ctime_nsec(), of.len()));
    }
    found
}

fn chown_all(directory: &Path, owner: u32) {
    let mut chown = Command::new("chown");
    chown.arg("-R").arg(format!("{owner}:{owner}")).arg(directory);
    assert!(chown.status().expect("chown runs").success(), "it is given away");
}

#[tokio::test]
async fn data_restored_as_root_are_left_alone_and_work_after_a_chown() {
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let directory = directory();
    chown(directory.path(), Some(NOBODY), Some(NOBODY)).expect("it is given away");
    let mut service = Service::launch(directory.path());
    assert_eq!(write_row(&service.url()).await, 1);
    service.stop();
    let home = directory.path().join("postgres");
    let data = home.join("data");

    // The owner forgotten: of the data alone, of all, and of all that others can look into.
    let cases: [(&Path, &[(&Path, u32)]); 3] =
        [(&data, &[]), (&home, &[]), (&home, &[(&home, 0o755), (&data, 0o755)])];
    let mut rows = 1;
    for (given, modes) in cases {
        chown_all(given, 0);
        for (path, mode) in modes {
            set_mode(path, *mode);
        }
        let before = snapshot(&home);
        let text = Service::launch(directory.path()).refusal();
        for part in ["belongs to root", "mode 07", "chown -R nobody", "nothing was changed"] {
            assert!(text.contains(part), "{part} is not in: {text}");
        }
        assert!(snapshot(&home) == before, "something was changed");

        chown_all(given, NOBODY);
        set_mode(&home, 0o700);
        set_mode(&data, 0o700);
        let mut service = Service::launch(directory.path());
        rows += 1;
        assert_eq!(write_row(&service.url()).await, rows);
        service.stop();
    }

    set_mode(&data, 0o000);
    let before = snapshot(&home);
    let text = Service::launch(directory.path()).refusal();
    assert!(text.contains("mode 0000") && text.contains("chmod u+rwX"), "{text}");
    assert!(snapshot(&home) == before, "something was changed");
    set_mode(&data, 0o700);
    let mut service = Service::launch(directory.path());
    assert_eq!(write_row(&service.url()).await, rows + 1);
    service.stop();
}

#[tokio::test]
async fn data_restored_in_part_are_left_alone_and_work_when_they_are_complete() {
    let directory = directory();
    let postgres = start(directory.path()).await;
    assert_eq!(write_row(&postgres.url()).await, 1);
    postgres.stop().await.expect("it stops");
    let home = directory.path().join("postgres");
    let aside = directory.path().join("aside");

    for missing in ["PG_VERSION", "global/pg_control", "base", "pg_wal"] {
        let file = home.join("data").join(missing);
        fs::rename(&file, &aside).expect("moved");
        let password = fs::read_to_string(home.join("password")).expect("a password");
        let before = snapshot(&home.join("data"));
        let error = refusal(Options::throwaway(directory.path())).await;
        assert!(matches!(error, PostgresError::Incomplete { .. }), "another error: {error}");
        let text = error.to_string();
        assert!(text.contains(missing) && text.contains("restore all of it"), "{text}");
        assert!(snapshot(&home.join("data")) == before, "something was changed");
        let now = fs::read_to_string(home.join("password")).expect("a password");
        assert_eq!(now, password);
        fs::rename(&aside, &file).expect("moved back");
    }
    // A volume that is not mounted.
    fs::rename(home.join("data"), &aside).expect("moved");
    std::os::unix::fs::symlink("/no/such/volume", home.join("data")).expect("a link");
    let before = snapshot(&home);
    let error = refusal(Options::throwaway(directory.path())).await;
    assert!(matches!(error, PostgresError::Custody { .. }), "another error: {error}");
    assert!(snapshot(&home) == before, "something was changed");
    fs::remove_file(home.join("data")).expect("removed");
    fs::rename(&aside, home.join("data")).expect("moved back");

    assert_eq!(write_row(&start(directory.path()).await.url()).await, 2);
}

#[tokio::test]
async fn a_password_is_kept_when_the_data_beside_it_are_gone() {
    let directory = directory();
    start(directory.path()).await.stop().await.expect("it stops");
    let file = directory.path().join("postgres/password");
    let password = fs::read_to_string(&file).expect("a password");
    fs::rename(directory.path().join("postgres/data"), directory.path().join("aside"))
        .expect("moved");
    let postgres = start(directory.path()).await;
    assert_eq!(fs::read_to_string(&file).expect("a password"), password);
    assert_eq!(write_row(&postgres.url()).await, 1);
}

#[tokio::test]
async fn a_password_that_others_can_read_is_refused_and_accepted_after_a_chmod() {
    let directory = directory();
    start(directory.path()).await.stop().await.expect("it stops");
    let file = directory.path().join("postgres/password");
    set_mode(&file, 0o644);
    let error = refusal(Options::throwaway(directory.path())).await;
    let text = server::explain::explain(&error);
    for part in ["postgres/password", "mode 0644", "chmod 600"] {
        assert!(text.contains(part), "{part} is not in: {text}");
    }
    set_mode(&file, 0o600);
    start(directory.path()).await.stop().await.expect("it stops");
}

#[tokio::test]
async fn a_data_directory_that_others_own_or_write_to_is_refused() {
    let directory = directory();
    for mode in [0o770, 0o702, 0o1777] {
        set_mode(directory.path(), mode);
        let text = refusal(Options::throwaway(directory.path())).await.to_string();
        assert!(text.contains(&format!("mode {mode:04o}")) && text.contains("chmod"), "{text}");
    }
    set_mode(directory.path(), 0o755);
    if rustix::process::geteuid().is_root() {
        chown(directory.path(), Some(NOBODY), None).expect("it is given away");
        let text = refusal(Options::throwaway(directory.path())).await.to_string();
        assert!(text.contains("belongs to nobody") && text.contains("chown -R root"), "{text}");
    }
    assert_eq!(fs::read_dir(directory.path()).expect("entries").count(), 0, "something was made");
}

#[tokio::test]
async fn a_data_directory_that_is_a_file_is_named_as_such() {
    let directory = directory();
    let file = directory.path().join("file");
    fs::write(&file, "").expect("a file");
    let text = refusal(Options::throwaway(&file)).await.to_string();
    assert!(text.contains("is not a directory") && text.contains("--data-dir"), "{text}");
    assert!(!text.contains("chmod"), "{text}");
}

#[tokio::test]
async fn a_part_of_the_data_that_postgresql_cannot_use_is_named_with_the_way_out() {
    let directory = directory();
    let postgres = start(directory.path()).await;
    assert_eq!(write_row(&postgres.url()).await, 1);
    postgres.stop().await.expect("it stops");
    let data = directory.path().join("postgres/data");

    set_mode(&data, 0o755);
    let text = refusal(Options::throwaway(directory.path())).await.to_string();
    assert!(text.contains("mode 0755") && text.contains("chmod 0750"), "{text}");
    set_mode(&data, 0o700);

    let owner = fs::metadata(&data).expect("the data").uid();
    if rustix::process::geteuid().is_root() {
        for part in ["base", "base/5", "PG_VERSION", "pg_wal"] {
            let path = data.join(part);
            chown(&path, Some(0), Some(0)).expect("it is given away");
            let text = refusal(Options::throwaway(directory.path())).await.to_string();
            let named = text.contains(part) && text.contains("belongs to root");
            assert!(named && text.contains("chown -R") && text.contains("nothing was"), "{text}");
            chown(&path, Some(owner), Some(owner)).expect("it is given back");
        }
    }
    // Of a volume, and of no use to PostgreSQL.
    fs::create_dir(data.join("lost+found")).expect("a directory");
    assert_eq!(write_row(&start(directory.path()).await.url()).await, 2);
}
