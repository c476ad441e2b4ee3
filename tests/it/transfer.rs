//! A tenant's log as a file: exported from one database, imported into another.

mod postgres_es;
mod proven;

use std::io::{Cursor, Error, Read, Seek, SeekFrom};

use domain::TenantId;
use serde_json::{Value, json};
use sqlx::{PgConnection, query_as, query_scalar};
use store::transfer::{Imported, TransferError, Trust, export, import};
use store::{Partition, TenantRef};
use tests::{
    Chance, Draft, TestApp, customer_id, expect_sound, full_names, store_behind, with_query,
};
use uuid::Uuid;

/// A tenant with ten customers with a history, and with changed settings.
async fn with_history(seed: &str) -> TestApp {
    let app = TestApp::new().await;
    let ids: Vec<_> = (0..10).map(customer_id).collect();
    Draft::history(&app.store, app.tenant, &ids, seed).await;
    app.post("/v1/tenant/commands/rename-tenant", &json!({ "name": "Renamed" })).await.expect(200);
    app
}

async fn exported(app: &TestApp, tenant: TenantId) -> Vec<u8> {
    let mut file = Vec::new();
    export(&app.database.options, tenant, None, &mut file, |_, _| {}).await.expect("an export");
    file
}

async fn imported(app: &TestApp, file: &[u8]) -> Result<Imported, TransferError> {
    import(&app.options(), Cursor::new(file), &Trust::default(), |_, _| {}).await
}

/// Requires that an export has every event of a file, byte for byte, and then the record of the
/// import.
#[track_caller]
fn assert_came_from(export: &[u8], file: &[u8]) {
    let lines = |file: &[u8]| -> Vec<String> {
        let text = String::from_utf8(file.to_vec()).expect("UTF-8");
        text.lines().map(str::to_owned).collect()
    };
    let (export, file) = (lines(export), lines(file));
    let events = file.len() - 1;
    assert_eq!(export[..events], file[..events]);
    assert_eq!(export.len(), file.len() + 1, "one event more");
    assert!(export[events].contains("TenantImported"), "{}", export[events]);
}

/// Another database with a recent event of a tenant in the same partition.
async fn elsewhere(partition: Partition) -> TestApp {
    let app = TestApp::new().await;
    let id = loop {
        let id = Uuid::new_v4();
        if Partition::of_new(TenantId(id)) == partition {
            break id;
        }
    };
    let tenant = server::tenants::create_tenant(&app.store, id, "neighbour").await;
    let app = app.called_by(tenant.expect("a tenant")).await;
    app.register(customer_id(1), "A neighbour").await;
    app
}

/// The stored rows of a tenant's state, without the event that an import adds.
async fn rows(connection: &mut PgConnection, tenant: TenantRef) -> Vec<String> {
    query_scalar(
        "select concat_ws(' ', partition, tenant_id, state, created_at, created_by)
           from tenants where tenant_id = $1
         union all
         select to_json(c)::text from customers as c where tenant_id = $1
         union all
         select to_json(r)::text from reservations as r where tenant_id = $1
          order by 1",
    )
    .bind(tenant.id.0)
    .fetch_all(connection)
    .await
    .expect("rows")
}

/// The positions of all heads: unchanged if nothing was imported.
async fn heads(app: &TestApp) -> Vec<(i16, i64)> {
    let mut owner = app.database.connect().await;
    let heads = query_as("select partition, position from log_heads order by partition");
    heads.fetch_all(&mut owner).await.expect("the heads")
}

async fn listed(app: &TestApp) -> Vec<Value> {
    app.settle().await;
    app.list("/v1/customers", &[], 3).await
}

#[tokio::test]
async fn an_imported_tenant_is_equal_and_its_exports_are_the_same_bytes() {
    let here = with_history("transfer").await;
    let file = exported(&here, here.tenant.id).await;
    let there = elsewhere(here.tenant.partition).await;
    let Imported { tenant, events, .. } = imported(&there, &file).await.expect("an import");
    assert_eq!(tenant, here.tenant.id);
    assert_eq!(
        usize::try_from(events).expect("a number") + 2,
        file.split(|b| *b == b'\n').count() - 1
    );

    assert_came_from(&exported(&there, tenant).await, &file);
    let (mut at_home, mut abroad) = (here.database.connect().await, there.database.connect().await);
    assert_eq!(rows(&mut abroad, here.tenant).await, rows(&mut at_home, here.tenant).await);
    expect_sound(&mut abroad).await;
    let guest = there.called_by(here.tenant).await;
    assert_eq!(listed(&guest).await, listed(&here).await);
}

#[tokio::test]
async fn an_imported_tenant_can_be_changed_and_read_like_any_other() {
    let here = with_history("goes on").await;
    let there = elsewhere(here.tenant.partition).await;
    let file = exported(&here, here.tenant.id).await;
    // The neighbour's writer has the partition's old state cached.
    imported(&there, &file).await.expect("an import");
    let guest = there.called_by(here.tenant).await;
    Draft::note(guest.tenant, customer_id(0), "after the import")
        .send(&there.store)
        .await
        .expect("an answer");
    guest.register(customer_id(77), "New").await;
    there.register(customer_id(2), "Another neighbour").await;
    let mut owner = there.database.connect().await;
    expect_sound(&mut owner).await;
    let back: i64 = query_scalar(
        "select count(*) from events as e
           join events as n on n.tenant_id = e.tenant_id and n.position > e.position
          where n.recorded_at < e.recorded_at",
    )
    .fetch_one(&mut owner)
    .await
    .expect("a count");
    assert_eq!(back, 0, "a tenant's time goes back");
}

/// The audit between two times, newest first, without what differs between databases.
async fn audited(app: &TestApp, after: &str, before: &str) -> Vec<Value> {
    let asked = [("after", after), ("before", before), ("order", "newest"), ("limit", "200")];
    let (mut items, mut cursor) = (Vec::new(), None::<String>);
    loop {
        let mut asked = asked.to_vec();
        asked.extend(cursor.as_deref().map(|cursor| ("cursor", cursor)));
        let page = app.get(&with_query("/v1/audit", &asked)).await.expect(200).json();
        items.extend(page["items"].as_array().expect("items").iter().cloned());
        cursor = page["next_cursor"].as_str().map(str::to_owned);
        if cursor.is_none() {
            break;
        }
    }
    items.retain(|item| item["type"] != "TenantImported");
    for item in &mut items {
        // Keys are not imported, so they have no names there.
        let item = item.as_object_mut().expect("an object");
        item.retain(|name, _| !["position", "api_key_name"].contains(&&**name));
    }
    items
}

#[tokio::test]
async fn the_audit_by_time_is_unchanged_for_an_imported_tenant_and_its_neighbour() {
    let here = with_history("audit").await;
    let file = exported(&here, here.tenant.id).await;
    let there = elsewhere(here.tenant.partition).await;
    imported(&there, &file).await.expect("an import");
    let guest = there.called_by(here.tenant).await;
    there.register(customer_id(2), "Another").await;
    for app in [&here, &there] {
        app.settle().await;
    }
    let (begun, end) = ("2000-01-01T00:00:00Z", "2100-01-01T00:00:00Z");
    for (of, like) in [(&guest, &here), (&there, &there)] {
        let all = audited(like, begun, end).await;
        assert!(all.len() > 2, "{all:?}");
        for nth in (0..all.len()).step_by(all.len().div_ceil(12)) {
            let at = all[nth]["recorded_at"].as_str().expect("a time");
            let time = |item: &Value| item["recorded_at"].as_str().expect("a time").to_owned();
            let earlier: Vec<_> = all.iter().filter(|item| &*time(item) < at).cloned().collect();
            let later: Vec<_> = all.iter().filter(|item| &*time(item) >= at).cloned().collect();
            assert_eq!(audited(of, begun, at).await, earlier, "before {at}");
            assert_eq!(audited(of, at, end).await, later, "from {at}");
        }
    }
}

#[tokio::test]
async fn events_of_older_versions_are_exported_and_imported_unchanged() {
    let here = TestApp::with_upcasters(full_names()).await;
    here.register(customer_id(1), "Acme").await;
    let older = json!({ "full_name": "Ada of old" });
    store_behind(&here, customer_id(1), "ProfileUpdated", "0.9", &older).await;
    let file = exported(&here, here.tenant.id).await;
    let there = TestApp::with_upcasters(full_names()).await;
    let options = store::Options { upcasters: full_names(), ..there.options() };
    import(&options, Cursor::new(&file), &Trust::default(), |_, _| {}).await.expect("an import");
    assert_came_from(&exported(&there, here.tenant.id).await, &file);
    let customer = format!("/v1/customers/{}", customer_id(1));
    let found = there.called_by(here.tenant).await.get(&customer).await.expect(200).json();
    assert_eq!(found["profile"]["name"], "Ada of old");

    // A release that doesn't know the event version imports nothing.
    let stranger = TestApp::new().await;
    let before = heads(&stranger).await;
    let refused = imported(&stranger, &file).await.expect_err("a refusal");
    assert!(refused.to_string().contains("ProfileUpdated, event 2"), "{refused}");
    assert_eq!(heads(&stranger).await, before);
}

#[tokio::test]
async fn an_existing_tenant_is_not_imported_again() {
    let here = with_history("again").await;
    let file = exported(&here, here.tenant.id).await;
    let before = heads(&here).await;
    let refused = imported(&here, &file).await.expect_err("a refusal");
    assert!(refused.to_string().contains("is in this database already"), "{refused}");
    assert_eq!(heads(&here).await, before);

    let there = TestApp::new().await;
    imported(&there, &file).await.expect("an import");
    imported(&there, &file).await.expect_err("a refusal");
    expect_sound(&mut there.database.connect().await).await;
}

/// The file with one error.
fn damaged(file: &[u8], chance: &mut Chance) -> (String, Vec<u8>) {
    let mut below = |length: usize| {
        let length = u64::try_from(length).expect("a length");
        usize::try_from(chance.below(length)).expect("a place")
    };
    let mut lines: Vec<_> = file.split_inclusive(|byte| *byte == b'\n').collect();
    let nth = below(lines.len());
    match below(5) {
        0 => {
            let mut file = file.to_vec();
            let (at, bit) = (below(file.len()), below(8));
            file[at] ^= 1 << bit;
            (format!("bit {bit} of byte {at}"), file)
        }
        1 => {
            lines.remove(nth);
            (format!("line {nth} missing"), lines.concat())
        }
        2 => {
            lines.insert(nth, lines[nth]);
            (format!("line {nth} twice"), lines.concat())
        }
        3 => {
            let nth = nth.max(1);
            lines.swap(nth - 1, nth);
            (format!("line {nth} before the one before"), lines.concat())
        }
        _ => {
            let at = below(file.len());
            (format!("cut off at {at}"), file[..at].to_vec())
        }
    }
}

#[tokio::test]
async fn a_damaged_file_is_refused_and_leaves_nothing() {
    let here = with_history("damaged").await;
    let file = exported(&here, here.tenant.id).await;
    let there = TestApp::new().await;
    let before = heads(&there).await;
    let mut chance = Chance::seeded("damaged files");
    for _ in 0..300 {
        let (what, file) = damaged(&file, &mut chance);
        let refused = imported(&there, &file).await.expect_err(&what);
        assert!(matches!(refused, TransferError::Damaged { .. }), "{what}: {refused}");
    }
    assert_eq!(heads(&there).await, before);
    imported(&there, &file).await.expect("the file as it was");
}

/// A file that fails in the middle of the second read.
struct Failing(Cursor<Vec<u8>>, bool);

impl Read for Failing {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let half = u64::try_from(self.0.get_ref().len() / 2).unwrap_or_default();
        if self.1 && self.0.position() > half {
            return Err(Error::other("the disk is gone"));
        }
        let most = buffer.len().min(1_000);
        self.0.read(&mut buffer[..most])
    }
}

impl Seek for Failing {
    fn seek(&mut self, to: SeekFrom) -> std::io::Result<u64> {
        self.1 = true;
        self.0.seek(to)
    }
}

#[tokio::test]
async fn an_interrupted_import_leaves_nothing_and_can_be_repeated() {
    let here = with_history("half way").await;
    let file = exported(&here, here.tenant.id).await;
    let there = TestApp::new().await;
    let before = heads(&there).await;
    let failing = Failing(Cursor::new(file.clone()), false);
    let mut stored = 0;
    let trust = Trust::default();
    let failed = import(&there.options(), failing, &trust, |done, _| stored = done).await;
    assert!(matches!(failed, Err(TransferError::Io(_))), "{failed:?}");
    assert!(stored > 10, "it was under way");
    assert_eq!(heads(&there).await, before);
    imported(&there, &file).await.expect("an import");
    expect_sound(&mut there.database.connect().await).await;
}

#[tokio::test]
async fn a_tenant_is_imported_while_others_of_its_partition_are_served() {
    let here = with_history("served").await;
    let file = exported(&here, here.tenant.id).await;
    let there = elsewhere(here.tenant.partition).await;
    let ids: Vec<_> = (10..20).map(customer_id).collect();
    let writing = Draft::history(&there.store, there.tenant, &ids, "neighbours");
    let ((), imported) = tokio::join!(writing, imported(&there, &file));
    imported.expect("an import");
    expect_sound(&mut there.database.connect().await).await;
    assert_came_from(&exported(&there, here.tenant.id).await, &file);
}

#[tokio::test]
async fn an_unknown_tenant_is_not_exported() {
    let app = TestApp::new().await;
    let mut file = Vec::new();
    let nobody = TenantId(Uuid::new_v4());
    let refused = export(&app.database.options, nobody, None, &mut file, |_, _| {}).await;
    assert!(matches!(refused, Err(TransferError::Unknown)), "{refused:?}");
    assert!(file.is_empty());
}
