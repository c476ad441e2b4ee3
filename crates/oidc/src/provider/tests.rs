//! A provider on this machine: its requests, when they come, and what becomes of bad answers.

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::*;
use crate::fetch::ANSWER_BYTES_MAX;
use crate::testing::{Signer, set, settings};

/// What the provider answers, and what it was asked.
struct Fake {
    address: String,
    signer: Signer,
    key_id: &'static str,
    requests: Vec<String>,
    /// An answer instead of its own to requests for this path.
    instead: Option<(&'static str, String)>,
    nonce: String,
}

type Shared = Arc<Mutex<Fake>>;

async fn fake() -> (Shared, Provider) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = format!("http://{}", listener.local_addr().expect("an address"));
    let provider = Provider::new(settings(&address)).expect("a provider");
    let (signer, key_id) = (Signer::p256(), "first");
    let (requests, instead, nonce) = (vec![], None, String::new());
    let fake = Arc::new(Mutex::new(Fake { address, signer, key_id, requests, instead, nonce }));
    let shared = Arc::clone(&fake);
    tokio::spawn(async move {
        while let Ok((connection, _)) = listener.accept().await {
            drop(answer(connection, &shared).await);
        }
    });
    (fake, provider)
}

async fn answer(mut connection: TcpStream, fake: &Shared) -> std::io::Result<()> {
    let mut request = String::new();
    while !is_whole(&request) {
        let mut bytes = [0; 4096];
        let read = connection.read(&mut bytes).await?;
        request.push_str(&String::from_utf8_lossy(&bytes[..read]));
    }
    let answer = fake.lock().expect("the provider").answer(request);
    connection.write_all(answer.as_bytes()).await
}

fn is_whole(request: &str) -> bool {
    let Some((head, body)) = request.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    body.len() >= length.map_or(0, |length| length.parse().expect("a number"))
}

fn ok(body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len())
}

impl Fake {
    fn answer(&mut self, request: String) -> String {
        let path = request.split(' ').nth(1).expect("a path").to_owned();
        self.requests.push(request);
        if let Some((_, answer)) = self.instead.as_ref().filter(|(of, _)| path == *of) {
            return answer.clone();
        }
        let at = |path: &str| format!("{}{path}", self.address);
        match &*path {
            discovery::PATH => ok(&json!({
                "issuer": self.address, "authorization_endpoint": at("/auth"), "token_endpoint": at("/token"),
                "jwks_uri": at("/keys"), "end_session_endpoint": at("/end"),
            })
            .to_string()),
            "/keys" => ok(&set(&[self.signer.jwk(self.key_id)])),
            "/token" => ok(&json!({ "id_token": self.token() }).to_string()),
            other => panic!("{other}"),
        }
    }

    fn token(&self) -> String {
        let now = now();
        let claims: Value = json!({
            "iss": self.address, "sub": "u-1", "aud": "dossier", "nonce": self.nonce, "iat": now, "exp": now + 60.0,
            "email": "ada@example.com", "email_verified": true, "roles": ["support"],
        });
        self.signer.token(&json!({ "alg": "ES256", "kid": self.key_id }), &claims)
    }

    fn asked(&self, path: &str) -> usize {
        self.requests.iter().filter(|request| request.split(' ').nth(1) == Some(path)).count()
    }
}

async fn sign_in(fake: &Shared, provider: &Provider) -> Result<Person, Fault> {
    let attempt = Attempt::random().expect("an attempt");
    fake.lock().expect("the provider").nonce = attempt.nonce();
    provider.complete(&attempt, "the code").await
}

#[tokio::test]
async fn a_person_is_sent_to_the_provider_with_pkce_state_and_nonce() {
    let (fake, provider) = fake().await;
    let attempt = Attempt::random().expect("an attempt");
    let to = provider.begin(&attempt).await.expect("an address");
    let address = fake.lock().expect("the provider").address.clone();
    assert_eq!(
        to,
        format!(
            "{address}/auth?response_type=code&client_id=dossier\
             &redirect_uri=https%3A%2F%2Fdossier.example.com%2Fconsole%2Flogin%2Fcallback&scope=openid%20email\
             &state={}&nonce={}&code_challenge={}&code_challenge_method=S256",
            attempt.state(),
            attempt.nonce(),
            attempt.challenge()
        )
    );
    assert!(!to.contains(attempt.secret()) && !to.contains(&attempt.verifier()));
    assert_eq!(provider.sign_out().await, Some(format!("{address}/end?client_id=dossier")));
}

#[tokio::test]
async fn a_code_is_exchanged_with_the_verifier_and_the_secret() {
    let (fake, provider) = fake().await;
    let person = sign_in(&fake, &provider).await;
    let expected =
        Person { actor: "ada@example.com".to_owned(), key_id: "00000000000000bb".to_owned() };
    assert_eq!(person, Ok(expected));
    let fake = fake.lock().expect("the provider");
    let exchanged =
        fake.requests.iter().find(|request| request.starts_with("POST /token")).expect("a request");
    // dossier:a%20secret
    assert!(exchanged.contains("authorization: Basic ZG9zc2llcjphJTIwc2VjcmV0"), "{exchanged}");
    assert!(
        exchanged.contains("grant_type=authorization_code&code=the%20code&redirect_uri="),
        "{exchanged}"
    );
    assert!(exchanged.contains("&code_verifier="), "{exchanged}");
}

#[tokio::test]
async fn addresses_and_keys_are_fetched_once() {
    let (fake, provider) = fake().await;
    for _ in 0..3 {
        assert!(sign_in(&fake, &provider).await.is_ok());
    }
    let fake = fake.lock().expect("the provider");
    assert_eq!((fake.asked(discovery::PATH), fake.asked("/keys"), fake.asked("/token")), (1, 1, 3));
}

#[tokio::test]
async fn a_new_key_of_the_provider_is_fetched_but_not_with_every_token() {
    let (fake, provider) = fake().await;
    assert!(sign_in(&fake, &provider).await.is_ok());
    let rotate = |id| {
        let mut fake = fake.lock().expect("the provider");
        (fake.signer, fake.key_id) = (Signer::p256(), id);
    };
    rotate("second");
    // The keys were fetched a moment ago.
    assert_eq!(sign_in(&fake, &provider).await, Err(Fault::Untrusted(Untrusted::UnknownKey)));
    provider.0.keys.lock().await.as_mut().expect("keys").at -= KEYS_PAUSE;
    assert!(sign_in(&fake, &provider).await.is_ok());
    assert_eq!(fake.lock().expect("the provider").asked("/keys"), 2);
}

#[tokio::test]
async fn a_token_of_another_attempt_signs_nobody_in() {
    let (fake, provider) = fake().await;
    fake.lock().expect("the provider").nonce = Attempt::random().expect("another").nonce();
    let attempt = Attempt::random().expect("an attempt");
    assert_eq!(
        provider.complete(&attempt, "the code").await,
        Err(Fault::Untrusted(Untrusted::Nonce))
    );
}

#[tokio::test]
async fn a_code_that_the_provider_refuses_is_a_refusal() {
    let (fake, provider) = fake().await;
    let body = r#"{"error":"invalid_grant"}"#;
    let refusal =
        format!("HTTP/1.1 400 Bad Request\r\ncontent-length: {}\r\n\r\n{body}", body.len());
    fake.lock().expect("the provider").instead = Some(("/token", refusal));
    assert_eq!(sign_in(&fake, &provider).await, Err(Fault::Refused("invalid_grant".to_owned())));
}

#[tokio::test]
async fn a_provider_that_is_down_or_answers_nonsense_is_unavailable() {
    let redirect =
        "HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n";
    let oversized = ok(&" ".repeat(ANSWER_BYTES_MAX + 1));
    let down = "HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n";
    for path in [discovery::PATH, "/keys", "/token"] {
        for answer in [redirect, &oversized, down, &ok("<html>"), "nonsense\r\n\r\n"] {
            let (fake, provider) = fake().await;
            fake.lock().expect("the provider").instead = Some((path, answer.to_owned()));
            let found = sign_in(&fake, &provider).await;
            assert!(matches!(found, Err(Fault::Unavailable(_))), "{path}: {found:?}");
        }
    }
}

#[tokio::test]
async fn people_who_come_while_a_provider_is_down_do_not_wait_for_each_other() {
    let (fake, provider) = fake().await;
    fake.lock().expect("the provider").instead = Some((discovery::PATH, "\r\n".to_owned()));
    for _ in 0..5 {
        assert!(matches!(sign_in(&fake, &provider).await, Err(Fault::Unavailable(_))));
    }
    assert_eq!(fake.lock().expect("the provider").requests.len(), 1);
    provider.0.document.lock().await.as_mut().expect("a failure").at -= FAILS_FOR;
    fake.lock().expect("the provider").instead = None;
    assert!(sign_in(&fake, &provider).await.is_ok());
}
