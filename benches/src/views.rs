//! W4: read models made anew from a long log, and how fast they follow it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use futures::TryStreamExt as _;
use sqlx::{Connection as _, Executor as _, PgConnection, query_scalar};
use store::projections::rebuild::{prune, rebuild, resume};
use store::{Options, Store, View};
use tokio::task::JoinSet;

use crate::database::Databases;
use crate::flags::Flags;
use crate::ours::Ours;
use crate::report::say;
use crate::stock::Stock;
use crate::work::{Dice, Done};

/// Tenants of the long log: several partitions have a share of it.
const TENANTS: usize = 8;
/// Events of each of its customers.
const EVENTS_EACH: usize = 10;
/// Workers of a rebuild.
const WORKERS: u16 = 2;
/// What a rebuild must reach of the rate at which PostgreSQL copies the events out.
const OF_COPY: f64 = 0.35;
/// How many times faster than the stock replay it must be.
const TIMES_STOCK: f64 = 100.0;
/// Events per second at which a view that starts over must catch up.
const FOLLOW_GOAL: f64 = 50_000.0;
/// Callers who go on meanwhile.
const CALLERS: usize = 2;
/// Commands whose effect on the list is waited for, one after another.
const VISIBLE: usize = 500;
/// Within how many milliseconds 99 in 100 of them must be seen.
const VISIBLE_GOAL_MS: f64 = 20.0;

/// Makes a long log, and measures what is made of it.
pub(crate) async fn measure(databases: &Databases, stock: &Stock, flags: &Flags) -> Done<()> {
    if !"read models".contains(&flags.only) {
        return Ok(());
    }
    let options = Options::new(databases.views.clone());
    let customers = flags.events / EVENTS_EACH;
    let ours = Ours::set_up(&options, TENANTS, customers, EVENTS_EACH as u64).await?;
    let ours = Arc::new(ours);
    let following = Store::open(&Options { followers: 2, ..options.clone() }).await?;
    let mut owner = PgConnection::connect_with(&databases.views).await?;
    caught_up(&mut owner, "").await?;
    following.close().await;
    databases.settle().await?;
    say(&format!("\nread models of {customers} customers, {WORKERS} workers"));
    rebuilds(databases, &options, stock, flags).await?;
    follow(databases, &options, &ours).await?;
    visible(&options, &ours).await?;
    ours.store.close().await;
    Ok(())
}

/// Rebuilds, beside the same events copied out and thrown away, and the stock replay.
async fn rebuilds(
    databases: &Databases,
    options: &Options,
    stock: &Stock,
    flags: &Flags,
) -> Done<()> {
    let mut owner = PgConnection::connect_with(&databases.views).await?;
    let events: i64 = query_scalar("select count(*) from events").fetch_one(&mut owner).await?;
    let mut copies = Vec::new();
    let mut replays = Vec::new();
    let mut rebuilds = [("customers", Vec::new()), ("field_changes", Vec::new())];
    let mut memory = 0;
    for _ in 0..flags.repetitions.max(1) {
        let begun = Instant::now();
        copy_out(&mut owner).await?;
        copies.push(rate(events, begun));
        for (projection, rates) in &mut rebuilds {
            let before = reset_peak();
            let begun = Instant::now();
            let rebuilt = rebuild(options, projection, WORKERS).await?;
            rates.push(rate(events, begun));
            memory = memory.max(peak().saturating_sub(before));
            if !rebuilt.comparison.equal() {
                return Err(format!("{projection} differs: {:?}", rebuilt.comparison).into());
            }
            let mut projector = store::connect(&databases.views, store::Role::Projector).await?;
            prune(&mut projector).await?;
        }
        let begun = Instant::now();
        let replayed = stock.replay(Duration::from_secs_f64(flags.seconds)).await?;
        replays.push(rate(replayed, begun));
    }
    let (copy, stock) = (median(copies), median(replays));
    say(&format!("  copy events to stdout  {copy:>9.0} events/s"));
    say(&format!("  stock QueryReplay      {stock:>9.0} events/s"));
    for (projection, rates) in rebuilds {
        let rate = median(rates);
        let (of_copy, times) = (rate / copy, rate / stock);
        say(&format!(
            "  rebuild {projection:<14} {rate:>9.0} events/s  {:.0}% of copy, goal {:.0}% {}; {times:.0} \
             times stock, goal {TIMES_STOCK:.0} {}",
            of_copy * 100.0,
            OF_COPY * 100.0,
            verdict(of_copy >= OF_COPY),
            verdict(times >= TIMES_STOCK),
        ));
    }
    say(&format!("  memory that a rebuild added at its peak: {} MiB", memory / 1024));
    owner.close().await?;
    Ok(())
}

/// Reads all events and throws them away.
pub(crate) async fn copy_out(owner: &mut PgConnection) -> Done<u64> {
    let copied = owner.copy_out_raw("copy events to stdout").await?;
    Ok(copied.try_fold(0, |bytes, part| async move { Ok(bytes + part.len() as u64) }).await?)
}

/// Has every following projection start over while commands go on, and waits until each is there.
async fn follow(databases: &Databases, options: &Options, ours: &Arc<Ours>) -> Done<()> {
    let mut owner = PgConnection::connect_with(&databases.views).await?;
    for view in ["customer_list", "field_changes", "billing_configurations"] {
        let over = format!(
            "update checkpoints set position = 0 where projection = '{view}';
             do $$ begin
                 execute (select 'truncate ' || string_agg(table_name, ', ')
                            from projection_tables where projection = '{view}');
             end $$"
        );
        owner.execute(&*over).await?;
        let events: i64 = query_scalar("select sum(position)::bigint from log_heads")
            .fetch_one(&mut owner)
            .await?;
        let following = Store::open(&Options { followers: 2, ..options.clone() }).await?;
        let going_on = Arc::new(AtomicBool::new(true));
        let callers = tokio::spawn(call(Arc::clone(ours), Arc::clone(&going_on)));
        let begun = Instant::now();
        // A service does so when it starts, and loads what is far behind.
        for loaded in resume(options).await? {
            loaded?;
        }
        caught_up(&mut owner, view).await?;
        let seconds = begun.elapsed().as_secs_f64();
        going_on.store(false, Ordering::Relaxed);
        let commands = callers.await??;
        #[expect(clippy::cast_precision_loss, reason = "there are far fewer than 2^52 events")]
        let rate = events as f64 / seconds;
        say(&format!(
            "  {view:<22} from zero {rate:>9.0} events/s while {commands} commands went on, goal \
             {FOLLOW_GOAL:.0} {}",
            verdict(rate >= FOLLOW_GOAL)
        ));
        following.close().await;
        let mut projector = store::connect(&databases.views, store::Role::Projector).await?;
        prune(&mut projector).await?;
    }
    owner.close().await?;
    Ok(())
}

/// Waits until a view is nowhere more than a few commands behind.
pub(crate) async fn caught_up(owner: &mut PgConnection, view: &str) -> Done<()> {
    loop {
        let behind: i64 = query_scalar(
            "select coalesce(sum(h.position - c.position), 0)::bigint
               from log_heads as h
               join checkpoints as c on c.partition = h.partition
               join projections as p on p.name = c.projection and p.generation = c.generation
              where p.state = 'live' and ($1 = '' or p.name = $1)",
        )
        .bind(view)
        .fetch_one(&mut *owner)
        .await?;
        if behind < 64 {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Sends commands for as long as they are wanted, and says how many.
async fn call(ours: Arc<Ours>, going_on: Arc<AtomicBool>) -> Done<u64> {
    let mut callers = JoinSet::new();
    for _ in 0..CALLERS {
        let (ours, going_on) = (Arc::clone(&ours), Arc::clone(&going_on));
        callers.spawn(async move {
            let (mut dice, mut sent) = (Dice::new(), 0);
            while going_on.load(Ordering::Relaxed) {
                ours.change(&mut dice).await?;
                sent += 1;
            }
            Done::Ok(sent)
        });
    }
    let mut sent = 0;
    while let Some(caller) = callers.join_next().await {
        sent += caller??;
    }
    Ok(sent)
}

/// How long after a command's answer its effect is in the list, when nothing else goes on: of a
/// command that the following service took itself, and of one that another took.
async fn visible(options: &Options, ours: &Ours) -> Done<()> {
    let following = Store::open(&Options { followers: 2, ..options.clone() }).await?;
    let same = Ours::over(following.clone(), ours);
    for (writer, who) in [(&same, "this service"), (ours, "another service")] {
        let (mut dice, mut taken) = (Dice::new(), Vec::with_capacity(VISIBLE));
        for _ in 0..VISIBLE {
            let (tenant, position) = writer.change(&mut dice).await?;
            let answered = Instant::now();
            if !following.reached(View::CustomerList, tenant, position).await? {
                return Err("a command never came to the list".into());
            }
            taken.push(answered.elapsed().as_secs_f64() * 1e3);
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        taken.sort_by(f64::total_cmp);
        let at = |percent: usize| taken.get(VISIBLE * percent / 100).copied().unwrap_or_default();
        say(&format!(
            "  in the list after a command of {who:<16} p50 {:.1} ms, p99 {:.1} ms, goal {VISIBLE_GOAL_MS:.0} {}",
            at(50),
            at(99),
            verdict(at(99) <= VISIBLE_GOAL_MS)
        ));
    }
    following.close().await;
    Ok(())
}

/// The kilobytes that this process has in memory; from here on [`peak`] counts anew.
fn reset_peak() -> u64 {
    // Without the right to do so the peak is that of the whole run, which is no less.
    let _ = std::fs::write("/proc/self/clear_refs", "5");
    status("VmRSS:")
}

/// The most kilobytes that this process has had in memory.
fn peak() -> u64 {
    status("VmHWM:")
}

fn status(name: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    line.and_then(|line| line.trim().strip_suffix(" kB")?.parse().ok()).unwrap_or_default()
}

#[expect(clippy::cast_precision_loss, reason = "there are far fewer than 2^52 events")]
pub(crate) fn rate(events: i64, begun: Instant) -> f64 {
    events as f64 / begun.elapsed().as_secs_f64()
}

pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

fn verdict(reached: bool) -> &'static str {
    if reached { "reached" } else { "missed" }
}
