//! Pages: what they show, which keys see them, and their headers.

use serde_json::json;
use store::api_keys::Scope;
use tests::{TestApp, customer_id};
use uuid::Uuid;

use super::visitor::{Visitor, form, get, without_tokens};

/// A customer with all that a search finds it by.
async fn acme(app: &TestApp) -> Uuid {
    let id = customer_id(1);
    let body = json!({
        "id": id,
        "external_id": "acme-old",
        "aliases": ["robots"],
        "profile": { "name": "Acme Robotics", "email": "billing@acme.example", "phone": "+49 30 123456",
                     "address": { "line1": "Quanta 37", "city": "Berlin", "country": "DE" } },
    });
    app.post("/v1/customers", &body).await.expect(201);
    let reference = id.to_string();
    app.command(&reference, "change-external-id", &json!({ "external_id": "acme-new" }))
        .await
        .expect(200);
    let stripe = json!({
        "provider": "stripe",
        "delivery_method": "direct_to_billing_provider",
        "configuration": { "stripe_customer_id": "cus_9f2", "stripe_collection_method": "charge_automatically" },
    });
    app.command(&reference, "add-billing-config", &stripe).await.expect(200);
    id
}

/// Route, actor, reason and customers of a recorded read.
type ReadRow = (String, Option<String>, Option<String>, Vec<Uuid>);

#[tokio::test]
async fn every_answer_has_strict_headers() {
    let app = TestApp::new().await;
    let visitor = Visitor::arrive(&app).await;
    let page = visitor.read("/console/customers").await;
    let style = page.split("href=\"").find(|part| part.starts_with("/console/static/console-"));
    let style = style.and_then(|part| part.split('"').next()).expect("a style").to_owned();
    for path in [
        "/console/login",
        "/console/customers",
        "/console/nowhere",
        "/console/customers/x",
        &*style,
    ] {
        let reply = visitor.open(path).await;
        let policy = reply.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'; script-src 'self'"), "{path}: {policy}");
        assert!(policy.contains("frame-ancestors 'none'"), "{path}: {policy}");
        assert!(!policy.contains("unsafe"), "{path}: {policy}");
        assert_eq!(reply.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(reply.header("referrer-policy"), "same-origin", "{path}");
        assert!(!reply.body.contains("<script>") && !reply.body.contains(" style="), "{path}");
        let cached = if path == style { "public, max-age=31536000, immutable" } else { "no-store" };
        assert_eq!(reply.header("cache-control"), cached, "{path}");
    }
    visitor.open("/console/static/console-0000000000000000.css").await.expect(404);
}

#[tokio::test]
async fn an_unknown_customer_and_a_foreign_one_have_the_same_page() {
    let app = TestApp::new().await;
    let other = app.another_tenant().await;
    acme(&other).await;
    other.settle().await;
    let visitor = Visitor::arrive(&app).await;
    let (foreign, unknown) = (customer_id(1), customer_id(2));
    for path in ["", "?version=1", "/events/1", "/diff?from=1&to=2"] {
        let pages = [foreign, unknown].map(|id| format!("/console/customers/{id}{path}"));
        let [foreign, unknown] = [visitor.open(&pages[0]).await, visitor.open(&pages[1]).await];
        let foreign = foreign.expect(404);
        let unknown = unknown.expect(404);
        assert_eq!(without_tokens(&foreign.body), without_tokens(&unknown.body));
        assert_eq!(foreign.header("content-type"), "text/html; charset=utf-8");
    }
    for q in
        ["acme-new", "acme-old", "robots", "Acme", "+49 30 123456", "cus_9f2", &foreign.to_string()]
    {
        let page = visitor.read(&tests::with_query("/console/customers", &[("q", q)])).await;
        assert!(page.contains("Nobody found"), "{q}: {page}");
    }
}

#[tokio::test]
async fn a_key_sees_what_its_scopes_allow() {
    let app = TestApp::new().await;
    let id = acme(&app).await;
    let reader = app.new_key(&[Scope::Read]).await;
    let reader = Visitor::with_key(&app, &reader, "Ada").await;
    let page = reader.read(&format!("/console/customers/{id}")).await;
    assert!(page.contains("Acme Robotics"), "{page}");
    for path in ["?version=1", "?as_of=2026-01-01", "/events/1", "/diff?from=1&to=2"] {
        reader.open(&format!("/console/customers/{id}{path}")).await.expect(403);
    }
    reader.open("/console/customers?as_of=2026-01-01").await.expect(403);

    let admin = app.new_key(&[Scope::Admin]).await;
    let admin = Visitor::with_key(&app, &admin, "Grace").await;
    admin.open("/console/customers").await.expect(403);
    admin.open(&format!("/console/customers/{id}")).await.expect(403);
    admin.open("/console").await.expect(200);
}

#[tokio::test]
async fn a_page_of_changes_shows_what_the_scopes_of_a_key_allow() {
    let app = TestApp::new().await;
    let id = acme(&app).await;
    let phone = json!({ "phone": "+49 30 654321" });
    app.command(&id.to_string(), "update-profile", &phone).await.expect(200);
    let change = format!("/console/customers/{id}/change");
    let writer = app.new_key(&[Scope::Write]).await;
    let writer = Visitor::with_key(&app, &writer, "Ada").await;
    for path in ["", "/update-profile", "/undo-event?version=4"] {
        writer.open(&format!("{change}{path}")).await.expect(403);
    }
    let form = [("version", "4"), ("/name", "Beta"), ("reason", "TICKET-1")];
    writer.post(&format!("{change}/update-profile"), &form).await.expect(403);

    // Without the scope `audit`, the present is shown, and neither the past nor a try that leads back to it.
    let editor = app.new_key(&[Scope::Read, Scope::Write]).await;
    let editor = Visitor::with_key(&app, &editor, "Grace").await;
    let page = editor.post(&format!("{change}/update-profile"), &form).await.expect(200).body;
    assert!(page.contains("Nothing is changed yet"), "{page}");
    let old = [("version", "1"), ("/name", "Beta"), ("reason", "TICKET-1")];
    let page = editor.post(&format!("{change}/update-profile"), &old).await.expect(200).body;
    assert!(page.contains("Somebody else changed the customer"), "{page}");
    assert!(!page.contains("When you began"), "{page}");
    for (kind, target) in [("undo-event", "4"), ("revert-to", "3")] {
        let back = [("version", "4"), ("target", target), ("reason", "TICKET-1")];
        let page = editor.post(&format!("{change}/{kind}"), &back).await.expect(200).body;
        assert!(page.contains("lacks the scope"), "{kind}: {page}");
        assert!(!page.contains("Nothing is changed yet"), "{kind}: {page}");
        let page = Visitor::arrive(&app).await.post(&format!("{change}/{kind}"), &back).await;
        assert!(page.expect(200).body.contains("Nothing is changed yet"), "{kind}");
    }
}

#[tokio::test]
async fn a_page_records_the_person_and_the_shown_customers() {
    let app = TestApp::new().await;
    let id = acme(&app).await;
    app.settle().await;
    let visitor = Visitor::arrive(&app).await;
    visitor.read(&format!("/console/customers/{id}")).await;
    visitor.read("/console/customers?q=acme").await;
    let mut owner = app.database.connect().await;
    let reads: Vec<ReadRow> =
        sqlx::query_as("select route, actor, reason, customers from read_audit order by read_at")
            .fetch_all(&mut owner)
            .await
            .expect("reads");
    let text = |text: &str| Some(text.to_owned());
    let read =
        |route: &str| (route.to_owned(), text("Ada Lovelace"), text("TICKET-1850"), vec![id]);
    assert_eq!(reads, [read("/console/customers/{ref}"), read("/console/customers")]);
}

#[tokio::test]
async fn one_field_finds_a_customer_by_all_that_names_it() {
    let app = TestApp::new().await;
    let id = acme(&app).await;
    app.settle().await;
    let visitor = Visitor::arrive(&app).await;
    for (q, why) in [
        ("robotics", ""),
        ("billing@acme.example", ""),
        ("acme-new", ""),
        ("acme-old", "former external id <code>"),
        ("robots", "alias <code>"),
        ("+49 30 123456", "phone <code>"),
        ("0049 (30) 12-34-56", "phone <code>"),
        ("cus_9f2", "id at Stripe <code>"),
        (&id.to_string(), "id <code>"),
    ] {
        let page = visitor.read(&tests::with_query("/console/customers", &[("q", q)])).await;
        assert!(page.contains(&format!("href=\"/console/customers/{id}\"")), "{q}: {page}");
        assert!(page.contains(why), "{q} is found by its {why}: {page}");
    }
    let page = visitor.read("/console/customers?q=nobody").await;
    assert!(page.contains("Nobody found"), "{page}");
}

#[tokio::test]
async fn the_list_keeps_its_filters_order_and_page_in_the_address() {
    let app = TestApp::new().await;
    for number in 1..=60 {
        let country = if number % 2 == 0 { "DE" } else { "SE" };
        let profile =
            json!({ "name": format!("Customer {number:02}"), "address": { "country": country } });
        app.post("/v1/customers", &json!({ "profile": profile })).await.expect(201);
    }
    app.settle().await;
    let visitor = Visitor::arrive(&app).await;
    let page = visitor.read("/console/customers?sort=name").await;
    let next = page.split("rel=\"next\" href=\"").nth(1).and_then(|rest| rest.split('"').next());
    let next = next.expect("a next page").replace("&amp;", "&");
    assert!(next.starts_with("/console/customers?sort=name&cursor="), "{next}");
    assert!(page.contains("Customer 50") && !page.contains("Customer 51"), "{page}");
    let second = visitor.read(&next).await;
    assert!(second.contains("Customer 51") && second.contains("Customer 60"), "{second}");
    // A cursor is of the list that it was made for.
    visitor.open(&next.replace("sort=name", "sort=email")).await.expect(400);

    let page = visitor.read("/console/customers?sort=name&country=se&q=customer").await;
    assert!(page.contains("Customer 01") && !page.contains("Customer 02"), "{page}");
    visitor.open("/console/customers?country=nowhere").await.expect(400);
    visitor.open("/console/customers?sort=shoe_size").await.expect(400);
    visitor.open("/console/customers?unknown=1").await.expect(400);
}

#[tokio::test]
async fn names_that_look_like_markup_are_text() {
    let app = TestApp::new().await;
    let hostile = "\"><script>alert(1)</script><img src=x onerror=alert(2)>'";
    let body = json!({ "id": customer_id(1), "profile": { "name": hostile }, "metadata": { "k": hostile } });
    let headers = [("x-reason", "<i>because</i>"), ("x-actor", "<u>me</u>")];
    app.post_with("/v1/customers", &body, &headers).await.expect(201);
    app.settle().await;
    let visitor = Visitor::arrive(&app).await;
    let one = format!("/console/customers/{}", customer_id(1));
    for path in ["/console/customers", "/console/customers?q=script", &one] {
        let page = visitor.read(path).await;
        assert!(page.contains("&lt;script&gt;"), "{path}: {page}");
        for markup in ["<script>alert", "<img src=x", "<i>because", "<u>me"] {
            assert!(!page.contains(markup), "{path}: {markup}");
        }
    }
    let page =
        app.send(get("/console/login?to=%22%3E%3Cscript%3Ealert(1)%3C%2Fscript%3E", "")).await.body;
    assert!(!page.contains("<script>alert"), "{page}");
}

#[tokio::test]
async fn a_form_keeps_every_filter_of_its_address() {
    let app = TestApp::new().await;
    let id = acme(&app).await;
    app.settle().await;
    let visitor = Visitor::arrive(&app).await;
    let at = "2026-03-12T14:02:11.250001Z";
    let page = visitor.read(&format!("/console/customers?type=BUSINESS&as_of={at}")).await;
    assert!(page.contains("<option value=\"BUSINESS\" selected>"), "{page}");
    assert!(page.contains(&format!("name=\"as_of\" step=\"any\" value=\"{at}\"")), "{page}");
    let filters = "from=2020-03-12T14:02:11Z&until=2099-01-01";
    let page = visitor.read(&format!("/console/customers/{id}?{filters}")).await;
    for kept in ["value=\"2020-03-12T14:02:11\"", "value=\"2099-01-01T23:59:59.999999Z\""] {
        assert!(page.contains(kept), "{kept}: {page}");
    }
    let page = visitor.read("/console/audit?reason_is=TICKET-1850").await;
    assert!(
        page.contains("<input type=\"hidden\" name=\"reason_is\" value=\"TICKET-1850\">"),
        "{page}"
    );
}

#[tokio::test]
async fn a_refused_form_leads_back_to_its_page() {
    let app = TestApp::new().await;
    let visitor = Visitor::arrive(&app).await;
    for (page, back) in [
        ("https://dossier.test/console/keys?said=key-revoked", "/console/keys?said=key-revoked"),
        ("https://evil.test/anything", "/console"),
    ] {
        let mut sent = form("/console/logout", &visitor.cookie, &[("csrf", "wrong")]);
        sent.headers_mut().insert("referer", page.parse().expect("a value"));
        let reply = app.send(sent).await.expect(403);
        let link = format!("href=\"{back}\">Back to the form");
        assert!(reply.body.contains(&link), "{}", reply.body);
    }
}
