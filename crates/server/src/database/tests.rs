//! How a database on another machine is reached, and how a store is opened by default.

use sqlx::postgres::PgSslMode;
use store::Options;

use super::{Database, encrypted, parse, unverified};
use crate::config::{Config, Flags};

fn config(root: Option<&str>) -> Config {
    let flags = Flags::default();
    let flags = match root {
        Some(root) => flags.with("database_root_cert", root),
        None => flags,
    };
    Config::read(&flags, |_| None).expect("a configuration")
}

#[track_caller]
fn check_mode(url: &str, root: Option<&str>, expected: PgSslMode) {
    let options = encrypted(parse(url).expect("a URL"), url, &config(root));
    let (found, expected) = (format!("{:?}", options.get_ssl_mode()), format!("{expected:?}"));
    assert_eq!(found, expected, "{url}");
}

#[test]
fn a_root_certificate_is_verified_unless_the_url_says_otherwise() {
    let root = Some("/etc/dossier/root.crt");
    check_mode("postgres://db.example/dossier", root, PgSslMode::VerifyFull);
    check_mode("postgres://db.example/dossier?sslmode=verify-ca", root, PgSslMode::VerifyCa);
    check_mode("postgres://db.example/dossier?sslmode=require", root, PgSslMode::Require);
    check_mode("postgres://db.example/dossier?sslmode=verify-full", None, PgSslMode::VerifyFull);
    check_mode("postgres://db.example/dossier", None, PgSslMode::Prefer);
}

#[test]
fn a_remote_database_that_is_not_verified_is_warned_of() {
    let warned = |url: &str| unverified(&parse(url).expect("a URL")).is_some();
    for url in ["postgres://db.example/d", "postgres://10.0.0.5/d", "postgres://[2001:db8::1]/d"] {
        assert!(warned(url), "{url}");
        assert!(warned(&format!("{url}?sslmode=require")), "{url}");
        assert!(!warned(&format!("{url}?sslmode=verify-full")), "{url}");
        assert!(!warned(&format!("{url}?sslmode=verify-ca")), "{url}");
    }
    for url in [
        "postgres://localhost/d",
        "postgres://127.0.0.1/d",
        "postgres://[::1]/d",
        "postgres://localhost/d?host=/run/postgresql",
    ] {
        assert!(!warned(url), "{url}");
    }
}

#[test]
fn the_defaults_of_the_settings_are_those_of_the_store() {
    let options = parse("postgres://localhost/d").expect("a URL");
    let database = Database { options: options.clone(), owner: options.clone(), private: None };
    let bounds = |options: &Options| {
        let Options { readers_max, searches_max, search_timeout, writers, last_read_bytes, .. } =
            options;
        format!("{readers_max} {searches_max} {search_timeout:?} {writers:?} {last_read_bytes}")
    };
    assert_eq!(bounds(&database.store_options(&config(None))), bounds(&Options::new(options)));
}
