//! The operator's commands, with and without a running service.

use std::time::{Duration, Instant};

use sqlx::query_scalar;
use tests::customer_id;
use uuid::Uuid;

use crate::service::{Service, connect, dev_key, fails, succeeds};

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

#[tokio::test]
async fn the_private_postgresql_runs_with_the_settings_that_are_shown() {
    let directory = tempfile::tempdir().expect("a directory");
    let data_dir = directory.path().to_str().expect("UTF-8");
    let memory = ["--data-dir", data_dir, "--pg-memory-mib", "1500"];
    let shown = succeeds(&[&memory[..], &["config", "check"]].concat(), &[]).await;
    let (_, shown) = shown.split_once("The private PostgreSQL").expect("its settings");
    let settings: Vec<_> = shown.lines().filter_map(|line| line.split_once(" = ")).collect();
    assert!(settings.contains(&("shared_buffers", "128MB")), "{shown}");
    assert!(settings.contains(&("effective_cache_size", "750MB")), "{shown}");

    let service = Service::start_with(&memory, &[], "dossier is at").await;
    let mut owner = connect(directory.path()).await;
    for (name, value) in settings {
        // Debian builds with lz4.
        let (value, _) = value.split_once(", if").unwrap_or((value, ""));
        // Others use the disk meanwhile.
        let same = "select case when $1 = 'max_wal_size'
                                then abs(pg_size_bytes(current_setting($1)) - pg_size_bytes($2))
                                     < pg_size_bytes('1GB')
                                when $2 like '%MB'
                                then pg_size_bytes(current_setting($1)) = pg_size_bytes($2)
                                else current_setting($1) = $2 end";
        let same: bool = query_scalar(same)
            .bind(name)
            .bind(value)
            .fetch_one(&mut owner)
            .await
            .expect("a setting");
        assert!(same, "{name} isn't {value}");
    }
    service.stop().await;
}

#[tokio::test]
async fn searches_on_the_private_postgresql_have_a_lower_priority() {
    let directory = tempfile::tempdir().expect("a directory");
    let service = Service::start(directory.path()).await;
    let key = dev_key(directory.path());
    assert_eq!(service.register(&key, customer_id(1)).await, 201);
    for path in ["/v1/customers?search=acme", "/v1/customers"] {
        assert_eq!(service.get(&key, path).await.0, 200);
    }
    let sessions: Vec<i32> = query_scalar(
        "select pid from pg_stat_activity
          where application_name = 'dossier' and backend_type = 'client backend'",
    )
    .fetch_all(&mut connect(directory.path()).await)
    .await
    .expect("sessions");
    assert!(sessions.len() > 3, "writers, followers and readers: {sessions:?}");
    let lowered = sessions.iter().filter(|process| niceness(**process) == 10).count();
    assert_eq!(lowered, 1, "the session of the search, and no other of {sessions:?}");
    service.stop().await;
}

/// The niceness of a process (proc(5), field 19 of `stat`).
fn niceness(process: i32) -> i32 {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).expect("a process");
    let (_, fields) = stat.rsplit_once(") ").expect("a name");
    fields.split(' ').nth(16).and_then(|field| field.parse().ok()).expect("a niceness")
}
