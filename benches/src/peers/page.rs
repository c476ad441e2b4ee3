//! The tables of the page, and where they go.

use std::fmt::Write as _;
use std::path::Path;

use serde::Deserialize;
use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection as _, PgConnection, query_as};

use super::cost::Cost;
use super::table::{Row, STACKS, STOCK};
use crate::flags::Flags;
use crate::report::{Runs, say};
use crate::work::Done;

/// What goes between the page's marks.
#[derive(Default)]
pub(super) struct Tables {
    pub(super) machine: String,
    pub(super) rows: String,
    pub(super) cost: String,
}

/// The machine, the server and the programs; fails where commits aren't durable.
pub(super) async fn machine(database: &PgConnectOptions, seed: u64, flags: &Flags) -> Done<String> {
    let mut connection = PgConnection::connect_with(database).await?;
    let (version, fsync, synchronous, pages, method, day): (
        String,
        String,
        String,
        String,
        String,
        String,
    ) = query_as(
        "select current_setting('server_version'), current_setting('fsync'),
                current_setting('synchronous_commit'), current_setting('full_page_writes'),
                current_setting('wal_sync_method'), current_date::text",
    )
    .fetch_one(&mut connection)
    .await?;
    if [&fsync, &synchronous, &pages] != ["on", "on", "on"] {
        return Err("commits aren't durable on this server".into());
    }
    let cores = std::thread::available_parallelism()?;
    let cpus = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let named = cpus.lines().find_map(|line| line.strip_prefix("model name"));
    let cpu = named.map_or("unknown", |line| line.trim_start_matches([' ', '\t', ':']));
    let (emmett, eventsourcing) = versions()?;
    let Flags { seconds, repetitions, .. } = flags;
    Ok(format!(
        "Taken on {day}: {cores} cores ({cpu}), PostgreSQL {version} with fsync, synchronous_commit and \
         full_page_writes\n{fsync} ({method}); Emmett {emmett}, eventsourcing {eventsourcing}; \
         {repetitions} runs of {seconds} s each, seed {seed}."
    ))
}

/// The peers' versions, from the files that pin them.
fn versions() -> Done<(String, String)> {
    #[derive(Deserialize)]
    struct Package {
        dependencies: std::collections::BTreeMap<String, String>,
    }
    let package: Package = serde_json::from_str(include_str!("../../peers/emmett/package.json"))?;
    let emmett = package.dependencies.get("@event-driven-io/emmett-postgresql");
    let required = include_str!("../../peers/eventsourcing/requirements.txt");
    let eventsourcing = required.lines().find_map(|line| line.strip_prefix("eventsourcing=="));
    let emmett = emmett.ok_or("Emmett isn't pinned")?;
    Ok((emmett.clone(), eventsourcing.ok_or("eventsourcing isn't pinned")?.to_owned()))
}

/// Tells a row that is done.
pub(super) fn progress(row: &Row) {
    for (stack, runs) in STACKS.iter().zip(&row.runs) {
        let Some(median) = runs.as_ref().map(Runs::median) else { continue };
        let failed =
            if median.failed == 0 { String::new() } else { format!(", {} failed", median.failed) };
        say(&format!(
            "  {stack:<14} {:>8.0}/s, p50 {:.2} ms, p99 {:.2} ms, CPU {:.0} + {:.0} µs{failed}",
            median.rate,
            median.p50_us / 1e3,
            median.p99_us / 1e3,
            median.own_us,
            median.postgres_us,
        ));
    }
}

/// A line for each row and stack that offers it.
pub(super) fn rows(rows: &[Row]) -> String {
    let mut table = "| work | callers | stack | per second | times stock | of bare SQL | p50 ms | p99 ms | CPU µs, own + \
                     PostgreSQL | failed |\n|---|--:|---|--:|--:|--:|--:|--:|--:|--:|\n"
        .to_owned();
    for row in rows {
        let rate = |nth: usize| row.runs.get(nth)?.as_ref().map(Runs::rate);
        for (nth, stack) in STACKS.iter().enumerate() {
            let (what, callers) = if nth == 0 {
                (row.kind.name(), row.callers.to_string())
            } else {
                ("", String::new())
            };
            let Some(median) = row.runs.get(nth).and_then(|runs| Some(runs.as_ref()?.median()))
            else {
                let _ =
                    writeln!(table, "| {what} | {callers} | {stack} | not offered | | | | | | |");
                continue;
            };
            let of = |other: Option<f64>| other.map_or(f64::NAN, |other| median.rate / other);
            let _ = writeln!(
                table,
                "| {what} | {callers} | {stack} | {:.0} | {:.2} | {:.0}% | {:.2} | {:.2} | {:.0} + {:.0} | {} |",
                median.rate,
                of(rate(STOCK)),
                of(rate(STOCK + 1)) * 100.0,
                median.p50_us / 1e3,
                median.p99_us / 1e3,
                median.own_us,
                median.postgres_us,
                median.failed,
            );
        }
    }
    table.trim_end().to_owned()
}

/// What a command costs, a line for each run.
pub(super) fn costs(costs: &[Cost]) -> String {
    let mut table = "| customers | prior events | callers | stack | per second | statements | WAL bytes | whole pages in \
                     it | CPU µs, own | CPU µs, PostgreSQL |\n|--:|--:|--:|---|--:|--:|--:|--:|--:|--:|\n"
        .to_owned();
    for cost in costs {
        table.push_str(&cost.line());
        table.push('\n');
    }
    table.trim_end().to_owned()
}

/// Puts the tables between the page's marks, and the chart beside the page.
pub(super) fn write(path: &Path, tables: &Tables, chart: &str) -> Done<()> {
    std::fs::write(path, filled(path, tables)?)?;
    std::fs::write(path.with_extension("svg"), chart)?;
    Ok(())
}

/// The page with the tables between its marks; fails where it lacks some.
pub(super) fn filled(path: &Path, tables: &Tables) -> Done<String> {
    let mut page = std::fs::read_to_string(path)?;
    for (mark, table) in
        [("machine", &tables.machine), ("rows", &tables.rows), ("cost", &tables.cost)]
    {
        page = put(&page, mark, table)?;
    }
    Ok(page)
}

/// The page with this between the marks of that name, in place of what was there.
fn put(page: &str, mark: &str, text: &str) -> Done<String> {
    let (begin, end) = (format!("<!-- {mark} -->"), format!("<!-- end of {mark} -->"));
    let missing = || format!("the page lacks the marks of {mark}");
    let (before, rest) = page.split_once(&begin).ok_or_else(missing)?;
    let (_, after) = rest.split_once(&end).ok_or_else(missing)?;
    Ok(format!("{before}{begin}\n{text}\n{end}{after}"))
}

#[cfg(test)]
mod tests {
    use super::put;

    #[test]
    fn only_what_is_between_the_marks_changes() {
        let page = "before\n<!-- rows -->\nold\n<!-- end of rows -->\nbehind\n";
        let filled = put(page, "rows", "new").unwrap();
        assert_eq!(filled, "before\n<!-- rows -->\nnew\n<!-- end of rows -->\nbehind\n");
        assert_eq!(put(&filled, "rows", "new").unwrap(), filled);
        assert!(put(page, "cost", "new").is_err(), "a mark that isn't there");
    }
}
