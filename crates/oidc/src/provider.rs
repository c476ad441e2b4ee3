//! The provider: where it sends people, what it sends back, and a memory of its addresses and keys.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http_body_util::Full;
use hyper::{Request, StatusCode, header};
use serde::Deserialize;
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::attempt::Attempt;
use crate::discovery::{self, Document};
use crate::fault::{Fault, Untrusted};
use crate::fetch::Fetcher;
use crate::form;
use crate::id_token::{self, Claims, Expected};
use crate::keys::Keys;
use crate::person::Person;
use crate::settings::Settings;

/// How long the provider's addresses and keys are used.
const USED_FOR: Duration = Duration::from_hours(1);
/// The pause between two requests for keys because a token names an unknown one.
const KEYS_PAUSE: Duration = Duration::from_secs(10);
/// How long a failure answers for the next requests, so that people who wait for the same do not wait one after the other.
const FAILS_FOR: Duration = Duration::from_secs(2);

/// An identity provider. Cheap to clone.
#[derive(Clone)]
pub struct Provider(Arc<Inner>);

struct Inner {
    settings: Settings,
    fetcher: Fetcher,
    document: Mutex<Option<Kept<Document>>>,
    keys: Mutex<Option<Kept<Keys>>>,
}

/// What was fetched, and when.
struct Kept<T> {
    found: Result<Arc<T>, Fault>,
    at: Instant,
}

/// The system has no certificates, so nothing can be asked over https.
#[derive(Debug, thiserror::Error)]
#[error("the system's certificates can't be read: {0}")]
pub struct NoCertificates(#[from] std::io::Error);

#[derive(Deserialize)]
struct Exchanged {
    id_token: String,
}

#[derive(Deserialize)]
struct Refusal {
    error: String,
}

impl Provider {
    /// The provider of these settings. It is not asked before somebody signs in.
    ///
    /// # Errors
    ///
    /// When the system has no certificates.
    pub fn new(settings: Settings) -> Result<Self, NoCertificates> {
        let fetcher = Fetcher::new()?;
        let (document, keys) = (Mutex::default(), Mutex::default());
        Ok(Self(Arc::new(Inner { settings, fetcher, document, keys })))
    }

    /// The settings.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.0.settings
    }

    /// Where a person signs in, for this attempt.
    ///
    /// # Errors
    ///
    /// [`Fault::Unavailable`].
    pub async fn begin(&self, attempt: &Attempt) -> Result<String, Fault> {
        let document = self.document().await?;
        let settings = self.settings();
        let asked = form::encode(&[
            ("response_type", "code"),
            ("client_id", &settings.client_id),
            ("redirect_uri", &settings.redirect_uri()),
            ("scope", &settings.scopes),
            ("state", &attempt.state()),
            ("nonce", &attempt.nonce()),
            ("code_challenge", &attempt.challenge()),
            ("code_challenge_method", "S256"),
        ]);
        Ok(with_query(&document.authorization_endpoint, &asked))
    }

    /// The person who came back from the provider with this code.
    ///
    /// # Errors
    ///
    /// Why nobody is signed in.
    pub async fn complete(&self, attempt: &Attempt, code: &str) -> Result<Person, Fault> {
        let document = self.document().await?;
        let token = self.exchange(&document, attempt, code).await?;
        let claims = self.verify(&document, attempt, &token).await?;
        Person::of(&claims, self.settings())
    }

    /// Where a person signs out at the provider, if it has such a place.
    pub async fn sign_out(&self) -> Option<String> {
        let document = self.document().await.ok()?;
        let asked = form::encode(&[("client_id", &self.settings().client_id)]);
        Some(with_query(document.end_session_endpoint.as_deref()?, &asked))
    }

    async fn exchange(
        &self,
        document: &Document,
        attempt: &Attempt,
        code: &str,
    ) -> Result<String, Fault> {
        let settings = self.settings();
        let (redirect_uri, verifier) = (settings.redirect_uri(), attempt.verifier());
        let mut sent = vec![
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", &redirect_uri),
            ("client_id", &settings.client_id),
            ("code_verifier", &verifier),
        ];
        let mut request = Request::post(&document.token_endpoint)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::ACCEPT, "application/json");
        if let Some(secret) = &settings.client_secret {
            if document.takes_basic() {
                let pair =
                    format!("{}:{}", form::escaped(&settings.client_id), form::escaped(secret));
                let basic = format!("Basic {}", STANDARD.encode(pair));
                request = request.header(header::AUTHORIZATION, basic);
            } else {
                sent.push(("client_secret", secret));
            }
        }
        let request = request.body(Full::new(Bytes::from(form::encode(&sent))));
        let request = request.map_err(|error| Fault::Unavailable(error.to_string()))?;
        let (status, body) = self.0.fetcher.ask(request).await?;
        match status {
            StatusCode::OK => match serde_json::from_slice::<Exchanged>(&body) {
                Ok(exchanged) => Ok(exchanged.id_token),
                Err(_) => Err(Fault::Unavailable("its answer to a code has no token".to_owned())),
            },
            StatusCode::BAD_REQUEST | StatusCode::UNAUTHORIZED => {
                let refusal = serde_json::from_slice::<Refusal>(&body);
                Err(Fault::Refused(
                    refusal.map_or_else(|_| "unknown".to_owned(), |found| found.error),
                ))
            }
            status => Err(Fault::Unavailable(format!("it answered a code with {status}"))),
        }
    }

    /// Checks a token. If the keys in memory lack its key, the provider may have new ones.
    async fn verify(
        &self,
        document: &Document,
        attempt: &Attempt,
        token: &str,
    ) -> Result<Claims, Fault> {
        let settings = self.settings();
        let nonce = attempt.nonce();
        let (issuer, client_id) = (settings.issuer.as_str(), &*settings.client_id);
        let expected = Expected { issuer, client_id, nonce: &nonce, now: now() };
        let keys = self.keys(document, USED_FOR).await?;
        let verified = match id_token::verify(token, &keys, &expected) {
            Err(Untrusted::UnknownKey) => {
                let keys = self.keys(document, KEYS_PAUSE).await?;
                id_token::verify(token, &keys, &expected)
            }
            verified => verified,
        };
        verified.map_err(Fault::Untrusted)
    }

    async fn document(&self) -> Result<Arc<Document>, Fault> {
        let issuer = &self.settings().issuer;
        let parse = |text: &[u8]| Document::parse(text, issuer);
        self.kept(&self.0.document, USED_FOR, &issuer.join(discovery::PATH), parse).await
    }

    /// The keys, if they were fetched within this time; else newer ones.
    async fn keys(&self, document: &Document, within: Duration) -> Result<Arc<Keys>, Fault> {
        let parse =
            |text: &[u8]| Keys::parse(text).ok_or_else(|| "its keys can't be read".to_owned());
        self.kept(&self.0.keys, within, &document.jwks_uri, parse).await
    }

    /// What is in memory, if it is young enough; else what is at this address. One request at a time asks for it.
    async fn kept<T>(
        &self,
        memory: &Mutex<Option<Kept<T>>>,
        within: Duration,
        address: &str,
        parse: impl FnOnce(&[u8]) -> Result<T, String>,
    ) -> Result<Arc<T>, Fault> {
        let mut memory = memory.lock().await;
        if let Some(kept) = &*memory {
            let used_for = if kept.found.is_ok() { within } else { FAILS_FOR };
            if kept.at.elapsed() < used_for {
                return kept.found.clone();
            }
        }
        let found =
            self.fetch(address).await.and_then(|body| parse(&body).map_err(Fault::Unavailable));
        let found = found.map(Arc::new);
        *memory = Some(Kept { found: found.clone(), at: Instant::now() });
        found
    }

    async fn fetch(&self, address: &str) -> Result<Bytes, Fault> {
        let request = Request::get(address).header(header::ACCEPT, "application/json");
        let request = request.body(Full::default());
        let request = request.map_err(|error| Fault::Unavailable(error.to_string()))?;
        match self.0.fetcher.ask(request).await? {
            (StatusCode::OK, body) => Ok(body),
            (status, _) => Err(Fault::Unavailable(format!("it answered with {status}"))),
        }
    }
}

/// Seconds since 1970.
#[expect(
    clippy::disallowed_methods,
    reason = "a token's times are compared with this machine's clock"
)]
fn now() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64()
}

fn with_query(address: &str, query: &str) -> String {
    let sign = if address.contains('?') { '&' } else { '?' };
    format!("{address}{sign}{query}")
}

#[cfg(test)]
mod tests;
