//! Signing in by an identity provider. The whole way is tested in a browser, by `tests/console/provider.test.mjs`.

use oidc::{ActorClaim, Provider, Settings};
use tests::TestApp;

use super::visitor::{cookie, form, get, text};

/// A service whose people with a role act by its own key, with a provider that is down.
async fn with_provider() -> TestApp {
    let app = TestApp::new().await;
    let settings = Settings {
        // Nothing listens at this port, which is for multiplexing.
        issuer: "http://127.0.0.1:1".parse().expect("an address"),
        client_id: "dossier".to_owned(),
        client_secret: None,
        console_url: "https://dossier.test".parse().expect("an address"),
        scopes: "openid email".to_owned(),
        actor_claim: ActorClaim::Email,
        roles_claim: "roles".to_owned(),
        roles: format!("support={}", app.key.id()).parse().expect("roles"),
    };
    app.with_provider(Provider::new(settings).expect("a provider"))
}

#[tokio::test]
async fn without_a_provider_there_is_only_the_form_for_a_key() {
    let app = TestApp::new().await;
    let page = app.send(get("/console/login", "")).await.expect(200).body;
    assert!(page.contains("name=\"key\"") && !page.contains("/console/login/provider"), "{page}");
    app.send(get("/console/login/callback?state=a&code=b", "")).await.expect(404);
    app.send(form("/console/login/provider", "", &[])).await.expect(404);
}

#[tokio::test]
async fn a_provider_that_is_down_is_a_page_with_a_way_out() {
    let app = with_provider().await;
    let fields = [("to", "/console/customers?q=x")];
    let reply = app.send(form("/console/login/provider", "", &fields)).await.expect(503);
    assert_eq!((reply.header("retry-after"), reply.header("set-cookie")), ("5", ""));
    assert!(text(&reply.body).contains("127.0.0.1:1 is not available now."), "{}", reply.body);
    assert!(
        reply.body.contains("name=\"key\"")
            && reply.body.contains("value=\"/console/customers?q=x\"")
    );
}

#[tokio::test]
async fn what_was_not_begun_in_this_browser_signs_nobody_in() {
    let app = with_provider().await;
    let secret = "A".repeat(43);
    for (cookies, query) in [
        ("", "state=a&code=b"),
        (&*format!("__Host-dossier-sign-in={secret}!!"), "state=a&code=b"),
        (&*format!("__Host-dossier-sign-in={secret}!!"), "code=b"),
        ("__Host-dossier-sign-in=short!!", "state=a&code=b"),
        ("__Host-dossier-sign-in=", "error=access_denied"),
    ] {
        let path = format!("/console/login/callback?{query}");
        let reply = app.send(get(&path, cookies)).await.expect(400);
        assert!(
            reply.body.contains("This sign-in was not begun in this browser"),
            "{}",
            reply.body
        );
        assert!(
            reply.header("set-cookie").starts_with("__Host-dossier-sign-in=; Path=/; Max-Age=0")
        );
        assert_eq!(cookie(&reply).filter(|set| set.starts_with("__Host-dossier=")), None);
    }
}

#[tokio::test]
async fn another_site_begins_no_sign_in() {
    let app = with_provider().await;
    let mut request = form("/console/login/provider", "", &[]);
    request.headers_mut().insert("origin", "https://evil.test".parse().expect("a value"));
    app.send(request).await.expect(403);
}

#[tokio::test]
async fn nobody_signs_in_with_the_key_of_a_role() {
    let app = with_provider().await;
    let fields = [("key", &*app.key.reveal()), ("actor", "Mallory")];
    let reply = app.send(form("/console/login", "", &fields)).await.expect(403);
    assert_eq!(cookie(&reply), None);
    assert!(reply.body.contains("People with this key sign in by the identity provider."));
}
