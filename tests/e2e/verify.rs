//! `dossier verify`, `head` and `verify-proof`, with heads kept elsewhere.

use sqlx::raw_sql;
use tests::customer_id;

use crate::service::{Service, connect, dev_key, run, succeeds};

/// Exit code, standard output and standard error.
async fn run_dossier(arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = run(arguments, &[]).await;
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[tokio::test]
async fn a_kept_head_reveals_where_the_past_was_changed() {
    let directory = tempfile::tempdir().expect("a directory");
    let data_dir = directory.path().to_str().expect("UTF-8");
    let service = Service::start(directory.path()).await;
    let key = dev_key(directory.path());
    for number in 0..5 {
        assert_eq!(service.register(&key, customer_id(number)).await, 201);
    }
    let file = |name: &str, text: &str| {
        let file = directory.path().join(name);
        std::fs::write(&file, text).expect("a file");
        file.to_str().expect("UTF-8").to_owned()
    };
    let heads = succeeds(&["--data-dir", data_dir, "head"], &[]).await;
    let heads = file("heads", &heads);
    let keys = file("keys", &succeeds(&["--data-dir", data_dir, "head", "--key"], &[]).await);
    assert_eq!(service.register(&key, customer_id(5)).await, 201);

    let path = format!("/v1/customers/{}/events/1/proof", customer_id(0));
    let url = format!("http://{}{path}", service.address);
    let proof = reqwest::Client::new().get(url).bearer_auth(&key).send().await;
    let proof = proof.expect("an answer").text().await.expect("a proof");
    let (proof, other) =
        (file("proof", &proof), file("other", &proof.replace("index ", "index 9")));
    let shown = succeeds(&["verify-proof", &proof, "--key", &keys], &[]).await;
    assert!(shown.contains("CustomerRegistered"), "{shown}");
    assert_eq!(run_dossier(&["verify-proof", &other, "--key", &keys]).await.0, Some(1));
    assert_eq!(run_dossier(&["verify-proof", &heads, "--key", &keys]).await.0, Some(2));
    assert_eq!(run_dossier(&["verify-proof", &proof, "--key", "nowhere"]).await.0, Some(2));

    let verify = ["--data-dir", data_dir, "verify"];
    let against = [&verify[..], &["--against", &heads, "--key", &keys]].concat();
    let whole = succeeds(&verify, &[]).await;
    assert!(whole.starts_with("the log is whole: 8 events"), "{whole}");
    let extended = succeeds(&against, &[]).await;
    assert!(extended.contains("the log of the 32 signed heads"), "{extended}");
    let own = [&verify[..], &["--against", &heads]].concat();
    succeeds(&own, &[]).await;
    let stranger =
        file("stranger", "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW\n");
    let unknown = [&verify[..], &["--against", &heads, "--key", &stranger]].concat();
    let (code, _, why) = run_dossier(&unknown).await;
    assert_eq!(
        (code, why.contains("isn't signed by a key that is known")),
        (Some(2), true),
        "{why}"
    );

    let mut owner = connect(directory.path()).await;
    let cut = "alter table events disable trigger user;
        delete from events where position = (select max(position) from events);
        delete from customers where customer_id = '0190a0a0-0000-7000-8000-000000000005';
        update log_heads as h set (position, hash, recorded_at) =
          (select position, hash, recorded_at from events as e
          where e.partition = h.partition order by position desc limit 1) where position > 0";
    raw_sql(cut).execute(&mut owner).await.expect("what a superuser may do");
    // Nothing protects events after the kept head.
    succeeds(&against, &[]).await;
    raw_sql(&cut.replace("000005", "000004")).execute(&mut owner).await.expect("as before");
    succeeds(&verify, &[]).await;
    let (code, found, _) = run_dossier(&against).await;
    assert_eq!(code, Some(1), "{found}");
    assert!(found.contains("position 7: cut off: a signed head has 7 events"), "{found}");

    let edit = r#"update events set metadata = '{"actor":"someone else"}' where position = 4"#;
    raw_sql(edit).execute(&mut owner).await.expect("as before");
    let (code, found, why) = run_dossier(&verify).await;
    let customer = format!("customer {}, version 1: edited", customer_id(1));
    assert_eq!((code, found.contains(&customer)), (Some(1), true), "{found} {why}");
    service.stop().await;

    let (code, _, why) =
        run_dossier(&["verify", "--database-url", "postgres://x@127.0.0.1:1/x"]).await;
    assert_eq!((code, why.contains("not verified")), (Some(2), true), "{why}");
}
