//! A database whose certificate is verified.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use server::config::{Config, Flags};
use server::database::Database;
use sqlx::{Connection, PgConnection, query_scalar};

use crate::service::{Other, directory, eventually, pid_file, set_mode, start};

fn openssl(arguments: &[&str], within: &Path) {
    let mut openssl = Command::new("openssl");
    openssl.args(arguments).current_dir(within).stderr(Stdio::null());
    assert!(openssl.status().expect("openssl runs").success(), "{arguments:?}");
}

/// An authority, and a certificate of the server that it has signed for this name.
fn certify(within: &Path, name: &str) {
    let key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
    let root = ["req", "-x509", "-subj", "/CN=root", "-days", "2"];
    let root_files = ["-keyout", "root.key", "-out", "root.crt"];
    openssl(&[&root[..], &key, &root_files].concat(), within);
    let request = ["req", "-subj", "/CN=server", "-keyout", "server.key", "-out", "server.csr"];
    openssl(&[&request[..], &key].concat(), within);
    fs::write(within.join("names"), format!("subjectAltName={name}")).expect("written");
    let sign = "x509 -req -in server.csr -CA root.crt -CAkey root.key -CAcreateserial -days 2 \
                -extfile names -out server.crt";
    openssl(&sign.split_whitespace().collect::<Vec<_>>(), within);
}

/// PostgreSQL on the data of a service, with TLS on a port.
fn by_hand(directory: &Path, port: u16) -> Other {
    let data = directory.join("postgres/data");
    let owner = fs::metadata(&data).expect("data");
    let major = fs::read_to_string(data.join("PG_VERSION")).expect("a version");
    for name in ["server.crt", "server.key"] {
        fs::copy(directory.join(name), data.join(name)).expect("copied");
        chown(data.join(name), Some(owner.uid()), Some(owner.gid())).expect("given away");
        set_mode(&data.join(name), 0o600);
    }
    let mut command = Command::new(format!("/usr/lib/postgresql/{}/bin/postgres", major.trim()));
    if rustix::process::geteuid().is_root() {
        command.uid(owner.uid()).gid(owner.gid());
    }
    command.current_dir("/").arg("-D").arg(&data).stderr(Stdio::null());
    let port = format!("port={port}");
    for setting in
        ["listen_addresses=127.0.0.1", &port, "unix_socket_directories=", "ssl=on", "fsync=off"]
    {
        command.arg("-c").arg(setting);
    }
    Other(command.spawn().expect("it starts"))
}

/// Whether the session is encrypted, or why there is none.
async fn session(url: &str, root: Option<&Path>) -> Result<bool, sqlx::Error> {
    let flags = Flags::default().with("database_url", url);
    let flags = match root {
        Some(root) => flags.with("database_root_cert", root.to_str().expect("UTF-8")),
        None => flags,
    };
    let config = Config::read(&flags, |_| None).expect("a configuration");
    let database = Database::start(&config).await.expect("a URL");
    let mut connection = PgConnection::connect_with(database.options()).await?;
    let encrypted = query_scalar("select ssl from pg_stat_ssl where pid = pg_backend_pid()");
    encrypted.fetch_one(&mut connection).await
}

#[tokio::test]
async fn a_root_certificate_lets_in_only_the_server_that_it_vouches_for_by_its_name() {
    let (directory, other) = (directory(), directory());
    start(directory.path()).await.stop().await.expect("it stops");
    certify(directory.path(), "DNS:localhost");
    certify(other.path(), "DNS:localhost");
    let port = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("one").port();
    let _server = by_hand(directory.path(), port);
    eventually("it runs", Duration::from_secs(30), || {
        fs::read_to_string(pid_file(directory.path())).is_ok_and(|text| text.contains("ready"))
    })
    .await;
    let password = fs::read_to_string(directory.path().join("postgres/password"));
    let password = password.expect("a password");
    let url = |host| format!("postgres://dossier:{}@{host}:{port}/postgres", password.trim());
    let (root, stranger) = (directory.path().join("root.crt"), other.path().join("root.crt"));

    assert!(session(&url("localhost"), Some(&root)).await.expect("a session"));
    let refused = session(&url("localhost"), Some(&stranger)).await;
    assert!(matches!(refused, Err(sqlx::Error::Tls(_) | sqlx::Error::Io(_))), "{refused:?}");
    let another_name = session(&url("127.0.0.1"), Some(&root)).await;
    assert!(
        matches!(another_name, Err(sqlx::Error::Tls(_) | sqlx::Error::Io(_))),
        "{another_name:?}"
    );
    // As the URL alone has it.
    let said = format!("{}?sslmode=verify-full&sslrootcert={}", url("localhost"), root.display());
    assert!(session(&said, None).await.expect("a session"));
}
