//! The commands of the documents, run as printed.

use std::path::Path;
use std::process::{Output, Stdio};

use serde_json::json;
use sqlx::raw_sql;
use tests::customer_id;
use tokio::process::Command;

use crate::service::{Service, binary, connect, dev_key};

/// The blocks of a document in a language.
fn blocks(document: &str, language: &str) -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs").join(document);
    let text = std::fs::read_to_string(path).expect("the document");
    // The texts between the marks begin with the name of a language or with none.
    let blocks = text.split("```").skip(1).step_by(2);
    let of_language = blocks.filter_map(|block| block.strip_prefix(language)?.strip_prefix('\n'));
    of_language.map(str::to_owned).collect()
}

/// Runs commands like cron: with an almost empty environment.
async fn sh(commands: &str, directory: &Path, environment: &[(&str, &str)]) -> Output {
    let mut shell = Command::new("/bin/sh");
    shell.args(["-euc", commands]).current_dir(directory).stdin(Stdio::null());
    shell.env_clear().env("PATH", "/usr/bin:/bin").envs(environment.iter().copied());
    shell.kill_on_drop(true).output().await.expect("a shell")
}

#[track_caller]
fn printed(commands: &str, output: &Output) -> String {
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{commands}\n{said}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Brings the customer `acme` to its seventh event.
async fn make_acme(service: &Service, key: &str) {
    let send = async |path: &str, body| {
        let url = format!("http://{}{path}", service.address);
        let sent = reqwest::Client::new().post(url).bearer_auth(key).json(&body).send();
        assert!(sent.await.expect("an answer").status().is_success());
    };
    let acme = json!({ "id": customer_id(1), "external_id": "acme", "profile": { "name": "0" } });
    send("/v1/customers", acme).await;
    for number in 1..=6 {
        let body = json!({ "name": number.to_string() });
        send("/v1/customers/external:acme/commands/update-profile", body).await;
    }
}

#[tokio::test]
async fn the_commands_of_the_compliance_page_work_as_printed() {
    let directory = tempfile::tempdir().expect("a directory");
    let kept = tempfile::tempdir().expect("a directory");
    let service = Service::start(directory.path()).await;
    let key = dev_key(directory.path());
    make_acme(&service, &key).await;
    let path = format!("{}:/usr/bin:/bin", binary().await.parent().expect("a folder").display());
    let url = format!("http://{}", service.address);
    let data_dir = directory.path().to_str().expect("UTF-8");
    let mut environment =
        [("PATH", &*path), ("URL", &*url), ("DOSSIER_DATA_DIR", data_dir), ("DOSSIER_KEY", &*key)];
    let blocks = blocks("compliance.md", "sh");
    // Later heads go into the same files.
    for _ in 0..2 {
        let mut all_output = String::new();
        for commands in &blocks {
            let output = sh(commands, kept.path(), &environment).await;
            all_output.push_str(&printed(commands, &output));
        }
        assert!(all_output.contains("the log is whole: 9 events"), "{all_output}");
        assert!(all_output.contains("signed heads"), "{all_output}");
        assert!(all_output.contains("ProfileUpdated"), "{all_output}");
    }

    environment[3].1 = "nobody's";
    let files =
        ["tenant.keys", "tenant.heads", "event.tlog-proof"].map(|name| kept.path().join(name));
    let before = files.each_ref().map(|file| std::fs::read(file).expect("a file"));
    let called: Vec<_> = blocks.iter().filter(|commands| commands.contains("curl")).collect();
    assert_eq!(called.len(), 2);
    for commands in called {
        // Each line by itself, ignoring failures.
        for command in commands.lines().filter(|command| command.starts_with("curl")) {
            assert!(!sh(command, kept.path(), &environment).await.status.success(), "{command}");
        }
    }
    let after = files.each_ref().map(|file| std::fs::read(file).expect("a file"));
    assert_eq!(after, before, "what is refused is kept out of the files");
    service.stop().await;
}

#[tokio::test]
async fn the_crontab_of_the_operations_page_keeps_heads_and_alerts_on_changes() {
    let directory = tempfile::tempdir().expect("a directory");
    let service = Service::start(directory.path()).await;
    make_acme(&service, &dev_key(directory.path())).await;
    let kept = tempfile::tempdir().expect("a directory");
    let configuration = kept.path().join("dossier.toml");
    let settings = format!("data_dir = '{}'\n", directory.path().display());
    std::fs::write(&configuration, settings).expect("a file");
    let here = async |commands: &str| {
        let commands = commands
            .replace("/usr/local/bin/dossier", binary().await.to_str().expect("UTF-8"))
            .replace("/etc/dossier.toml", configuration.to_str().expect("UTF-8"))
            .replace("/etc/dossier/", "")
            .replace("/mnt/elsewhere", kept.path().to_str().expect("UTF-8"))
            .replace("|| alert", "|| touch alerted");
        let path = binary().await.parent().expect("a folder").display().to_string();
        // A crontab uses absolute paths, a person needn't.
        let of_cron = commands.contains(&path);
        let path = if of_cron { "/usr/bin:/bin".to_owned() } else { path + ":/usr/bin:/bin" };
        let output = sh(&commands, kept.path(), &[("PATH", &path)]).await;
        printed(&commands, &output)
    };
    let keys = blocks("operations.md", "sh");
    let find = |part: &str| keys.iter().find(|block| block.contains(part)).expect("the commands");
    here(find("--key >")).await;
    here(find("--new-key")).await;
    let own =
        here("dossier head --config /etc/dossier.toml --log-key /etc/dossier/log-key --key").await;
    assert!(own.starts_with("logs.example.com/dossier/"), "{own}");

    let crontab = blocks("operations.md", "");
    let crontab = crontab.iter().find(|block| block.contains("dossier head")).expect("a crontab");
    let jobs: Vec<_> = crontab
        .lines()
        .map(|line| {
            let hour = line.split_inclusive(' ').filter(|field| *field != " ").take(5);
            let place = line.find("/usr/local/bin/").expect("a program's place");
            assert_eq!(hour.count(), 5, "{line}");
            &line[place..]
        })
        .collect();
    assert_eq!(jobs.len(), 3);
    for job in jobs.iter().cycle().take(6) {
        here(job).await;
    }
    let heads = std::fs::read_to_string(kept.path().join("log.heads")).expect("the heads");
    assert_eq!(heads.matches("\u{2014} ").count(), 64, "{heads}");
    let alerted = kept.path().join("alerted");
    assert!(!alerted.exists(), "the log is whole");

    let mut owner = connect(directory.path()).await;
    let edit = r#"alter table events disable trigger user;
        update events set metadata = '{"actor":"someone else"}' where position = 3"#;
    raw_sql(edit).execute(&mut owner).await.expect("what a superuser may do");
    for job in &jobs[1..] {
        here(job).await;
        assert!(alerted.exists(), "the past was changed: {job}");
        std::fs::remove_file(&alerted).expect("an alarm");
    }
    service.stop().await;
}

#[tokio::test]
async fn the_commands_of_the_readme_work_as_printed() {
    let directory = tempfile::tempdir().expect("a directory");
    let service = Service::start(directory.path()).await;
    let address = service.address.to_string();
    let key = directory.path().join("dev-key");
    let blocks = blocks("../README.md", "sh");
    assert_eq!(blocks.len(), 3, "make, a registration, a change and its history");
    let commands = format!("{}\n{}", blocks[1], blocks[2])
        .replace("127.0.0.1:8080", &address)
        .replace("/var/lib/dossier/dev-key", key.to_str().expect("UTF-8"))
        .replace("curl -s ", "curl -sSf -w '\\n' ");
    let output = sh(&commands, directory.path(), &[]).await;
    let answers = printed(&commands, &output);
    let answers: Vec<serde_json::Value> =
        answers.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let [registered, changed, now, before, events] = &answers[..] else { panic!("{answers:?}") };
    assert_eq!(registered["events"][0]["event"]["type"], "CustomerRegistered");
    assert_eq!(changed["version"], 2);
    assert_eq!(now["profile"]["address"]["city"], "Bern");
    assert_eq!(before["profile"].get("address"), None);
    assert_eq!(events["items"][0]["reason"], "TICKET-1850: the company moved");
    service.stop().await;
}
