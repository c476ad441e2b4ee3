//! A full or read-only disk is named as the cause.

use std::path::Path;
use std::process::Command;

use server::explain::explain;
use server::postgres::{Options, Postgres};

use crate::service::{directory, refusal, write_row};

/// A small disk of its own, unmounted at the end.
struct Disk(tempfile::TempDir);

impl Disk {
    /// `None` where this process may not mount.
    fn new(size: &str) -> Option<Self> {
        let at = directory();
        mount(&["-t", "tmpfs", "-o", &format!("size={size},mode=0755"), "tmpfs"], at.path())
            .then_some(Self(at))
    }

    fn remount(&self, options: &str) {
        assert!(mount(&["-o", &format!("remount,{options}")], self.0.path()), "remounted");
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // A server may still be ending.
        let _ = Command::new("umount").arg("--lazy").arg(self.0.path()).status();
    }
}

fn mount(arguments: &[&str], at: &Path) -> bool {
    let mut mount = Command::new("mount");
    mount.args(arguments).arg(at).stderr(std::process::Stdio::null());
    mount.status().is_ok_and(|status| status.success())
}

#[tokio::test]
async fn a_full_disk_is_named_and_the_start_works_when_there_is_space() {
    let Some(disk) = Disk::new("20m") else { return };
    let options = Options::throwaway(disk.0.path().join("data"));
    let text = explain(&refusal(options.clone()).await);
    assert!(text.contains("No space left on device"), "{text}");
    disk.remount("size=200m");
    let postgres = Postgres::start(options).await.expect("it starts");
    assert_eq!(write_row(&postgres.url()).await, 1);
    postgres.stop().await.expect("it stops");
}

#[tokio::test]
async fn a_disk_that_is_full_at_a_later_start_is_named() {
    let Some(disk) = Disk::new("200m") else { return };
    let options = Options::throwaway(disk.0.path().join("data"));
    let postgres = Postgres::start(options.clone()).await.expect("it starts");
    postgres.stop().await.expect("it stops");
    let filler = disk.0.path().join("filler");
    let mut fill = Command::new("dd");
    fill.args(["if=/dev/zero", "bs=64k"]).arg(format!("of={}", filler.display()));
    let fill = fill.output().expect("dd runs");
    assert!(!fill.status.success(), "the disk is full");
    let text = explain(&refusal(options.clone()).await);
    assert!(text.contains("No space left") || text.contains("is full"), "{text}");
    std::fs::remove_file(&filler).expect("removed");
    let postgres = Postgres::start(options).await.expect("it starts");
    postgres.stop().await.expect("it stops");
}

#[tokio::test]
async fn a_read_only_disk_is_named_and_the_start_works_when_it_is_writable() {
    let Some(disk) = Disk::new("200m") else { return };
    let options = Options::throwaway(disk.0.path().join("data"));
    let postgres = Postgres::start(options.clone()).await.expect("it starts");
    postgres.stop().await.expect("it stops");
    disk.remount("ro");
    let text = explain(&refusal(options.clone()).await);
    assert!(text.contains("Read-only file system"), "{text}");
    disk.remount("rw");
    let postgres = Postgres::start(options).await.expect("it starts");
    postgres.stop().await.expect("it stops");
}
