//! URLs of a private PostgreSQL.

use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::str::FromStr as _;

use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection as _, PgConnection};
use store::SERVICE_LOGIN;

use super::home::Home;
use super::options::NAME;

/// How to connect to the private PostgreSQL that another process runs in `data_dir`, if it runs and accepts
/// the connection.
pub async fn running_url(data_dir: &Path) -> Option<String> {
    let home = Home::of(&std::fs::canonicalize(data_dir).ok()?);
    let password = std::fs::read_to_string(home.password()).ok()?;
    let socket_dir = home.existing_socket_dir()?;
    accepts(url(&socket_dir, NAME, password.trim(), NAME)).await
}

/// Like [`running_url`], with the service's login. Absent when the other process is of a version that has
/// none.
pub async fn running_service_url(data_dir: &Path) -> Option<String> {
    let home = Home::of(&std::fs::canonicalize(data_dir).ok()?);
    let password = std::fs::read_to_string(home.service_password()).ok()?;
    let socket_dir = home.existing_socket_dir()?;
    accepts(url(&socket_dir, SERVICE_LOGIN, password.trim(), NAME)).await
}

async fn accepts(url: String) -> Option<String> {
    let options = PgConnectOptions::from_str(&url).ok()?;
    PgConnection::connect_with(&options).await.ok()?.close().await.ok()?;
    Some(url)
}

/// Percent-encodes a part of a URL: all bytes but letters, digits and `-_.~/`.
pub(super) fn percent_encoded(bytes: &[u8]) -> String {
    let encode = |&byte: &u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' | b'/' => {
            char::from(byte).to_string()
        }
        _ => format!("%{byte:02X}"),
    };
    bytes.iter().map(encode).collect()
}

/// How to connect to `database` over the socket in `socket_dir`, with the password in it.
pub(super) fn url(socket_dir: &Path, user: &str, password: &str, database: &str) -> String {
    let database = percent_encoded(database.as_bytes());
    let host = percent_encoded(socket_dir.as_os_str().as_bytes());
    // Names everything that variables such as PGPORT could change.
    format!("postgres://{user}:{password}@localhost:5432/{database}?host={host}&sslmode=disable")
}
