//! The example script of the documents works.

use std::process::{Output, Stdio};

use tests::TestApp;
use tokio::process::Command;

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/examples/seeds.sh");

async fn run(url: &str, key: Option<&str>, data_dir: &std::path::Path) -> Output {
    let mut command = Command::new("sh");
    command.arg(SCRIPT).env("DOSSIER_URL", url).env("DOSSIER_DATA_DIR", data_dir);
    match key {
        Some(key) => command.env("DOSSIER_KEY", key),
        None => command.env_remove("DOSSIER_KEY"),
    };
    command.stdin(Stdio::null()).kill_on_drop(true).output().await.expect("a shell")
}

#[track_caller]
fn assert_passed(output: &Output) {
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    assert!(said.lines().filter(|line| line.starts_with("ok ")).count() > 30, "{said}");
    assert!(said.ends_with(" checks passed, 0 failed\n"), "{said}");
}

#[tokio::test]
async fn the_example_script_succeeds_repeatedly() {
    let app = TestApp::new().await;
    let url = format!("http://{}", app.serve().await);
    let key = app.key.reveal();
    let data_dir = tempfile::tempdir().expect("a directory");
    assert_passed(&run(&url, Some(&key), data_dir.path()).await);
    // Now the key is where `dossier serve` leaves it.
    std::fs::write(data_dir.path().join("dev-key"), format!("{key}\n")).expect("a file");
    assert_passed(&run(&url, None, data_dir.path()).await);
}

#[tokio::test]
async fn the_example_script_fails_without_a_valid_key() {
    let app = TestApp::new().await;
    let url = format!("http://{}", app.serve().await);
    let nowhere = tempfile::tempdir().expect("a directory");
    assert_eq!(run(&url, Some("wrong"), nowhere.path()).await.status.code(), Some(1));
    assert_eq!(run(&url, None, nowhere.path()).await.status.code(), Some(2));
}
