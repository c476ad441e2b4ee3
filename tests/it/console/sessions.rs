//! Signing in and out.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use axum::extract::ConnectInfo;
use http::{ApiKey, App, Settings};
use sha2::{Digest as _, Sha256};
use store::api_keys::Scope;
use tests::TestApp;

use super::visitor::{HOST, Visitor, cookie, form, get};

/// A revoked key is noticed within half a second, and some more on a busy machine.
const NOTICED_WITHIN: Duration = Duration::from_secs(10);

/// Whether a page leads to signing in.
async fn is_signed_out(visitor: &Visitor) -> bool {
    let reply = visitor.open("/console/customers").await;
    reply.status == 303 && reply.header("location").starts_with("/console/login")
}

#[tokio::test]
async fn a_person_with_a_key_is_signed_in_under_their_name() {
    let app = TestApp::new().await;
    let fields = [("key", &*app.key.reveal()), ("actor", "Ada"), ("to", "/console/customers?q=x")];
    let reply = app.send(form("/console/login", "", &fields)).await.expect(303);
    assert_eq!(reply.header("location"), "/console/welcome?to=%2Fconsole%2Fcustomers%3Fq%3Dx");
    let set = reply.header("set-cookie");
    for flag in ["__Host-dossier=", "Path=/", "Secure", "HttpOnly", "SameSite=Strict"] {
        assert!(set.contains(flag), "{set}");
    }
    let cookie = cookie(&reply).expect("a session");
    let reply = app.send(get(reply.header("location"), &cookie)).await.expect(303);
    assert_eq!(reply.header("location"), "/console/customers?q=x");
    let page = app.send(get("/console/customers", &cookie)).await.expect(200).body;
    assert!(page.contains("Ada"), "{page}");
}

#[tokio::test]
async fn without_a_session_a_page_leads_to_signing_in_and_back() {
    let app = TestApp::new().await;
    for cookies in ["", "__Host-dossier=0123", &format!("__Host-dossier={}", "0".repeat(64))] {
        let reply = app.send(get("/console/customers?q=ada", cookies)).await.expect(303);
        assert_eq!(reply.header("location"), "/console/login?to=%2Fconsole%2Fcustomers%3Fq%3Dada");
    }
    let page = app.send(get("/console/login?to=%2Fconsole%2Fcustomers%3Fq%3Dada", "")).await;
    assert!(page.expect(200).body.contains("value=\"/console/customers?q=ada\""));
    // A key in a header is for the API.
    app.get("/console/customers").await.expect(303);
}

#[tokio::test]
async fn a_link_of_another_site_does_not_sign_a_person_out() {
    let app = TestApp::new().await;
    let mut request = get("/console/customers?q=ada&status=active", "");
    request.headers_mut().insert("sec-fetch-site", "cross-site".parse().expect("a value"));
    let page = app.send(request).await.expect(200).body;
    assert!(
        page.contains("content=\"0; url=/console/customers?q=ada&amp;status=active\""),
        "{page}"
    );
}

#[tokio::test]
async fn a_wrong_key_and_a_revoked_key_are_refused_alike() {
    let app = TestApp::new().await;
    let revoked = app.new_key(&[Scope::Read]).await;
    let mut owner = app.database.connect().await;
    sqlx::query("update api_keys set revoked_at = now() where key_id = $1")
        .bind(revoked.id())
        .execute(&mut owner)
        .await
        .expect("a revoked key");
    let unknown = ApiKey::from_random([1; 8], [2; 32]);
    let mut seen = Vec::new();
    for key in [revoked.reveal(), unknown.reveal(), "not a key".to_owned(), String::new()] {
        let fields = [("key", &*key), ("actor", "Ada <b>")];
        let reply = app.send(form("/console/login", "", &fields)).await.expect(401);
        assert_eq!(cookie(&reply), None);
        assert!(reply.body.contains("Ada &lt;b&gt;"), "what was said is kept: {}", reply.body);
        assert!(reply.header("www-authenticate").is_empty(), "no dialog of the browser's");
        seen.push(reply.body);
    }
    assert!(seen.iter().all(|page| *page == seen[0]), "{seen:?}");
}

#[tokio::test]
async fn the_name_is_checked_as_an_actor_is() {
    let app = TestApp::new().await;
    let key = app.new_key(&[Scope::Read]).await;
    let mut owner = app.database.connect().await;
    sqlx::query("update api_keys set actors = '{support}' where key_id = $1")
        .bind(key.id())
        .execute(&mut owner)
        .await
        .expect("a restricted key");
    let long = "a".repeat(257);
    let key = key.reveal();
    for (actor, status) in [
        ("", 400),
        ("  ", 400),
        (&*long, 400),
        ("a\nb", 400),
        (app.key.id(), 400),
        ("mallory", 403),
        ("support", 303),
    ] {
        let fields = [("key", &*key), ("actor", actor)];
        let reply = app.send(form("/console/login", "", &fields)).await.expect(status);
        assert_eq!(cookie(&reply).is_some(), status == 303, "{actor}");
    }
    let fields = [("key", &*key), ("actor", "mallory")];
    let page = app.send(form("/console/login", "", &fields)).await.body;
    assert!(page.contains("support"), "the way out is named: {page}");
}

#[tokio::test]
async fn a_form_of_another_site_signs_nobody_in() {
    let app = TestApp::new().await;
    let fields = [("key", &*app.key.reveal()), ("actor", "Ada")];
    for (name, value) in [
        ("origin", Some("https://evil.test")),
        ("origin", Some("null")),
        ("origin", None),
        ("sec-fetch-site", Some("cross-site")),
    ] {
        let mut request = form("/console/login", "", &fields);
        request.headers_mut().remove(name);
        match value {
            Some(value) => {
                drop(request.headers_mut().insert(name, value.parse().expect("a value")));
            }
            None => drop(request.headers_mut().remove("sec-fetch-site")),
        }
        let reply = app.send(request).await.expect(403);
        assert_eq!(cookie(&reply), None, "{name}: {value:?}");
    }
}

#[tokio::test]
async fn a_peer_with_too_many_wrong_keys_has_to_wait() {
    let app = TestApp::new().await;
    let attempt = async || {
        let mut request = form("/console/login", "", &[("key", "dossier_1"), ("actor", "Ada")]);
        let peer = SocketAddr::new(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)), 1);
        request.extensions_mut().insert(ConnectInfo(peer));
        app.send(request).await
    };
    let attempts = futures::future::join_all((0..500).map(|_| attempt())).await;
    let refused = attempts.iter().filter(|reply| reply.status == 429).count();
    assert!(refused > 0, "nobody had to wait");
}

#[tokio::test]
async fn people_stay_signed_in_while_their_address_fails_too_often() {
    let app = TestApp::new().await;
    let shared = App::new(app.store.clone(), Settings::default());
    let app = app.at(shared.clone());
    let visitor = Visitor::arrive(&app).await;
    let office = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 2));
    let from_the_office = async |cookie: &str| {
        let mut request = get("/console/customers", cookie);
        request.extensions_mut().insert(ConnectInfo(SocketAddr::new(office, 1)));
        app.send(request).await.status.as_u16()
    };
    let fails = tokio::spawn(async move {
        loop {
            (0..200).for_each(|_| shared.failures.record(Some(office), None));
            tokio::task::yield_now().await;
        }
    });
    let guess = format!("__Host-dossier={}", "0".repeat(64));
    tokio::task::yield_now().await;
    let (guessed, colleague) =
        futures::future::join(from_the_office(&guess), from_the_office(&visitor.cookie)).await;
    assert_eq!((guessed, colleague), (429, 200));
    fails.abort();
}

#[tokio::test]
async fn a_session_lasts_eight_hours_and_half_an_hour_idle() {
    let app = TestApp::new().await;
    let mut owner = app.database.connect().await;
    for (column, age, ends) in [
        ("begun_at", "7 hours 59 minutes", false),
        ("begun_at", "8 hours 1 second", true),
        ("seen_at", "29 minutes", false),
        ("seen_at", "30 minutes 1 second", true),
    ] {
        let visitor = Visitor::arrive(&app).await;
        let set = format!("update console_sessions set {column} = now() - interval '{age}'");
        sqlx::query(&set).execute(&mut owner).await.expect("an older session");
        assert_eq!(is_signed_out(&visitor).await, ends, "{column}: {age}");
    }
    // A session that is used is not idle.
    let visitor = Visitor::arrive(&app).await;
    let idle = "update console_sessions set seen_at = now() - interval '20 minutes'";
    for _ in 0..2 {
        sqlx::query(idle).execute(&mut owner).await.expect("an idle session");
        assert!(!is_signed_out(&visitor).await);
        let fresh: bool = sqlx::query_scalar(
            "select bool_or(seen_at > now() - interval '1 minute') from console_sessions",
        )
        .fetch_one(&mut owner)
        .await
        .expect("a time");
        assert!(fresh);
    }
}

#[tokio::test]
async fn a_session_ends_with_its_key() {
    let app = TestApp::new().await;
    let key = app.new_key(&[Scope::Read]).await;
    let visitor = Visitor::with_key(&app, &key, "Ada").await;
    assert!(!is_signed_out(&visitor).await);
    let mut owner = app.database.connect().await;
    sqlx::query("update api_keys set revoked_at = now() where key_id = $1")
        .bind(key.id())
        .execute(&mut owner)
        .await
        .expect("a revoked key");
    let ended = async {
        while !is_signed_out(&visitor).await {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(NOTICED_WITHIN, ended).await.expect("the session ends");
    let left: i64 = sqlx::query_scalar("select count(*) from console_sessions where key_id = $1")
        .bind(key.id())
        .fetch_one(&mut owner)
        .await
        .expect("a count");
    assert_eq!(left, 0);
}

#[tokio::test]
async fn signing_out_ends_the_session_on_the_server() {
    let app = TestApp::new().await;
    let visitor = Visitor::arrive(&app).await;
    let other = Visitor::arrive(&app).await;
    let reply = visitor.post("/console/logout", &[]).await.expect(303);
    assert_eq!(reply.header("location"), "/console/login?said=signed-out");
    assert!(reply.header("set-cookie").contains("Max-Age=0"), "{}", reply.header("set-cookie"));
    assert!(is_signed_out(&visitor).await, "the cookie is worth nothing any more");
    assert!(!is_signed_out(&other).await);
}

#[tokio::test]
async fn a_form_needs_the_token_of_its_own_session() {
    let app = TestApp::new().await;
    let (visitor, other) = (Visitor::arrive(&app).await, Visitor::arrive(&app).await);
    let others = other.token().await;
    for token in ["", "0", &*others] {
        let sent = form("/console/logout", &visitor.cookie, &[("csrf", token)]);
        app.send(sent).await.expect(403);
    }
    // The right token, from another site.
    let own = visitor.token().await;
    let mut sent = form("/console/logout", &visitor.cookie, &[("csrf", &own)]);
    sent.headers_mut().insert("origin", "https://evil.test".parse().expect("a value"));
    app.send(sent).await.expect(403);
    assert!(!is_signed_out(&visitor).await);
}

#[tokio::test]
async fn only_the_hash_of_a_token_is_stored() {
    let app = TestApp::new().await;
    let visitor = Visitor::arrive(&app).await;
    let token = visitor.cookie.trim_start_matches("__Host-dossier=");
    let mut owner = app.database.connect().await;
    let (hash, row): (Vec<u8>, String) =
        sqlx::query_as("select token_hash, s::text from console_sessions as s")
            .fetch_one(&mut owner)
            .await
            .expect("a session");
    assert_eq!(hash, Sha256::digest(token).to_vec());
    assert!(!row.contains(token), "{row}");
}

#[tokio::test]
async fn a_session_is_no_key_for_the_api() {
    let app = TestApp::new().await;
    let visitor = Visitor::arrive(&app).await;
    let request = axum::http::Request::get("/v1/customers")
        .header("host", HOST)
        .header("cookie", &*visitor.cookie)
        .body(axum::body::Body::empty())
        .expect("a request");
    app.send(request).await.expect(401);
}

#[tokio::test]
async fn sessions_that_have_ended_are_deleted_though_nobody_signs_in() {
    let app = TestApp::new().await;
    let mut owner = app.database.connect().await;
    let visitors = [
        ("begun_at", "8 hours 1 second"),
        ("seen_at", "30 minutes 1 second"),
        ("seen_at", "29 minutes"),
    ];
    // A new session deletes old ones, so all begin before the first is old.
    let arrived =
        [Visitor::arrive(&app).await, Visitor::arrive(&app).await, Visitor::arrive(&app).await];
    for ((column, age), visitor) in visitors.into_iter().zip(arrived) {
        let token = visitor.cookie.trim_start_matches("__Host-dossier=").to_owned();
        let set = format!(
            "update console_sessions set {column} = now() - interval '{age}' where token_hash = $1"
        );
        let hash = Sha256::digest(token).to_vec();
        sqlx::query(&set).bind(hash).execute(&mut owner).await.expect("an older session");
    }
    assert_eq!(app.store.purge_sessions().await.expect("a number"), 2);
    assert_eq!(app.store.purge_sessions().await.expect("a number"), 0);
}
