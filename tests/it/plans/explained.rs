//! Plans as the database reports them, by statement.

use serde_json::Value;
use tests::Log;
use tracing_subscriber::util::SubscriberInitExt as _;

/// The notices that the sessions of a test's thread got from the database.
pub(super) struct Notices(Log);

impl Notices {
    /// Keeps notices for as long as the guard lives.
    pub(super) fn start() -> (Self, impl Drop) {
        let notices = Log::default();
        let writer = notices.clone();
        let log = tracing_subscriber::fmt()
            .json()
            .with_env_filter("sqlx::postgres::notice=trace")
            .with_writer(move || writer.clone());
        (Self(notices), log.finish().set_default())
    }

    /// The plans that were reported since they were last taken.
    pub(super) fn take(&self) -> Vec<Plan> {
        let plan = |line: &str| {
            let line: Value = serde_json::from_str(line).expect("a line of JSON");
            let message = line["fields"]["message"].as_str().expect("a message");
            let (_, plan) = message.split_once("plan:\n")?;
            let plan: Value = serde_json::from_str(plan).expect("a plan in JSON");
            let text = plan["Query Text"].as_str().expect("the statement").to_owned();
            Some(Plan { text, root: plan["Plan"].clone() })
        };
        self.0.take().lines().filter_map(plan).collect()
    }
}

/// An executed statement and its plan.
pub(super) struct Plan {
    pub(super) text: String,
    root: Value,
}

impl Plan {
    fn nodes(&self) -> Vec<&Value> {
        let (mut nodes, mut next) = (Vec::new(), vec![&self.root]);
        while let Some(node) = next.pop() {
            next.extend(node["Plans"].as_array().into_iter().flatten());
            nodes.push(node);
        }
        nodes
    }

    /// The values of one member of all nodes.
    pub(super) fn all(&self, member: &str) -> Vec<&str> {
        self.nodes().iter().filter_map(|node| node[member].as_str()).collect()
    }

    /// The large tables that it scans.
    pub(super) fn scans(&self, large: &[&str]) -> Vec<String> {
        let nodes = self.nodes().into_iter();
        let scans = nodes.filter(|node| node["Node Type"] == "Seq Scan");
        let tables = scans.filter_map(|node| node["Relation Name"].as_str().map(str::to_owned));
        tables.filter(|table| large.contains(&&**table)).collect()
    }

    /// The number of blocks of tables and indexes that it touched, including those of called
    /// functions.
    pub(super) fn blocks(&self) -> u64 {
        let blocks = |member: &str| self.root[member].as_u64().unwrap_or_default();
        blocks("Shared Hit Blocks") + blocks("Shared Read Blocks")
    }
}
