//! The operator's commands, with and without a running service.

use std::time::{Duration, Instant};

use tests::customer_id;
use uuid::Uuid;

use crate::service::{Service, dev_key, fails, succeeds};

#[tokio::test]
async fn tenants_and_keys_are_managed_while_the_service_runs() {
    let directory = tempfile::tempdir().expect("a directory");
    let data_dir = directory.path().to_str().expect("UTF-8");
    let service = Service::start(directory.path()).await;
    let on = |arguments: &[&str]| {
        let arguments: Vec<String> =
            ["--data-dir", data_dir].iter().chain(arguments).map(|&text| text.to_owned()).collect();
        async move { succeeds(&arguments.iter().map(String::as_str).collect::<Vec<_>>(), &[]).await }
    };
    let tenant = on(&["tenant", "create", "--name", "Initech"]).await.trim().to_owned();
    tenant.parse::<Uuid>().expect("an id");
    let listed = on(&["tenant", "list"]).await;
    assert_eq!(listed.lines().count(), 2, "{listed}");
    assert!(listed.lines().any(|line| line.contains(&tenant) && line.ends_with("Initech")));

    let create =
        ["key", "create", "--tenant", &tenant, "--name", "billing", "--scopes", "read,write"];
    let key = on(&create).await.trim().to_owned();
    assert_eq!(service.register(&key, customer_id(1)).await, 201);
    // It is the other tenant's customer.
    let path = format!("/v1/customers/{}", customer_id(1));
    assert_eq!(service.get(&dev_key(directory.path()), &path).await.0, 404);

    let listed = on(&["key", "list", "--tenant", &tenant]).await;
    assert!(listed.contains("billing") && listed.contains("read,write"), "{listed}");
    assert!(!listed.contains(&key), "the key itself isn't shown again");
    let id = listed.split_whitespace().next().expect("an id").to_owned();
    on(&["key", "revoke", &id]).await;
    let begun = Instant::now();
    while service.get(&key, &path).await.0 != 401 {
        assert!(begun.elapsed() < Duration::from_secs(10), "a revoked key goes on working");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let listed = on(&["key", "list", "--tenant", &tenant]).await;
    assert!(listed.contains("revoked"), "{listed}");
    service.stop().await;

    // The same without a service.
    assert_eq!(on(&["tenant", "list"]).await.lines().count(), 2);
    let unknown = ["--data-dir", data_dir, "key", "revoke", "nobody"];
    assert!(fails(&unknown, &[]).await.contains("no such key"));
}

#[tokio::test]
async fn the_configuration_is_shown_without_secrets_and_its_mistakes_all_at_once() {
    let url = [("DATABASE_URL", "postgres://someone:hush@localhost/dossier")];
    let shown = succeeds(&["config", "check", "--queue-max", "77"], &url).await;
    assert!(shown.lines().any(|line| line.contains("77")), "{shown}");
    assert!(!shown.contains("hush"), "{shown}");

    let mistakes = ["--listen", "nowhere", "--queue-max", "0", "--log-format", "xml"];
    let environment = [("DOSSIER_BATCH_MAX", "many"), ("DATABASE_URL", "mysql://secret@host")];
    for what in [["config", "check"].as_slice(), &["serve"], &["tenant", "list"]] {
        let arguments: Vec<&str> = mistakes.iter().chain(what).copied().collect();
        let message = fails(&arguments, &environment).await;
        for name in ["listen", "queue-max", "log-format", "BATCH_MAX", "DATABASE_URL"] {
            assert!(message.contains(name), "{name} isn't in: {message}");
        }
        assert!(!message.contains("secret"), "{message}");
    }
}
