//! A person at the console, as a browser sends requests.

use axum::body::Body;
use axum::http::Request;
use http::ApiKey;
use tests::{Reply, TestApp};

/// The console's host, as requests and their origin name it.
pub(crate) const HOST: &str = "dossier.test";
const ORIGIN: &str = "https://dossier.test";

/// A person who is signed in.
pub(crate) struct Visitor {
    pub(crate) app: TestApp,
    /// The session's cookie: name and value.
    pub(crate) cookie: String,
}

impl Visitor {
    /// Signs in with the app's own key.
    pub(crate) async fn arrive(app: &TestApp) -> Self {
        Self::with_key(app, &app.key, "Ada Lovelace").await
    }

    /// Signs in with a key, under a name.
    pub(crate) async fn with_key(app: &TestApp, key: &ApiKey, actor: &str) -> Self {
        let fields = [("key", &*key.reveal()), ("actor", actor), ("purpose", "TICKET-1850")];
        let reply = app.send(form("/console/login", "", &fields)).await.expect(303);
        let cookie = cookie(&reply).expect("a session");
        Self { app: app.clone(), cookie }
    }

    /// Opens a page.
    pub(crate) async fn open(&self, path: &str) -> Reply {
        self.app.send(get(path, &self.cookie)).await
    }

    /// Opens a page that is there.
    pub(crate) async fn read(&self, path: &str) -> String {
        self.open(path).await.expect(200).body
    }

    /// The session's token for forms.
    pub(crate) async fn token(&self) -> String {
        let page = self.open("/console/customers").await.body;
        let (_, token) = page.split_once("name=\"csrf\" value=\"").expect("a form");
        token.split('"').next().expect("a token").to_owned()
    }

    /// Sends a form with the session's token.
    pub(crate) async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Reply {
        let token = self.token().await;
        let mut fields = fields.to_vec();
        fields.push(("csrf", &token));
        self.app.send(form(path, &self.cookie, &fields)).await
    }
}

/// The text of a page, without its markup.
pub(crate) fn text(page: &str) -> String {
    let mut text = String::new();
    for part in page.split('<') {
        text.push_str(part.split_once('>').map_or(part, |(_, after)| after));
    }
    text.replace("&amp;", "&")
}

/// A page without the tokens of its forms, which are others on each page.
pub(crate) fn without_tokens(page: &str) -> String {
    let mut parts = page.split("name=\"csrf\" value=\"");
    let first = parts.next().unwrap_or_default().to_owned();
    let rest = parts.map(|part| part.split_once('"').map_or(part, |(_, rest)| rest));
    rest.fold(first, |page, rest| page + rest)
}

/// The session's cookie that an answer gives.
pub(crate) fn cookie(reply: &Reply) -> Option<String> {
    let set = reply.header("set-cookie").split(';').next()?.to_owned();
    (set.len() > "__Host-dossier=".len()).then_some(set)
}

/// A request for a page, as browsers send it.
pub(crate) fn get(path: &str, cookie: &str) -> Request<Body> {
    let request = Request::get(path).header("host", HOST).header("cookie", cookie);
    request.body(Body::empty()).expect("a request")
}

/// A form, sent as a browser sends it from a page of the console.
pub(crate) fn form(path: &str, cookie: &str, fields: &[(&str, &str)]) -> Request<Body> {
    let request = Request::post(path)
        .header("host", HOST)
        .header("origin", ORIGIN)
        .header("sec-fetch-site", "same-origin")
        .header("content-type", "application/x-www-form-urlencoded")
        .header("cookie", cookie);
    request.body(Body::from(encoded(fields))).expect("a request")
}

fn encoded(fields: &[(&str, &str)]) -> String {
    let asked = tests::with_query("", fields);
    asked.trim_start_matches('?').to_owned()
}
