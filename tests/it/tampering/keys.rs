//! Keys are changed behind the service's back: each change shows against the events of the keys.

use std::num::NonZeroU32;

use chrono::Utc;
use http::KeyLimits;
use server::keys::create_key;
use sqlx::query;
use store::Role;
use store::api_keys::{Scope, revoke};
use store::projections::{VerifiedTable, verify_served};
use tests::{TestApp, customer_id};

use super::run;

async fn keys(app: &TestApp, sample: Option<u32>) -> VerifiedTable {
    let served = verify_served(&app.options(), sample).await.expect("a check");
    served.tables.into_iter().find(|table| table.table == "api_keys").expect("the keys")
}

#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "the expiry of a key")]
async fn verify_finds_a_change_of_what_a_key_may_do() {
    let app = TestApp::new().await;
    let other = app.another_tenant().await;
    app.register(customer_id(1), "Acme").await;
    app.settle().await;
    let mut admin = store::connect(&app.database.options, Role::KeyAdmin).await.expect("a session");
    let limits = KeyLimits {
        actors: vec!["ada".to_owned()],
        requests_per_second: NonZeroU32::new(7),
        expires_at: Some(Utc::now() + chrono::Duration::days(1)),
    };
    let limited = create_key(&mut admin, app.tenant, "limited", &[Scope::Read], limits).await;
    let limited = limited.expect("a key").id().to_owned();
    let revoked = create_key(&mut admin, app.tenant, "r", &[Scope::Write], KeyLimits::default());
    let revoked = revoked.await.expect("a key").id().to_owned();
    let metadata = server::operator::by_operator("revoke-key");
    assert!(revoke(&mut admin, &revoked, metadata).await.expect("it is revoked"));

    let clean = keys(&app, None).await;
    // Each tenant of a test has a key that was written past the service.
    assert_eq!((clean.rows, clean.findings, clean.unauthenticated), (4, 0, 2), "{clean:?}");
    let mut owner = app.database.connect().await;
    run(&mut owner, "alter table api_keys disable trigger user").await;
    for (key, column, value) in [
        (&limited, "scopes", "'{read,write,audit,admin}'".to_owned()),
        (&limited, "name", "'another'".to_owned()),
        (&limited, "actors", "null".to_owned()),
        (&limited, "requests_per_second", "null".to_owned()),
        (&limited, "expires_at", "null".to_owned()),
        (&limited, "created_at", "created_at - interval '1 second'".to_owned()),
        (&limited, "revoked_at", "now()".to_owned()),
        (&revoked, "revoked_at", "null".to_owned()),
        (&limited, "tenant_id", format!("'{}'", other.tenant.id)),
        (&limited, "partition", "(partition + 1) % 32".to_owned()),
    ] {
        run(&mut owner, "create table kept as select * from api_keys").await;
        let change = format!("update api_keys set {column} = {value} where key_id = $1");
        let changed = query(&change).bind(key).execute(&mut owner).await.expect(&change);
        assert_eq!(changed.rows_affected(), 1, "{change}");
        for sample in [None, Some(100)] {
            let found = keys(&app, sample).await;
            assert_eq!(found.findings, 1, "{column}: {found:?}");
            assert_eq!(found.listed[0].tenant, Some(app.tenant.id.0), "{column}");
            assert!(found.listed[0].what.contains(key.as_str()), "{column}: {found:?}");
        }
        run(&mut owner, "delete from api_keys").await;
        run(&mut owner, "insert into api_keys select * from kept; drop table kept").await;
    }
    run(&mut owner, &format!("delete from api_keys where key_id = '{limited}'")).await;
    assert_eq!(keys(&app, None).await.findings, 1, "a key without its row");
}
