//! A tenant that moves from one service to another, both running.

mod killed;

use std::os::unix::fs::PermissionsExt as _;

use serde_json::Value;
use tests::customer_id;

use crate::service::{Service, dev_key, fails, run, succeeds};

/// The events of an exported file, without their positions.
fn events(file: &str) -> Vec<Value> {
    let lines: Vec<&str> = file.lines().collect();
    let event = |line: &&str| {
        let mut event: Value = serde_json::from_str(line).expect("JSON");
        let members = event.as_object_mut().expect("an object");
        members.retain(|name, _| !["position", "previous_hash", "hash"].contains(&name.as_str()));
        event
    };
    lines[1..lines.len() - 1].iter().map(event).collect()
}

/// Requires that an export begins with the events of a file and ends with the record of their
/// import.
#[track_caller]
fn assert_came_from(export: &str, file: &str) {
    let (export, file) = (events(export), events(file));
    assert!(export[..file.len()] == file, "the events differ");
    assert_eq!(export[file.len()]["event_type"], "TenantImported");
}

#[tokio::test]
async fn a_tenant_moves_from_one_running_service_to_another() {
    let homes = [(); 2].map(|()| tempfile::tempdir().expect("a directory"));
    let [from, to] = homes.each_ref().map(|home| home.path().to_str().expect("UTF-8"));
    let services = [Service::start(homes[0].path()).await, Service::start(homes[1].path()).await];
    let key = dev_key(homes[0].path());
    for number in 1..=20 {
        assert_eq!(services[0].register(&key, customer_id(number)).await, 201);
    }
    let listed = succeeds(&["--data-dir", from, "tenant", "list"], &[]).await;
    let tenant = listed.split_whitespace().next().expect("a tenant").to_owned();
    let file = homes[0].path().join("tenant.ndjson");
    let path = file.to_str().expect("UTF-8");
    let export = ["--data-dir", from, "export", "--tenant", &tenant, "--output", path];
    let message = succeeds(&export, &[]).await;
    // The tenant, its first key, and twenty customers.
    assert!(message.contains("22 events"), "{message}");
    let mode = std::fs::metadata(&file).expect("the file").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let left = homes[0].path().join("tenant.ndjson.unfinished");
    assert!(!left.exists(), "it was renamed");

    // Files left by killed exports: this one and another.
    let other = homes[0].path().join("other.ndjson.unfinished");
    for killed in [&left, &other] {
        std::fs::write(killed, "half").expect("written");
    }
    let message = succeeds(&export, &[]).await;
    let reported = |file: &std::path::Path, what: &str| {
        let name = file.display().to_string();
        message.lines().any(|line| line.starts_with(&name) && line.ends_with(what))
    };
    assert!(reported(&left, "it is replaced") && reported(&other, "remove it"), "{message}");
    assert!(!left.exists() && other.exists());

    // Only the service that signed it has that key.
    let message = fails(&["--data-dir", to, "import", path], &[]).await;
    assert!(message.contains("line 24: no known key has signed the file"), "{message}");
    let keys = homes[0].path().join("log.keys");
    let printed = succeeds(&["--data-dir", from, "head", "--key"], &[]).await;
    std::fs::write(&keys, printed).expect("a file");
    let keys = keys.to_str().expect("UTF-8");
    let import = ["--data-dir", to, "import", path, "--key", keys];
    let forged = homes[0].path().join("forged.ndjson");
    let text = std::fs::read_to_string(&file).expect("the file");
    std::fs::write(&forged, text.replacen("Acme", "Evil", 1)).expect("a file");
    let import_forged = ["--data-dir", to, "import", forged.to_str().expect("UTF-8"), "--unproven"];
    assert!(fails(&import_forged, &[]).await.contains("it was changed"));
    let message = succeeds(&import, &[]).await;
    assert!(message.contains(&tenant) && message.contains("22 events"), "{message}");
    assert!(
        message.contains("proven: ") && message.contains("has signed these events"),
        "{message}"
    );
    let create =
        ["key", "create", "--tenant", &tenant, "--name", "there", "--scopes", "read,write"];
    let create: Vec<&str> = ["--data-dir", to].into_iter().chain(create).collect();
    let key = succeeds(&create, &[]).await.trim().to_owned();
    let customer = format!("/v1/customers/{}", customer_id(20));
    assert_eq!(services[1].get(&key, &customer).await.0, 200);
    let again = succeeds(&["--data-dir", to, "export", "--tenant", &tenant], &[]).await;
    assert_came_from(&again, &text);
    assert_eq!(services[1].register(&key, customer_id(21)).await, 201);
    succeeds(&["--data-dir", to, "verify"], &[]).await;
    let served = run(&["--data-dir", to, "verify", "--views", "--all"], &[]).await;
    let message = String::from_utf8_lossy(&served.stdout).into_owned();
    assert_eq!(served.status.code(), Some(0), "{message}");
    for line in ["reservations: ", "tenants: 2 rows are as", "command_results: ", "api_keys"] {
        assert!(message.contains(line), "{line} isn't in {message}");
    }

    let message = fails(&import, &[]).await;
    assert!(message.contains("is in this database already"), "{message}");
    let stranger = customer_id(1).to_string();
    let nobody = ["--data-dir", to, "export", "--tenant", &stranger, "--output", path];
    assert!(fails(&nobody, &[]).await.contains("there is no such tenant"));
    assert_eq!(std::fs::read_to_string(&file).expect("the file as it was"), text);
    for service in services {
        service.stop().await;
    }
}
