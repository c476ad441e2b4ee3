//! Every route of every API, with a key of each scope: no answer shows more than the key may see.

use std::collections::BTreeSet;

use serde_json::Value;
use store::api_keys::Scope;
use tests::{Reply, TestApp};

use super::customers::{Canary, NOW, THEN, canary, prepare_tenant, send, send_with};
use super::requests::{self, Sent};
use super::vendors::{self, Names};

const SURFACES: [&str; 4] = ["metronome", "flexprice", "telness", "maple"];

/// A route (a native one has no API name), and the example of its body.
struct Route {
    surface: &'static str,
    /// Its method and its path.
    name: String,
    example: Value,
}

impl Route {
    fn method(&self) -> &str {
        self.name.split_once(' ').map_or("", |(method, _)| method)
    }

    fn requests(&self, canary: &Canary, names: &Names) -> Vec<Sent> {
        if self.surface.is_empty() {
            requests::of(&self.name, canary, &self.example)
        } else {
            vendors::of(self.surface, &self.name, canary, names)
        }
    }

    /// Whether it changes customers, so each key needs its own.
    fn commands(&self) -> bool {
        let reads = ["/find", "/search", "/activity", "/get", "/list"];
        !self.name.starts_with("GET ")
            && !self.name.contains("/admin/")
            && !reads.iter().any(|part| self.name.contains(part))
    }
}

/// Every route that a document describes.
async fn routes(app: &TestApp) -> Vec<Route> {
    let mut routes = Vec::new();
    for surface in [""].into_iter().chain(SURFACES) {
        let at = if surface.is_empty() { String::new() } else { format!("/compat/{surface}") };
        let document = app.get(&format!("{at}/openapi.json")).await.expect(200).json();
        for (path, operations) in document["paths"].as_object().expect("paths") {
            for (method, operation) in operations.as_object().expect("operations") {
                let name = format!("{} {path}", method.to_uppercase());
                let content = &operation["requestBody"]["content"]["application/json"];
                routes.push(Route { surface, name, example: content["example"].clone() });
            }
        }
    }
    assert!(routes.len() > 100, "{} routes", routes.len());
    // Reads come first: a revert makes the past of a customer its present, in every list.
    routes.sort_by_key(Route::commands);
    routes
}

async fn names(app: &TestApp) -> Names {
    let path = "/compat/maple/api/v1/companies/cmp_x/customers/x";
    let refusal = app.get(path).await.expect(404).json()["message"].to_string();
    let company = refusal.trim_end_matches('"').rsplit(' ').next().expect("an id").to_owned();
    let activities = send(app, ("POST", "/compat/flexprice/v1/activity", "{}")).await.expect(200);
    let activity = activities.json()["items"][0]["id"].as_str().expect("an id").to_owned();
    Names { company, activity }
}

/// The canaries in an answer.
fn found(reply: &Reply) -> BTreeSet<&'static str> {
    let text = format!("{} {:?}", reply.body, reply.headers).to_lowercase();
    [NOW, THEN].into_iter().filter(|canary| text.contains(canary)).collect()
}

/// Whether a key may see a canary: state with `read`, and all of a history with `audit`.
fn may_see(scopes: &[Scope], canary: &str) -> bool {
    let audit = scopes.contains(&Scope::Audit);
    if canary == NOW { audit || scopes.contains(&Scope::Read) } else { audit }
}

/// The findings so far.
#[derive(Default)]
struct Findings {
    /// Routes that show a canary to a key with all scopes.
    showing: BTreeSet<String>,
    /// Wrong answers.
    wrong: Vec<String>,
}

impl Findings {
    /// Checks an answer to a key with these scopes.
    fn judge(&mut self, what: &str, scopes: &[Scope], reply: &Reply) {
        let seen = found(reply).into_iter().filter(|canary| !may_see(scopes, canary));
        self.wrong.extend(seen.map(|canary| format!("{what} shows {canary}: {}", reply.body)));
    }

    /// Sends a request to the route with each of the keys, and in each format.
    async fn send(&mut self, route: &Route, caller: &TestApp, scopes: &[Scope], sent: &Sent) {
        let (path, body) = sent;
        let what = format!("{} {path} with {scopes:?}", route.method());
        let reply = send(caller, (route.method(), path, body)).await;
        self.judge(&what, scopes, &reply);
        let status = reply.status.as_u16();
        let expected = (200..300).contains(&status) || status == 403;
        if !expected && !path.contains("archive-delivery-methods") {
            self.wrong.push(format!("{what}: {status} {}", reply.body));
        }
        if scopes == Scope::OF_TENANT && !found(&reply).is_empty() {
            self.showing.insert(format!("{} {}", route.surface, route.name));
        }
        if route.method() == "GET" {
            for (method, accept) in
                [("HEAD", "*/*"), ("GET", "text/csv"), ("GET", "application/x-ndjson")]
            {
                let headers = [("accept", accept)];
                let reply = send_with(caller, (method, path, ""), &headers).await;
                self.judge(&format!("{what} as {accept}"), scopes, &reply);
            }
        }
    }
}

#[tokio::test]
async fn no_route_shows_a_key_more_than_its_scopes_allow() {
    let app = TestApp::new().await;
    prepare_tenant(&app).await;
    let stable = canary(&app, 1).await;
    app.settle().await;
    let names = names(&app).await;
    let mut keys: Vec<Vec<Scope>> = Scope::ALL.into_iter().map(|scope| vec![scope]).collect();
    keys.extend([vec![Scope::Read, Scope::Write], Scope::OF_TENANT.to_vec()]);
    let (mut number, mut findings) = (1, Findings::default());
    for route in routes(&app).await {
        for scopes in &keys {
            let mut about = stable.clone();
            if route.commands() && scopes.contains(&Scope::Write) {
                number += 1;
                about = canary(&app, number).await;
            }
            let caller = app.with_key(app.new_key(scopes).await);
            for sent in route.requests(&about, &names) {
                findings.send(&route, &caller, scopes, &sent).await;
            }
        }
    }
    let Findings { showing, wrong } = findings;
    assert!(wrong.is_empty(), "{} answers:\n{}", wrong.len(), wrong.join("\n"));
    // A key with all scopes sees the canaries, so the test would find them.
    assert!(showing.len() > 60, "{} routes show values: {showing:#?}", showing.len());
}
