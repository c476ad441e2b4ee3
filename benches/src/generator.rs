//! The load generator, a process of its own: minimal HTTP/1.1 with requests built beforehand.

use std::io;
use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::load::{Latencies, Run, Work};
use crate::work::{Dice, Done, instructions};

/// What to send where.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Plan {
    pub(crate) address: String,
    pub(crate) connections: usize,
    pub(crate) seconds: f64,
    pub(crate) work: Work,
    pub(crate) path_before: String,
    /// Only commands have it.
    pub(crate) path_behind: String,
    /// Whole lines.
    pub(crate) headers: String,
    /// The customers, all ids of one length.
    pub(crate) ids: Vec<String>,
}

/// Does what the plan on standard input says, and tells the run.
pub(crate) async fn generate() -> Done<Run> {
    // Waiting here holds nobody up: there is nothing else to do before the plan is there.
    let plan: Arc<Plan> = Arc::new(serde_json::from_reader(io::stdin())?);
    let time = Duration::try_from_secs_f64(plan.seconds)?;
    let begun = Instant::now();
    let mut connections = JoinSet::new();
    for _ in 0..plan.connections {
        let plan = Arc::clone(&plan);
        connections.spawn(async move { connection(&plan, begun + time).await });
    }
    let mut all = Latencies::default();
    while let Some(latencies) = connections.join_next().await {
        all.add(latencies??);
    }
    Ok(all.into_run(begun.elapsed()))
}

/// A request in which only the id and a number change, each time of the same length.
struct Request {
    bytes: Vec<u8>,
    id: Range<usize>,
    /// In the idempotency key and in the body.
    fresh: Vec<Range<usize>>,
}

impl Request {
    fn new(plan: &Plan) -> Done<Self> {
        let id = plan.ids.first().ok_or("the plan has no customers")?;
        let Plan { address, path_before, path_behind, headers, .. } = plan;
        // A number that nothing else in the request has.
        let mark = format!("{:016x}", 0xfeed_beef_dead_c0de_u64);
        let text = if plan.work == Work::Read {
            format!("GET {path_before}{id} HTTP/1.1\r\nhost: {address}\r\n{headers}\r\n")
        } else {
            let value = instructions(0xfeed_beef_dead_c0de);
            let body = serde_json::json!({ "shipping": { "instructions": value } }).to_string();
            format!(
                "POST {path_before}{id}{path_behind} HTTP/1.1\r\nhost: {address}\r\n{headers}\
                 content-type: application/json\r\nx-actor: ada@example.com\r\n\
                 idempotency-key: {mark}\r\ncontent-length: {}\r\n\r\n{body}",
                body.len(),
            )
        };
        let at = text.find(&**id).ok_or("the request lacks its id")?;
        let fresh = text.match_indices(&mark).map(|(at, _)| at..at + mark.len()).collect();
        Ok(Self { id: at..at + id.len(), fresh, bytes: text.into_bytes() })
    }

    fn next(&mut self, id: &str, fresh: u64) -> &[u8] {
        if let Some(place) = self.bytes.get_mut(self.id.clone()).filter(|at| at.len() == id.len()) {
            place.copy_from_slice(id.as_bytes());
        }
        let digits = format!("{fresh:016x}");
        for range in &self.fresh {
            if let Some(place) = self.bytes.get_mut(range.clone()) {
                place.copy_from_slice(digits.as_bytes());
            }
        }
        &self.bytes
    }
}

async fn connection(plan: &Plan, until: Instant) -> Done<Latencies> {
    let mut stream = TcpStream::connect(&plan.address).await?;
    stream.set_nodelay(true)?;
    let mut request = Request::new(plan)?;
    let (mut dice, mut latencies) = (Dice::new(), Latencies::default());
    let mut buffer = Vec::with_capacity(16 * 1024);
    while Instant::now() < until {
        let id = dice.choose(&plan.ids).ok_or("the plan has no customers")?;
        let sent = Instant::now();
        stream.write_all(request.next(id, dice.next())).await?;
        let succeeded = answer(&mut stream, &mut buffer).await?;
        latencies.note(sent, succeeded);
    }
    Ok(latencies)
}

/// Reads one whole answer and says whether it is a success. Only lengths said beforehand are read,
/// which is how both servers answer.
async fn answer(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Done<bool> {
    buffer.clear();
    let mut whole = None;
    loop {
        if stream.read_buf(buffer).await? == 0 {
            return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
        }
        if whole.is_none() {
            whole = length(buffer)?;
        }
        if whole.is_some_and(|whole| buffer.len() >= whole) {
            return Ok(buffer.starts_with(b"HTTP/1.1 2"));
        }
    }
}

/// How long the answer will be, once its head is there.
fn length(buffer: &[u8]) -> Done<Option<usize>> {
    let Some(end) = buffer.windows(4).position(|four| four == b"\r\n\r\n") else { return Ok(None) };
    let head = std::str::from_utf8(buffer.get(..end).unwrap_or_default())?;
    let body = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>())
    });
    Ok(Some(end + 4 + body.ok_or("an answer without its length")??))
}
