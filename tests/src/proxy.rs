//! A TCP proxy to PostgreSQL that loses requests and answers when a test says so.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::str::FromStr as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use sqlx::postgres::PgConnectOptions;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::unix::OwnedReadHalf;
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio::sync::watch;

use crate::TestDatabase;

/// What happens to the request that carries [`Proxy::MARK`]. All but [`Fault::Hold`] close the
/// client's connection.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Fault {
    /// It doesn't reach the server.
    LoseRequest,
    /// The server executes the request; its answer is lost.
    LoseAnswer,
    /// The server executes the request; the client gets an error with this SQLSTATE instead of the
    /// answer.
    Report(&'static str),
    /// The server gets it, and both connections are closed at once.
    Cut,
    /// The server gets it this long after the client's connection was closed.
    Late(Duration),
    /// The server gets it this much later, and nothing is lost.
    Hold(Duration),
}

/// What happens to new connections.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Door {
    /// They are made.
    #[default]
    Open,
    /// They are closed at once.
    Refuse,
    /// They are accepted, and nothing comes back meanwhile.
    Stall,
}

#[derive(Debug, Default)]
struct Shared {
    faults: Mutex<VecDeque<Fault>>,
    struck: AtomicU64,
    /// Connections that were accepted while the door stalled.
    stalled: AtomicU64,
    /// Late requests that the server has executed.
    late: AtomicU64,
}

impl Shared {
    /// The fault that affects a request with these bytes, if any.
    fn strike(&self, bytes: &[u8]) -> Option<Fault> {
        let mark = Proxy::MARK.as_bytes();
        if !bytes.windows(mark.len()).any(|window| window == mark) {
            return None;
        }
        let fault = self.faults.lock().unwrap_or_else(PoisonError::into_inner).pop_front()?;
        self.struck.fetch_add(1, Ordering::Relaxed);
        Some(fault)
    }
}

/// The proxy. It ends with the test's runtime.
#[derive(Debug)]
pub struct Proxy {
    /// The options to connect through it.
    pub options: PgConnectOptions,
    shared: Arc<Shared>,
    door: watch::Sender<Door>,
    cut: watch::Sender<()>,
}

impl Proxy {
    /// The mark of a request that a fault affects: put it into a command's values.
    pub const MARK: &str = "strike-here";

    /// A proxy to the server of `database`.
    ///
    /// # Panics
    ///
    /// When there is no port.
    pub async fn to(database: &TestDatabase) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let (url, _) = database.url.split_once('?').expect("a URL with the socket's directory");
        let url = url.replace("localhost:5432", &address.to_string()) + "?sslmode=disable";
        let options = PgConnectOptions::from_str(&url).expect("a URL");
        let directory = database.options.get_socket().expect("a socket's directory");
        let proxy = Self {
            options,
            shared: Arc::default(),
            door: watch::Sender::default(),
            cut: watch::Sender::default(),
        };
        let socket = directory.join(".s.PGSQL.5432");
        let (shared, door) = (Arc::clone(&proxy.shared), proxy.door.subscribe());
        tokio::spawn(accept(listener, socket, shared, door, proxy.cut.subscribe()));
        proxy
    }

    /// Makes `fault` affect the next marked request that no earlier fault affects.
    pub fn strike(&self, fault: Fault) {
        self.shared.faults.lock().unwrap_or_else(PoisonError::into_inner).push_back(fault);
    }

    /// How many requests were affected.
    #[must_use]
    pub fn struck(&self) -> u64 {
        self.shared.struck.load(Ordering::Relaxed)
    }

    /// Waits until a client has connected while the door stalls.
    pub async fn until_stalled(&self) {
        until(|| self.shared.stalled.load(Ordering::Relaxed) > 0).await;
    }

    /// Waits until the server has executed this many late requests.
    pub async fn until_late_requests(&self, requests: u64) {
        until(|| self.shared.late.load(Ordering::Relaxed) >= requests).await;
    }

    /// Closes every connection, also in the middle of a request.
    pub fn cut(&self) {
        self.cut.send_replace(());
    }

    /// Sets what happens to new connections from now on.
    pub fn door(&self, door: Door) {
        self.door.send_replace(door);
    }
}

async fn accept(
    listener: TcpListener,
    socket: PathBuf,
    shared: Arc<Shared>,
    door: watch::Receiver<Door>,
    cut: watch::Receiver<()>,
) {
    while let Ok((client, _)) = listener.accept().await {
        let mut door = door.clone();
        let (socket, shared, cut) = (socket.clone(), Arc::clone(&shared), cut.clone());
        tokio::spawn(async move {
            // An error here means that the proxy is gone, and the test with it.
            if *door.borrow() == Door::Stall {
                shared.stalled.fetch_add(1, Ordering::Relaxed);
            }
            let _ = door.wait_for(|door| *door != Door::Stall).await;
            if *door.borrow() == Door::Open
                && let Ok(server) = UnixStream::connect(socket).await
            {
                // A connection that fails is closed: the client sees that.
                let _ = pass(client, server, &shared, cut).await;
            }
        });
    }
}

/// Passes bytes until one side closes, a fault affects them or all connections are cut.
async fn pass(
    client: TcpStream,
    server: UnixStream,
    shared: &Shared,
    mut cut: watch::Receiver<()>,
) -> std::io::Result<()> {
    client.set_nodelay(true)?;
    cut.mark_unchanged();
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let up = async {
        let mut buffer = vec![0; 256 * 1024];
        loop {
            let length = from_client.read(&mut buffer).await?;
            if length == 0 {
                return Err(std::io::ErrorKind::UnexpectedEof.into());
            }
            match shared.strike(&buffer[..length]) {
                None => {}
                Some(Fault::Hold(delay)) => tokio::time::sleep(delay).await,
                Some(fault) => {
                    buffer.truncate(length);
                    return Ok::<_, std::io::Error>((fault, buffer));
                }
            }
            to_server.write_all(&buffer[..length]).await?;
        }
    };
    let (fault, request) = tokio::select! {
        struck = up => struck?,
        ended = tokio::io::copy(&mut from_server, &mut to_client) => return ended.map(drop),
        _ = cut.changed() => return Ok(()),
    };
    match fault {
        Fault::LoseRequest | Fault::Hold(_) => {}
        Fault::Cut => to_server.write_all(&request).await?,
        Fault::LoseAnswer => {
            to_server.write_all(&request).await?;
            swallow_answer(&mut from_server).await?;
        }
        Fault::Report(sqlstate) => {
            to_server.write_all(&request).await?;
            swallow_answer(&mut from_server).await?;
            to_client.write_all(&reported(sqlstate)).await?;
        }
        Fault::Late(delay) => {
            drop((from_client, to_client));
            tokio::time::sleep(delay).await;
            to_server.write_all(&request).await?;
            swallow_answer(&mut from_server).await?;
            shared.late.fetch_add(1, Ordering::Relaxed);
        }
    }
    Ok(())
}

/// Waits for a condition, for 10 seconds at most.
async fn until(condition: impl Fn() -> bool) {
    let begun = Instant::now();
    while !condition() {
        assert!(begun.elapsed() < Duration::from_secs(10), "the condition is never met");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

/// Reads until the server is ready for the next request: the previous one is then done.
async fn swallow_answer(from_server: &mut OwnedReadHalf) -> std::io::Result<()> {
    const READY: [u8; 5] = [b'Z', 0, 0, 0, 5];
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let length = from_server.read(&mut buffer).await?;
        let ready = length >= 6 && buffer[length - 6..length - 1] == READY;
        if length == 0 || ready {
            return Ok(());
        }
    }
}

/// An error with this code, and that the server is ready for the next request.
fn reported(sqlstate: &str) -> Vec<u8> {
    let fields = format!("SERROR\0VERROR\0C{sqlstate}\0Mmade up by a test\0\0");
    let length = u32::try_from(fields.len() + 4).expect("it is short");
    [b"E", &length.to_be_bytes()[..], fields.as_bytes(), b"Z\0\0\0\x05I"].concat()
}
