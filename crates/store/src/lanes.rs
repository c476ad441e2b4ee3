//! Lanes of reads: which connections a read uses, and which servers may answer it.
//!
//! This is the only place that says which reads a replica may answer.

use domain::TenantId;
use sqlx::postgres::PgConnectOptions;

use crate::connect::{Role, as_role};
use crate::connections::Usage;
use crate::options::Options;
use crate::read_pool::{EXPORT_WAIT, ReadPool};

/// Connections for followers of the feed, at most.
const FEEDS_MAX: usize = 3;
/// Connections for exports of whole lists, at most.
const EXPORTS_MAX: usize = 3;

/// The lane of a read.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Lane {
    kind: Kind,
    may_use_replica: bool,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Kind {
    Lists,
    Searches,
    Feeds,
    Exports,
}

impl Lane {
    /// What commands, names, settings and positions need. Only the primary answers.
    pub(crate) const PRIMARY: Self = Self { kind: Kind::Lists, may_use_replica: false };
    /// Lists, histories and the audit.
    pub(crate) const LISTS: Self = Self { kind: Kind::Lists, may_use_replica: true };
    /// Searches and other reads that may take long.
    pub(crate) const SEARCHES: Self = Self { kind: Kind::Searches, may_use_replica: true };
    /// Pages of the feed.
    pub(crate) const FEED: Self = Self { kind: Kind::Feeds, may_use_replica: true };

    /// The lane of a list.
    pub(crate) const fn of_list(costly: bool) -> Self {
        if costly { Self::SEARCHES } else { Self::LISTS }
    }

    /// The same read for an export of a whole list.
    pub(crate) const fn for_export(self) -> Self {
        Self { kind: Kind::Exports, ..self }
    }

    /// Whether a replica may answer that shows what the primary shows.
    pub(crate) const fn may_use_replica(self) -> bool {
        self.may_use_replica
    }
}

/// The connections of all lanes to one server.
pub(crate) struct LanePools {
    lists: ReadPool<TenantId>,
    searches: ReadPool<TenantId>,
    feeds: ReadPool<TenantId>,
    exports: ReadPool<TenantId>,
}

impl LanePools {
    /// Connections to `server`, made when they are needed.
    pub(crate) fn new(server: &PgConnectOptions, options: &Options) -> Self {
        let reader = as_role(server, Role::Reader);
        let count = |number| usize::try_from(number).unwrap_or(usize::MAX);
        Self {
            lists: ReadPool::new(reader.clone(), count(options.readers_max)),
            searches: ReadPool::costly(
                &reader,
                count(options.searches_max),
                options.search_timeout,
                options.lower_priority,
            ),
            feeds: ReadPool::new(reader.clone(), FEEDS_MAX),
            exports: ReadPool::opening(reader, EXPORTS_MAX, options.lower_priority)
                .waiting(EXPORT_WAIT),
        }
    }

    /// The same for a server whose failures another server makes up for.
    pub(crate) fn asking_once(self) -> Self {
        Self {
            lists: self.lists.asking_once(),
            searches: self.searches.asking_once(),
            feeds: self.feeds.asking_once(),
            exports: self.exports.asking_once(),
        }
    }

    /// The connections of a lane.
    pub(crate) const fn of(&self, lane: Lane) -> &ReadPool<TenantId> {
        match lane.kind {
            Kind::Lists => &self.lists,
            Kind::Searches => &self.searches,
            Kind::Feeds => &self.feeds,
            Kind::Exports => &self.exports,
        }
    }

    /// How many connections of each kind are in use now, in the order of [`LanePools::KINDS`].
    pub(crate) fn usage(&self) -> [Usage; 4] {
        self.all().map(ReadPool::usage)
    }

    /// The names of the kinds, for metrics.
    pub(crate) const KINDS: [&str; 4] = ["lists", "searches", "feed", "exports"];

    /// Takes no more reads.
    pub(crate) fn close(&self) {
        for pool in self.all() {
            pool.close();
        }
    }

    const fn all(&self) -> [&ReadPool<TenantId>; 4] {
        [&self.lists, &self.searches, &self.feeds, &self.exports]
    }
}
