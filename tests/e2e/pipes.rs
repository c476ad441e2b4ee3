//! A command whose reader has gone ends quietly: `dossier export | head -1`.

use std::process::Stdio;
use std::time::Duration;

use tests::customer_id;
use tokio::io::AsyncReadExt as _;

use crate::service::{Service, command, dev_key, succeeds};

/// The exit code that a shell reports for a program that SIGPIPE ended.
const READER_GONE: Option<i32> = Some(141);
const PATIENCE: Duration = Duration::from_mins(1);

/// Runs a command whose standard output nobody reads: its exit code, and what it wrote to standard error.
async fn unread(arguments: &[&str]) -> (Option<i32>, String) {
    let mut command = command(arguments).await;
    let mut child =
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("a process");
    drop(child.stdout.take());
    let ended = tokio::time::timeout(PATIENCE, child.wait_with_output());
    let output = ended.await.expect("an end").expect("a process");
    (output.status.code(), String::from_utf8(output.stderr).expect("UTF-8"))
}

#[tokio::test]
async fn a_command_whose_reader_has_gone_ends_quietly() {
    let directory = tempfile::tempdir().expect("a directory");
    let data_dir = directory.path().to_str().expect("UTF-8");
    let service = Service::start(directory.path()).await;
    let key = dev_key(directory.path());
    for number in 0..3 {
        assert_eq!(service.register(&key, customer_id(number)).await, 201);
    }
    let listed = succeeds(&["--data-dir", data_dir, "tenant", "list"], &[]).await;
    let tenant = listed.split_whitespace().next().expect("an id").to_owned();
    // An entry for `audit`.
    succeeds(&["--data-dir", data_dir, "projections", "prune"], &[]).await;
    let file = directory.path().join("tenant.ndjson");
    let file = file.to_str().expect("UTF-8");
    for line in [
        "tenant create --name Initech",
        "tenant list",
        "key create --tenant TENANT --name k --scopes read",
        "key list --tenant TENANT",
        "audit",
        "projections",
        "projections parked",
        "projections prune",
        "export --tenant TENANT",
        "export --tenant TENANT --output FILE",
        "verify",
        "verify --views",
        "head",
        "head --key",
        "head --new-key here/there",
        "config check",
        "migrate",
    ] {
        let words = line.split(' ').map(|word| match word {
            "TENANT" => &*tenant,
            "FILE" => file,
            word => word,
        });
        let arguments: Vec<&str> = ["--data-dir", data_dir].into_iter().chain(words).collect();
        let (code, errors) = unread(&arguments).await;
        assert_eq!(code, READER_GONE, "{line}: {errors}");
        let progress = |line: &str| line.starts_with("exporting: ") || line.starts_with("log: ");
        assert!(errors.lines().all(progress), "{line}: {errors}");
    }
    // clap prints these.
    for line in ["--help", "serve --help", "--version"] {
        let words: Vec<&str> = line.split(' ').collect();
        assert_eq!(unread(&words).await.1, "", "{line}");
    }
    service.stop().await;
}

/// The caller that started the service may stop reading what it prints. The service runs on.
#[tokio::test]
async fn a_service_runs_on_when_nobody_reads_its_output_or_its_log() {
    let directory = tempfile::tempdir().expect("a directory");
    let data_dir = directory.path().to_str().expect("UTF-8");
    let serve = ["--data-dir", data_dir, "serve", "--listen", "127.0.0.1:0", "--log", "debug"];
    let mut command = command(&serve).await;
    let mut child =
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("a process");
    drop(child.stderr.take());
    let mut output = child.stdout.take().expect("its output");
    let mut printed = String::new();
    let mut part = [0; 256];
    while !printed.contains("documentation") {
        let read = tokio::time::timeout(PATIENCE, output.read(&mut part)).await;
        let read = read.expect("a start in time").expect("its output");
        assert!(read > 0, "it ended after {printed}");
        printed.push_str(std::str::from_utf8(&part[..read]).expect("UTF-8"));
    }
    drop(output);
    let address = printed.split("http://").nth(1).and_then(|rest| rest.split(' ').next());
    let url = format!("http://{}/livez", address.expect("an address"));
    for _ in 0..10 {
        let answer = reqwest::get(&url).await.expect("an answer");
        assert_eq!(answer.status().as_u16(), 200);
    }
    child.kill().await.expect("an end");
}
