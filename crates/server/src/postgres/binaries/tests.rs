//! Finding PostgreSQL, with programs that only print a version.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::{MAJOR_MIN, Search, major};
use crate::postgres::PostgresError;

/// A machine on which these major versions are installed.
fn machine(majors: &[u32]) -> (tempfile::TempDir, Search) {
    let root = tempfile::tempdir().expect("a temporary directory");
    for major in majors {
        let bin = root.path().join(major.to_string()).join("bin");
        fs::create_dir_all(&bin).expect("a directory");
        script(&bin.join("postgres"), &format!("echo 'postgres (PostgreSQL) {major}.3'"));
        script(&bin.join("initdb"), "exit 1");
    }
    let search = Search { path: root.path().join("nothing").into(), versions: root.path().into() };
    (root, search)
}

fn script(file: &Path, line: &str) {
    // Written by another process, because a program still open for writing anywhere (a fork of
    // another test's thread inherits the descriptor for a moment) cannot be executed.
    let status = std::process::Command::new("sh")
        .args(["-c", "printf '#!/bin/sh\\n%s\\n' \"$1\" >\"$0\""])
        .arg(file)
        .arg(line)
        .status()
        .expect("sh runs");
    assert!(status.success(), "the script is written");
    fs::set_permissions(file, fs::Permissions::from_mode(0o755)).expect("it is executable");
}

#[test]
fn the_newest_postgresql_is_used_for_the_first_start() {
    let (root, search) = machine(&[15, 17, 16]);
    let found = search.binaries(None, &root.path().join("no-data")).expect("found");
    assert_eq!(found.major, 17);
}

#[test]
fn the_postgresql_that_wrote_the_data_is_used_ever_after() {
    let (root, search) = machine(&[15, 17, 16]);
    fs::write(root.path().join("PG_VERSION"), "16\n").expect("written");
    let found = search.binaries(None, root.path()).expect("found");
    assert_eq!(found.major, 16);
}

#[test]
fn data_of_a_version_that_is_not_installed_are_refused() {
    let (root, search) = machine(&[15, 17]);
    fs::write(root.path().join("PG_VERSION"), "16\n").expect("written");
    let error = search.binaries(None, root.path()).expect_err("refused");
    let PostgresError::WrongMajor { written_by, installed, .. } = error else {
        panic!("another error: {error}");
    };
    assert_eq!((written_by.as_str(), installed.as_str()), ("16", "17, 15"));
}

#[test]
fn without_a_fitting_postgresql_the_error_names_three_ways() {
    for majors in [&[][..], &[MAJOR_MIN - 1]] {
        let (root, search) = machine(majors);
        let text = search.binaries(None, root.path()).expect_err("refused").to_string();
        for way in ["apt-get install postgresql-15", "--pg-bin-dir", "DATABASE_URL"] {
            assert!(text.contains(way), "{way} is not in: {text}");
        }
    }
}

#[test]
fn a_program_that_is_not_on_the_path_is_not_found() {
    let (_root, search) = machine(&[]);
    assert_eq!(search.program("setpriv"), None);
    assert!(Search::of_this_machine().program("sh").is_some());
}

#[test]
fn versions_are_read_as_distributions_write_them() {
    assert_eq!(major("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n"), Some(15));
    assert_eq!(major("postgres (PostgreSQL) 18beta1\n"), Some(18));
    assert_eq!(major("mysqld 8.0\n"), None);
}
