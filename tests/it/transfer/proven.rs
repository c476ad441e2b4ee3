//! Signed exports: changed files are refused, and unproven ones are marked.

use std::fmt::Write as _;
use std::io::Cursor;

use domain::TenantId;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use store::Partition;
use store::log::{Hash, Link, LogKey};
use store::transfer::{Imported, TransferError, Trust, export, import};
use tests::{TestApp, customer_id, log_key};
use uuid::Uuid;

use super::{assert_came_from, elsewhere, exported, heads, imported, with_history};

async fn signed(app: &TestApp) -> Vec<u8> {
    let (mut file, key) = (Vec::new(), log_key());
    let written =
        export(&app.database.options, app.tenant.id, Some(&key), &mut file, |_, _| {}).await;
    written.expect("an export");
    file
}

/// Accepts the key's signatures.
fn trusting(key: &LogKey) -> Trust {
    let verifiers = Partition::all().map(|partition| key.verifier(partition)).collect();
    Trust { verifiers, ..Trust::default() }
}

async fn import_with(app: &TestApp, file: &[u8], trust: &Trust) -> Result<Imported, TransferError> {
    import(&app.options(), Cursor::new(file), trust, |_, _| {}).await
}

/// The audit's entry of a tenant's import.
async fn provenance(app: &TestApp) -> Value {
    app.settle().await;
    let asked = "/v1/audit?type=TenantImported";
    let page = app.get(asked).await.expect(200).json();
    let [item] = &page["items"].as_array().expect("items")[..] else { panic!("{page}") };
    item.clone()
}

/// The lines of a file as JSON.
fn lines(file: &[u8]) -> Vec<Value> {
    let text = std::str::from_utf8(file).expect("UTF-8");
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

fn base64(hash: &Hash) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(hash)
}

fn hex(digest: Sha256) -> String {
    let mut text = String::new();
    for byte in digest.finalize() {
        write!(text, "{byte:02x}").expect("a string takes it");
    }
    text
}

fn from_base64(text: &Value) -> Hash {
    use base64::Engine as _;
    let text = text.as_str().expect("a hash");
    let hash = base64::engine::general_purpose::STANDARD.decode(text).expect("base64");
    hash.try_into().expect("a hash")
}

/// Changes one value, and recomputes every hash that needs no key: those of the chain, and that of
/// the lines in the last line and in the manifest.
fn rewritten(file: &[u8]) -> Vec<u8> {
    let text = std::str::from_utf8(file).expect("UTF-8").replace("Renamed", "Defaced");
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let first: Value = serde_json::from_str(&lines[0]).expect("JSON");
    let tenant: Uuid = first["tenant_id"].as_str().expect("an id").parse().expect("an id");
    let partition = i16::try_from(first["partition"].as_i64().expect("a number")).expect("small");
    let last = lines.len() - 1;
    let mut before = [0; 32];
    for line in &mut lines[1..last] {
        let event: Value = serde_json::from_str(line).expect("JSON");
        if event["previous_hash"].is_string() {
            before = from_base64(&event["previous_hash"]);
        }
        let text = |name: &str| event[name].as_str().expect("a text");
        let raw = |from: &str, until: &str| {
            let from = line.find(from).expect("a member") + from.len();
            line[from..line.rfind(until).expect("a member")].to_owned()
        };
        let (payload, metadata) =
            (raw(r#""payload":"#, r#","metadata":"#), raw(r#","metadata":"#, r#","position":"#));
        let link = Link {
            partition,
            position: event["position"].as_i64().expect("a number"),
            tenant_id: tenant,
            aggregate_type: text("aggregate_type"),
            aggregate_id: text("aggregate_id"),
            sequence: event["sequence"].as_i64().expect("a number"),
            event_type: text("event_type"),
            event_version: text("event_version"),
            payload: &payload,
            metadata: &metadata,
            recorded_at: text("recorded_at").parse().expect("a time"),
        };
        let hash = link.hash(&before);
        *line = line.replace(text("hash"), &base64(&hash));
        before = hash;
    }
    let mut digest = Sha256::new();
    for line in &lines[..last] {
        digest.update(line);
        digest.update("\n");
    }
    let digest = hex(digest);
    let end: Value = serde_json::from_str(&lines[last]).expect("JSON");
    lines[last] = lines[last].replace(end["sha256"].as_str().expect("a hash"), &digest);
    (lines.join("\n") + "\n").into_bytes()
}

#[tokio::test]
async fn a_signed_export_is_proven_and_the_audit_shows_the_key() {
    let here = with_history("proven").await;
    let file = signed(&here).await;
    let there = elsewhere(here.tenant.partition).await;
    let trust = Trust { signed_only: true, ..trusting(&log_key()) };
    let came = import_with(&there, &file, &trust).await.expect("an import");
    assert!(came.provenance.proven, "{came:?}");
    assert_came_from(
        &exported(&there, here.tenant.id).await,
        &exported(&here, here.tenant.id).await,
    );
    let guest = there.called_by(here.tenant).await;
    let item = provenance(&guest).await;
    let data = &item["data"];
    assert_eq!((&data["source"], &data["proven"]), (&json!("export"), &json!(true)), "{item}");
    let name = format!("log.test/{}", here.tenant.partition);
    assert_eq!(data["signed_by"], json!(name));
    let last = lines(&file).pop().expect("a last line");
    assert_eq!((&data["sha256"], &data["events"]), (&last["sha256"], &last["events"]));
    let head = here.store.log_head(here.tenant).await.expect("a head");
    assert_eq!(data["head_size"], json!(head.size));
    assert_eq!(data["head_root"], json!(base64(&head.root)));
}

#[tokio::test]
async fn an_export_with_a_changed_value_and_recomputed_hashes_is_refused() {
    let here = with_history("rewritten").await;
    let file = signed(&here).await;
    let forged = rewritten(&file);
    assert_ne!(forged, file);
    let there = TestApp::new().await;
    let before = heads(&there).await;
    for unproven in [false, true] {
        let trust = Trust { unproven, ..trusting(&log_key()) };
        let refused = import_with(&there, &forged, &trust).await.expect_err("a refusal");
        let TransferError::Damaged { line, why } = refused else { panic!("{refused:?}") };
        assert_eq!(usize::try_from(line).expect("a number"), lines(&file).len());
        assert!(why.contains("the signature isn't one of these lines"), "{why}");
    }
    assert_eq!(heads(&there).await, before);
    // Without a known key the import must be given --unproven.
    import_with(&there, &forged, &Trust::default()).await.expect_err("a refusal");
    import_with(&there, &file, &trusting(&log_key())).await.expect("the file as it was");
}

#[tokio::test]
async fn a_changed_line_is_named_even_if_the_file_s_hash_was_recomputed() {
    let here = with_history("one line").await;
    let file = signed(&here).await;
    let text = String::from_utf8(file.clone()).expect("UTF-8");
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let whole = |lines: &[String]| {
        let (end, lines) = lines.split_last().expect("a last line");
        let mut digest = Sha256::new();
        for line in lines {
            digest.update(line);
        }
        let digest = hex(digest);
        let end_before: Value = serde_json::from_str(end).expect("JSON");
        let end = end.replace(end_before["sha256"].as_str().expect("a hash"), &digest);
        (lines.concat() + &end).into_bytes()
    };
    let owned = || lines.iter().map(|line| (*line).to_owned()).collect::<Vec<_>>();
    let there = TestApp::new().await;
    let trust = trusting(&log_key());
    let renamed = lines.iter().position(|line| line.contains("TenantRenamed")).expect("a line");

    let mut edited = owned();
    edited[renamed] = edited[renamed].replace("Renamed\"}", "Defaced\"}");
    let mut missing = owned();
    missing.remove(3);
    let mut swapped = owned();
    swapped.swap(3, 4);
    let mut twice = owned();
    twice.insert(3, lines[3].to_owned());
    for (what, file, at) in [
        ("edited", edited, renamed),
        ("missing", missing, 3),
        ("swapped", swapped, 3),
        ("twice", twice, 4),
    ] {
        let refused = import_with(&there, &whole(&file), &trust).await.expect_err(what);
        let TransferError::Damaged { line, why } = refused else { panic!("{what}: {refused:?}") };
        let named = usize::try_from(line).expect("a number") - 1;
        // Without its line a lone tenant's chain breaks at the next event, a shared partition's at
        // the end.
        assert!(named == at || what == "missing", "{what}: line {line}: {why}");
    }
}

#[tokio::test]
async fn lines_of_another_tenant_or_another_export_are_refused() {
    let here = with_history("mixed").await;
    let earlier = signed(&here).await;
    here.register(customer_id(90), "Later").await;
    let later = signed(&here).await;
    let end = |file: &[u8]| -> Vec<String> {
        let text = String::from_utf8(file.to_vec()).expect("UTF-8");
        text.split_inclusive('\n').map(str::to_owned).collect()
    };
    let (earlier, later) = (end(&earlier), end(&later));
    let mut mixed = later.clone();
    *mixed.last_mut().expect("a line") = earlier.last().expect("a line").clone();
    let mut cut = later.clone();
    cut.remove(later.len() - 2);
    let there = TestApp::new().await;
    for file in [mixed, cut] {
        let trust = trusting(&log_key());
        let refused = import_with(&there, file.concat().as_bytes(), &trust).await;
        assert!(matches!(refused, Err(TransferError::Damaged { .. })), "{refused:?}");
    }
    // An older export is genuine, too: the head in its manifest shows its age.
    let genuine = import_with(&there, earlier.concat().as_bytes(), &trusting(&log_key())).await;
    genuine.expect("an import");
}

#[tokio::test]
async fn a_file_signed_by_an_unknown_key_needs_unproven_and_is_marked() {
    let here = with_history("unknown key").await;
    let file = signed(&here).await;
    let stranger = LogKey::from_random("stranger", [9; 32]).expect("a key");
    let there = TestApp::new().await;
    let trust = trusting(&stranger);
    let refused = import_with(&there, &file, &trust).await.expect_err("a refusal");
    assert!(refused.to_string().contains("no known key has signed the file"), "{refused}");
    let trust = Trust { unproven: true, ..trust };
    let came = import_with(&there, &file, &trust).await.expect("an import");
    assert!(!came.provenance.proven, "{came:?}");
    let guest = there.called_by(here.tenant).await;
    assert_eq!(provenance(&guest).await["data"]["proven"], json!(false));
}

#[tokio::test]
async fn an_unsigned_export_is_imported_and_marked_as_unproven() {
    let here = with_history("unsigned").await;
    let file = exported(&here, here.tenant.id).await;
    let there = TestApp::new().await;
    let strict = Trust { signed_only: true, ..trusting(&log_key()) };
    let refused = import_with(&there, &file, &strict).await.expect_err("a refusal");
    assert!(refused.to_string().contains("the file isn't signed"), "{refused}");
    imported(&there, &file).await.expect("an import");
    let guest = there.called_by(here.tenant).await;
    let data = provenance(&guest).await["data"].clone();
    assert_eq!((&data["proven"], &data["signed_by"]), (&json!(false), &Value::Null), "{data}");
}

#[tokio::test]
async fn an_event_that_was_changed_in_the_database_is_not_signed() {
    let here = with_history("laundered").await;
    let mut owner = here.database.connect().await;
    super::super::tampering::run(
        &mut owner,
        "alter table events disable trigger user;
         update events set payload = replace(payload::text, 'Renamed\"}', 'Defaced\"}')::json
          where event_type = 'TenantRenamed'",
    )
    .await;
    let key = log_key();
    let tenant: TenantId = here.tenant.id;
    let refused =
        export(&here.database.options, tenant, Some(&key), &mut Vec::new(), |_, _| {}).await;
    let refused = refused.expect_err("a refusal");
    assert!(refused.to_string().contains("isn't as it was written"), "{refused}");
}

#[tokio::test]
async fn verify_finds_an_import_event_without_its_record() {
    let here = with_history("record").await;
    let file = signed(&here).await;
    let there = elsewhere(here.tenant.partition).await;
    import_with(&there, &file, &trusting(&log_key())).await.expect("an import");
    let mut owner = there.database.connect().await;
    let partition = here.tenant.partition;
    let verify = store::log::verify_snapshot;
    let found = verify(&mut owner, &[partition], &[]).await.expect("a check");
    assert!(found[0].is_whole(), "{found:?}");
    for tamper in [
        "update imports set last_position = last_position - 1",
        "update imports set first_position = first_position + 1",
        "update imports set after = after + interval '1 second'",
        "update imports set tenant_id = gen_random_uuid()",
        "delete from imports",
    ] {
        super::super::tampering::run(&mut owner, "begin").await;
        super::super::tampering::run(&mut owner, tamper).await;
        let found = verify(&mut owner, &[partition], &[]).await.expect("a check");
        super::super::tampering::run(&mut owner, "rollback").await;
        assert!(!found[0].is_whole(), "{tamper}");
    }
}
