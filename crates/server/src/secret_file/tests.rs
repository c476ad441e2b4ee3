//! Which files are accepted as secret, and how they are written.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::path::Path;

use super::{Links, read_secret, write_new_secret};

fn directory() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary directory")
}

fn set_mode(file: &Path, mode: u32) {
    fs::set_permissions(file, Permissions::from_mode(mode)).expect("a mode");
}

#[test]
fn a_secret_is_written_for_its_owner_alone_and_read_back() {
    let directory = directory();
    let file = directory.path().join("key");
    assert_eq!(read_secret(&file, Links::Refused, None).expect("no file"), None);
    write_new_secret(&file, "hush").expect("written");
    assert_eq!(fs::metadata(&file).expect("a file").mode() & 0o7777, 0o600);
    let text = read_secret(&file, Links::Refused, None).expect("readable");
    assert_eq!(text.as_deref(), Some("hush\n"));
    assert_eq!(fs::read_dir(directory.path()).expect("a directory").count(), 1);
}

#[test]
fn a_secret_that_others_can_access_is_refused_with_the_way_out() {
    let directory = directory();
    let file = directory.path().join("key");
    write_new_secret(&file, "hush").expect("written");
    for mode in [0o640, 0o604, 0o620, 0o644, 0o666, 0o610] {
        set_mode(&file, mode);
        let error = read_secret(&file, Links::Followed, None).expect_err("refused").to_string();
        assert!(error.contains(&format!("{mode:04o}")) && error.contains("chmod 600"), "{error}");
    }
    set_mode(&file, 0o400);
    assert!(read_secret(&file, Links::Followed, None).expect("readable").is_some());
}

#[test]
fn an_existing_secret_is_never_replaced() {
    let directory = directory();
    let file = directory.path().join("key");
    write_new_secret(&file, "first").expect("written");
    let error = write_new_secret(&file, "second").expect_err("refused");
    assert_eq!(error.kind(), std::io::ErrorKind::AlreadyExists);
    assert_eq!(fs::read_to_string(&file).expect("a file"), "first\n");
}

#[test]
fn a_link_in_its_place_is_followed_neither_when_writing_nor_when_reading() {
    let directory = directory();
    let (file, target) = (directory.path().join("key"), directory.path().join("target"));
    fs::write(&target, "theirs\n").expect("written");
    set_mode(&target, 0o600);
    symlink(&target, directory.path().join("key.new")).expect("a link");
    write_new_secret(&file, "hush").expect("written");
    assert_eq!(fs::read_to_string(&target).expect("a file"), "theirs\n");
    assert_eq!(fs::read_to_string(&file).expect("a file"), "hush\n");

    fs::remove_file(&file).expect("removed");
    symlink(&target, &file).expect("a link");
    write_new_secret(&file, "hush").expect_err("refused");
    assert_eq!(fs::read_to_string(&target).expect("a file"), "theirs\n");
    let error = read_secret(&file, Links::Refused, None).expect_err("refused").to_string();
    assert!(error.contains("symbolic link"), "{error}");
    assert!(read_secret(&file, Links::Followed, None).expect("readable").is_some());
}
