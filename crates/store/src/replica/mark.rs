//! Places in the write-ahead log, and which log it is.

use sqlx::{FromRow, PgConnection, query_as};

/// A place in a write-ahead log, in bytes from its beginning.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd, sqlx::Type)]
#[sqlx(transparent)]
pub(super) struct Lsn(i64);

/// What distinguishes a log from all others.
#[derive(Clone, Copy, Debug, Eq, FromRow, PartialEq)]
pub(super) struct Log {
    /// The number that initdb gave to the server; a standby has that of its primary.
    system: i64,
    /// The number of the database on the server.
    database: i64,
    /// A promotion begins a new timeline. Places of different timelines can't be compared.
    timeline: i32,
}

/// How far the primary's log goes.
#[derive(Clone, Copy, Debug, Eq, FromRow, PartialEq)]
pub(super) struct Mark {
    #[sqlx(flatten)]
    log: Log,
    /// The end of what is durable. Every commit that anybody can see is before it.
    pub(super) end: Lsn,
}

/// What a session with a replica shows.
#[derive(Clone, Copy, Debug, Eq, FromRow, PartialEq)]
pub(super) struct Place {
    #[sqlx(flatten)]
    log: Log,
    /// Whether it still is a standby.
    pub(super) standby: bool,
    /// The end of what is replayed.
    pub(super) replayed: Lsn,
}

impl Place {
    /// Whether it is the same database on the same server, or a copy of it.
    pub(super) const fn is_of(&self, mark: &Mark) -> bool {
        self.log.system == mark.log.system && self.log.database == mark.log.database
    }

    /// Whether it is also the same timeline.
    pub(super) const fn has_timeline_of(&self, mark: &Mark) -> bool {
        self.log.timeline == mark.log.timeline
    }

    /// Whether it shows everything that the primary showed at `mark`.
    pub(super) fn shows(&self, mark: &Mark) -> bool {
        self.standby && self.is_of(mark) && self.has_timeline_of(mark) && self.replayed >= mark.end
    }
}

/// How far the log of the primary goes now.
pub(super) async fn primary(connection: &mut PgConnection) -> sqlx::Result<Mark> {
    query_as(
        r#"select s.system_identifier as system, d.oid::bigint as database,
                  ('x' || substr(pg_walfile_name(e.lsn), 1, 8))::bit(32)::integer as timeline,
                  (e.lsn - '0/0'::pg_lsn)::bigint as "end"
             from (select pg_current_wal_flush_lsn() as lsn) as e
            cross join pg_control_system() as s
            cross join pg_database as d
            where d.datname = current_database()"#,
    )
    .fetch_one(connection)
    .await
}

/// What this session with a replica shows now. That only grows as long as the session lasts; a replica that
/// was restarted may show less than before.
pub(super) async fn place(connection: &mut PgConnection) -> sqlx::Result<Place> {
    query_as(
        "select s.system_identifier as system, d.oid::bigint as database,
                greatest(c.timeline_id, r.min_recovery_end_timeline) as timeline,
                pg_is_in_recovery() as standby,
                coalesce((pg_last_wal_replay_lsn() - '0/0'::pg_lsn)::bigint, 0) as replayed
           from pg_control_system() as s
          cross join pg_control_checkpoint() as c
          cross join pg_control_recovery() as r
          cross join pg_database as d
          where d.datname = current_database()",
    )
    .fetch_one(connection)
    .await
}

#[cfg(test)]
mod tests {
    use super::{Log, Lsn, Mark, Place};

    const LOG: Log = Log { system: 1, database: 2, timeline: 3 };
    const MARK: Mark = Mark { log: LOG, end: Lsn(100) };

    #[track_caller]
    fn check(log: Log, standby: bool, replayed: i64, expected: bool) {
        let place = Place { log, standby, replayed: Lsn(replayed) };
        assert_eq!(place.shows(&MARK), expected, "{place:?}");
    }

    #[test]
    fn only_a_standby_of_the_same_log_that_is_far_enough_shows_what_the_primary_showed() {
        check(LOG, true, 100, true);
        check(LOG, true, 101, true);
        check(LOG, true, 99, false);
        check(LOG, false, 101, false);
        check(Log { system: 9, ..LOG }, true, 101, false);
        check(Log { database: 9, ..LOG }, true, 101, false);
        check(Log { timeline: 2, ..LOG }, true, 101, false);
        check(Log { timeline: 4, ..LOG }, true, 101, false);
    }
}
