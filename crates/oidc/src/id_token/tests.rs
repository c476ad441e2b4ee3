//! Tokens that are accepted, and hostile ones.

use ring::hmac;
use serde_json::{Value, json};

use super::{BYTES_MAX, Claims, Expected, verify};
use crate::fault::Untrusted;
use crate::keys::Keys;
use crate::testing::{Signer, encoded, set, unsigned};

const NOW: u64 = 1_800_000_000;
const NONCE: &str = "the nonce";

fn header(algorithm: &str, id: &str) -> Value {
    json!({ "alg": algorithm, "kid": id, "typ": "JWT" })
}

fn claims() -> Value {
    json!({
        "iss": "https://login.example.com", "sub": "u-1", "aud": "dossier", "nonce": NONCE,
        "iat": NOW, "exp": NOW + 300, "email": "ada@example.com", "email_verified": true,
    })
}

fn keys(all: &[(&Signer, &str)]) -> Keys {
    let all: Vec<_> = all.iter().map(|(signer, id)| signer.jwk(id)).collect();
    Keys::parse(set(&all).as_bytes()).expect("keys")
}

fn read(token: &str, keys: &Keys) -> Result<Claims, Untrusted> {
    let (issuer, client_id) = ("https://login.example.com", "dossier");
    #[expect(clippy::cast_precision_loss, reason = "seconds are small")]
    verify(token, keys, &Expected { issuer, client_id, nonce: NONCE, now: NOW as f64 })
}

/// Checks what becomes of a token with these changed claims; `null` takes a claim away.
#[track_caller]
fn check(changes: &Value, expected: Result<(), Untrusted>) {
    let signer = Signer::p256();
    let mut claims = claims();
    for (name, value) in changes.as_object().expect("changes") {
        if value.is_null() {
            claims.as_object_mut().expect("claims").remove(name);
        } else {
            claims[name] = value.clone();
        }
    }
    let token = signer.token(&header("ES256", "a"), &claims);
    assert_eq!(read(&token, &keys(&[(&signer, "a")])).map(drop), expected, "{changes}");
}

#[test]
fn tokens_signed_by_rs256_and_es256_are_accepted() {
    let (rsa, p256) = (Signer::rsa(), Signer::p256());
    let keys = keys(&[(&rsa, "r"), (&p256, "e")]);
    for (signer, algorithm, id) in [(&rsa, "RS256", "r"), (&p256, "ES256", "e")] {
        let found = read(&signer.token(&header(algorithm, id), &claims()), &keys).expect("claims");
        assert_eq!(
            (&*found.subject, found.verified_email.as_deref()),
            ("u-1", Some("ada@example.com"))
        );
        let without_id = signer.token(&json!({ "alg": algorithm }), &claims());
        assert!(read(&without_id, &keys).is_ok(), "{algorithm} without the id of a key");
    }
}

#[test]
fn a_token_without_a_signature_is_refused() {
    let keys = keys(&[(&Signer::p256(), "a")]);
    for algorithm in ["none", "None", "NONE", ""] {
        let token = format!("{}.", unsigned(&header(algorithm, "a"), &claims()));
        assert_eq!(read(&token, &keys).map(drop), Err(Untrusted::Algorithm), "{algorithm}");
    }
    let empty = format!("{}.", unsigned(&header("ES256", "a"), &claims()));
    assert_eq!(read(&empty, &keys).map(drop), Err(Untrusted::Signature));
}

#[test]
fn the_public_key_is_no_shared_secret() {
    let rsa = Signer::rsa();
    let keys = keys(&[(&rsa, "r")]);
    let message = unsigned(&header("HS256", "r"), &claims());
    for secret in
        [rsa.jwk("r").to_string(), rsa.jwk("r")["n"].as_str().expect("a number").to_owned()]
    {
        let tag =
            hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes()), message.as_bytes());
        let token = format!("{message}.{}", encoded(tag.as_ref()));
        assert_eq!(read(&token, &keys).map(drop), Err(Untrusted::Algorithm));
    }
}

#[test]
fn a_signature_by_another_algorithm_is_refused() {
    let (rsa, p256) = (Signer::rsa(), Signer::p256());
    let keys = keys(&[(&rsa, "r"), (&p256, "e")]);
    for algorithm in ["RS384", "RS512", "PS256", "ES384", "ES256K", "EdDSA", "HS256", "rs256"] {
        let token = rsa.token(&header(algorithm, "r"), &claims());
        assert_eq!(read(&token, &keys).map(drop), Err(Untrusted::Algorithm), "{algorithm}");
    }
    // The key belongs to an algorithm, whatever the header says.
    let confused = rsa.token(&header("RS256", "e"), &claims());
    assert_eq!(read(&confused, &keys).map(drop), Err(Untrusted::UnknownKey));
    let confused = rsa.token(&header("ES256", "e"), &claims());
    assert_eq!(read(&confused, &keys).map(drop), Err(Untrusted::Signature));
}

#[test]
fn a_token_of_another_key_or_with_other_claims_is_refused() {
    let (ours, other) = (Signer::p256(), Signer::p256());
    let keys = keys(&[(&ours, "a")]);
    assert_eq!(
        read(&other.token(&header("ES256", "a"), &claims()), &keys).map(drop),
        Err(Untrusted::Signature)
    );
    assert_eq!(
        read(&ours.token(&header("ES256", "b"), &claims()), &keys).map(drop),
        Err(Untrusted::UnknownKey)
    );
    assert_eq!(
        read(&other.token(&json!({ "alg": "ES256" }), &claims()), &keys).map(drop),
        Err(Untrusted::UnknownKey)
    );
    let token = ours.token(&header("ES256", "a"), &claims());
    let (_, signature) = token.rsplit_once('.').expect("a signature");
    let mut changed = claims();
    changed["sub"] = "u-2".into();
    let changed = format!("{}.{signature}", unsigned(&header("ES256", "a"), &changed));
    assert_eq!(read(&changed, &keys).map(drop), Err(Untrusted::Signature));
}

#[test]
fn the_issuer_is_exact() {
    for issuer in
        ["https://evil.example", "https://login.example.com/", "HTTPS://login.example.com", ""]
    {
        check(&json!({ "iss": issuer }), Err(Untrusted::Issuer));
    }
    check(&json!({ "iss": null }), Err(Untrusted::Malformed));
}

#[test]
fn the_token_is_for_this_client_alone() {
    check(&json!({ "aud": ["dossier"] }), Ok(()));
    check(&json!({ "azp": "dossier" }), Ok(()));
    check(&json!({ "aud": ["dossier", "another"], "azp": "dossier" }), Ok(()));
    for changes in [
        json!({ "aud": "another" }),
        json!({ "aud": "dossier " }),
        json!({ "aud": [] }),
        json!({ "aud": ["another"], "azp": "dossier" }),
        json!({ "azp": "another" }),
        json!({ "aud": ["dossier", "another"] }),
        json!({ "aud": ["dossier", "another"], "azp": "another" }),
    ] {
        check(&changes, Err(Untrusted::Audience));
    }
    for changes in
        [json!({ "aud": null }), json!({ "aud": 1 }), json!({ "aud": { "dossier": true } })]
    {
        check(&changes, Err(Untrusted::Malformed));
    }
}

#[test]
fn a_token_counts_in_its_time_with_a_minute_of_leeway() {
    check(&json!({ "exp": NOW - 59 }), Ok(()));
    check(&json!({ "exp": NOW - 60 }), Err(Untrusted::Expired));
    check(&json!({ "exp": 0 }), Err(Untrusted::Expired));
    check(&json!({ "iat": NOW + 60, "nbf": NOW + 60 }), Ok(()));
    check(&json!({ "iat": NOW + 61 }), Err(Untrusted::NotYet));
    check(&json!({ "nbf": NOW + 61 }), Err(Untrusted::NotYet));
    for name in ["exp", "iat"] {
        check(&json!({ name: null }), Err(Untrusted::Malformed));
        check(&json!({ name: "1800000000" }), Err(Untrusted::Malformed));
    }
}

#[test]
fn the_token_belongs_to_the_attempt() {
    check(&json!({ "nonce": "another" }), Err(Untrusted::Nonce));
    check(&json!({ "nonce": "" }), Err(Untrusted::Nonce));
    check(&json!({ "nonce": null }), Err(Untrusted::Malformed));
}

#[test]
fn the_person_has_an_id() {
    for subject in [json!(""), json!("x".repeat(256)), json!(null), json!(7)] {
        check(&json!({ "sub": subject }), Err(Untrusted::Malformed));
    }
}

#[test]
fn an_e_mail_address_counts_only_if_it_is_verified() {
    let signer = Signer::p256();
    for (said, counts) in [
        (json!(true), true),
        (json!("true"), true),
        (json!(false), false),
        (json!(null), false),
        (json!(1), false),
    ] {
        let mut claims = claims();
        claims["email_verified"] = said.clone();
        let found = read(&signer.token(&header("ES256", "a"), &claims), &keys(&[(&signer, "a")]));
        assert_eq!(found.expect("claims").verified_email.is_some(), counts, "{said}");
    }
}

#[test]
fn tokens_of_other_kinds_and_broken_ones_are_refused() {
    let signer = Signer::p256();
    let keys = keys(&[(&signer, "a")]);
    let sent = |header: Value| read(&signer.token(&header, &claims()), &keys).map(drop);
    assert_eq!(sent(json!({ "alg": "ES256", "typ": "at+jwt" })), Err(Untrusted::Malformed));
    assert_eq!(sent(json!({ "alg": "ES256", "typ": "logout+jwt" })), Err(Untrusted::Malformed));
    assert_eq!(
        sent(json!({ "alg": "ES256", "crit": ["b64"], "b64": false })),
        Err(Untrusted::Malformed)
    );
    let good = signer.token(&header("ES256", "a"), &claims());
    let doubled = claims().to_string().replacen('{', r#"{"iss":"https://evil.example","#, 1);
    let doubled = format!("{}.{}", encoded(br#"{"alg":"ES256"}"#), encoded(doubled.as_bytes()));
    let doubled = format!("{doubled}.{}", encoded(&signer.sign(&doubled)));
    let broken =
        ["", ".", "..", "a.b", "a.b.c", &format!("{good}="), &format!("{good}.a"), &doubled];
    for token in broken {
        let answer = read(token, &keys).map(drop);
        assert!(matches!(answer, Err(Untrusted::Malformed)), "{token}: {answer:?}");
    }
    assert_eq!(read(&"a".repeat(BYTES_MAX + 1), &keys).map(drop), Err(Untrusted::TooLong));
}

#[test]
fn keys_for_other_purposes_are_left_out() {
    let signer = Signer::p256();
    let token = signer.token(&header("ES256", "a"), &claims());
    let with = |name: &str, value: Value| {
        let mut key = signer.jwk("a");
        key[name] = value;
        let keys =
            Keys::parse(set(&[json!({ "kty": "oct", "k": "AAAA" }), json!(7), key]).as_bytes());
        read(&token, &keys.expect("keys")).map(drop)
    };
    assert_eq!(with("alg", json!("ES256")), Ok(()));
    assert_eq!(with("key_ops", json!(["verify"])), Ok(()));
    for (name, value) in [
        ("use", json!("enc")),
        ("key_ops", json!(["encrypt"])),
        ("alg", json!("RS256")),
        ("alg", json!("none")),
        ("crv", json!("P-384")),
        ("x", json!("AAAA")),
    ] {
        assert_eq!(with(name, value.clone()), Err(Untrusted::UnknownKey), "{name} {value}");
    }
}
