//! This service beside others that do the same work on the same PostgreSQL, in runs that take turns: the
//! stock stack, hand-written SQL, and two libraries in other languages, each in processes of its own.

mod bare;
mod chart;
mod child;
mod cost;
mod page;
mod table;

use std::sync::Arc;
use std::time::{Duration, Instant};

use store::Options;

use crate::check;
use crate::cpu::Cpu;
use crate::database::Databases;
use crate::flags::Flags;
use crate::load::{self, Work};
use crate::ours::Ours;
use crate::report::say;
use crate::stock::{self, Stock};
use crate::work::{CUSTOMERS, Done, EVENTS, PRIOR_EVENTS};
use bare::Bare;
use child::Child;
use table::{CUSTOMERS_READ, Kind, Row, STACKS};

/// The rows of the table: the work, and callers at once.
const ROWS: [(Kind, usize); 10] = [
    (Kind::W1, 1),
    (Kind::W1, 8),
    (Kind::W1, 32),
    (Kind::W1, 64),
    (Kind::W2, 8),
    (Kind::W2, 64),
    (Kind::W3, 1),
    (Kind::W3, 8),
    (Kind::W3, 64),
    (Kind::W5, 8),
];

/// All stacks, with customers to change and customers to read.
struct Bench {
    ours: [Arc<Ours>; 2],
    viewed: Arc<Stock>,
    stock: [Arc<Stock>; 2],
    /// Those for W1, W3 and W5.
    bare: [Arc<Bare>; 3],
    children: [Child; 2],
    databases: Databases,
    time: Duration,
}

/// Measures everything, tells it, and writes the page if that is wanted.
pub(crate) async fn measure(flags: &Flags, seed: u64) -> Done<()> {
    if let Some(path) = &flags.write {
        // Better now than after all runs.
        page::filled(path, &page::Tables::default())?;
    }
    let (machine, rows) = compare(flags, seed).await?;
    let costs = cost::measure(flags).await?;
    let tables = page::Tables { machine, rows: page::rows(&rows), cost: page::costs(&costs) };
    say(&format!("\n{}\n\n{}", tables.rows, tables.cost));
    if let Some(path) = &flags.write {
        page::write(path, &tables, &chart::draw(&rows))?;
        say(&format!("written: {}", path.display()));
    }
    Ok(())
}

/// The rows that are wanted, and on what machine they were taken.
async fn compare(flags: &Flags, seed: u64) -> Done<(String, Vec<Row>)> {
    let wanted = |(kind, callers): &(Kind, usize)| {
        format!("{}, {callers} callers", kind.name()).contains(&flags.only)
    };
    let wanted: Vec<_> = ROWS.into_iter().filter(wanted).collect();
    let mut rows = Vec::with_capacity(wanted.len());
    if wanted.is_empty() {
        return Ok((String::new(), rows));
    }
    let bench = Bench::set_up(flags, seed).await?;
    let machine = page::machine(&bench.databases.ours, seed, flags).await?;
    say(&machine);
    for (nth, (kind, callers)) in wanted.iter().copied().enumerate() {
        say(&format!("{} of {}: {}, {callers} callers", nth + 1, wanted.len(), kind.name()));
        let mut row = Row { kind, callers, runs: [const { None }; STACKS.len()] };
        for _ in 0..flags.repetitions.max(1) {
            bench.round(&mut row).await?;
        }
        page::progress(&row);
        rows.push(row);
    }
    say(&format!("Dossier: {}", check::check(&bench.ours[0]).await?));
    bench.stop().await?;
    Ok((machine, rows))
}

impl Bench {
    async fn set_up(flags: &Flags, seed: u64) -> Done<Self> {
        let time = Duration::try_from_secs_f64(flags.seconds)?;
        let databases = Databases::make(flags.database_url.as_deref(), &[]).await?;
        let options = Options::new(databases.ours.clone());
        let begun = Instant::now();
        let tell = |name: &str| {
            say(&format!("{:>4} s: customers of {name}", begun.elapsed().as_secs()));
        };
        tell("Dossier");
        // The check of the first counts the database's events, so the other has another database.
        let changed = Ours::set_up(&options, 1, CUSTOMERS, PRIOR_EVENTS).await?;
        let of_read = Options::new(databases.views.clone());
        let read = Ours::set_up(&of_read, 1, CUSTOMERS_READ, EVENTS).await?;
        tell("cqrs-es");
        let viewed = Arc::new(Stock::best(&databases, time / 2).await?);
        let ids = stock::make_ids(CUSTOMERS_READ);
        let stock_read = Stock::open(&databases.stock, 8, &ids).await?;
        stock_read.set_up(EVENTS).await?;
        tell("bare SQL");
        let bare = [
            Bare::make(&databases.bare, CUSTOMERS, PRIOR_EVENTS, false).await?,
            Bare::make(&databases.bare, CUSTOMERS, PRIOR_EVENTS, true).await?,
            Bare::make(&databases.bare, CUSTOMERS_READ, EVENTS, false).await?,
        ];
        let children = [
            Child::emmett(databases.url_of("emmett")?, seed),
            Child::eventsourcing(databases.url_of("eventsourcing")?, seed),
        ];
        for child in &children {
            tell(child.name);
            child.set_up(false, PRIOR_EVENTS).await?;
            child.set_up(true, EVENTS).await?;
        }
        databases.settle().await?;
        let stock = [Arc::new(viewed.without_view()), Arc::new(stock_read)];
        let ours = [Arc::new(changed), Arc::new(read)];
        Ok(Self { ours, viewed, stock, bare, children, databases, time })
    }

    /// One run of each stack that offers the work.
    async fn round(&self, row: &mut Row) -> Done<()> {
        let (kind, callers, time) = (row.kind, row.callers, self.time);
        let work = match kind {
            Kind::W1 | Kind::W3 => Work::Update,
            Kind::W2 => Work::Create,
            Kind::W5 => Work::History,
        };
        let read = usize::from(kind == Kind::W5);
        let stock = if kind == Kind::W3 { &self.viewed } else { &self.stock[read] };
        let bare = match kind {
            Kind::W1 | Kind::W2 => &self.bare[0],
            Kind::W3 => &self.bare[1],
            Kind::W5 => &self.bare[2],
        };
        for (nth, runs) in row.runs.iter_mut().enumerate() {
            let before = Cpu::read(self.databases.postmaster);
            let run = match nth {
                0 => load::run(&self.ours[read], work, callers, time).await?,
                1 => load::run(stock, work, callers, time).await?,
                2 => load::run(bare, work, callers, time).await?,
                _ => {
                    let child = &self.children[nth - 3];
                    if let Some((run, cpu)) =
                        child.run(kind, callers, time, &self.databases).await?
                    {
                        runs.get_or_insert_default().add(run, cpu);
                    }
                    continue;
                }
            };
            let cpu = Cpu::read(self.databases.postmaster).since(before);
            runs.get_or_insert_default().add(run, cpu);
        }
        Ok(())
    }

    async fn stop(self) -> Done<()> {
        for ours in &self.ours {
            ours.store.close().await;
        }
        self.viewed.close().await;
        self.stock[1].close().await;
        self.databases.stop().await
    }
}
