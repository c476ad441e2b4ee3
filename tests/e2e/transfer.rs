//! A tenant that moves from one service to another, both running.

mod killed;

use std::os::unix::fs::PermissionsExt as _;

use tests::customer_id;

use crate::service::{Service, dev_key, fails, succeeds};

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
    let told = succeeds(&export, &[]).await;
    assert!(told.contains("21 events"), "{told}");
    let mode = std::fs::metadata(&file).expect("the file").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let left = homes[0].path().join("tenant.ndjson.unfinished");
    assert!(!left.exists(), "it was renamed");

    // What exports leave that are killed: this one and another.
    let other = homes[0].path().join("other.ndjson.unfinished");
    for killed in [&left, &other] {
        std::fs::write(killed, "half").expect("written");
    }
    let told = succeeds(&export, &[]).await;
    let reported = |file: &std::path::Path, what: &str| {
        let name = file.display().to_string();
        told.lines().any(|line| line.starts_with(&name) && line.ends_with(what))
    };
    assert!(reported(&left, "it is replaced") && reported(&other, "remove it"), "{told}");
    assert!(!left.exists() && other.exists());

    let told = succeeds(&["--data-dir", to, "import", path], &[]).await;
    assert!(told.contains(&tenant) && told.contains("21 events"), "{told}");
    let create =
        ["key", "create", "--tenant", &tenant, "--name", "there", "--scopes", "read,write"];
    let create: Vec<&str> = ["--data-dir", to].into_iter().chain(create).collect();
    let key = succeeds(&create, &[]).await.trim().to_owned();
    let customer = format!("/v1/customers/{}", customer_id(20));
    assert_eq!(services[1].get(&key, &customer).await.0, 200);
    let again = succeeds(&["--data-dir", to, "export", "--tenant", &tenant], &[]).await;
    assert_eq!(again.as_bytes(), std::fs::read(&file).expect("the file"));
    assert_eq!(services[1].register(&key, customer_id(21)).await, 201);
    succeeds(&["--data-dir", to, "verify"], &[]).await;

    let told = fails(&["--data-dir", to, "import", path], &[]).await;
    assert!(told.contains("is in this database already"), "{told}");
    let stranger = customer_id(1).to_string();
    let nobody = ["--data-dir", to, "export", "--tenant", &stranger, "--output", path];
    assert!(fails(&nobody, &[]).await.contains("there is no such tenant"));
    assert_eq!(std::fs::read(&file).expect("the file as it was"), again.as_bytes());
    for service in services {
        service.stop().await;
    }
}
