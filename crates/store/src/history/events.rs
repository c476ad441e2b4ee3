//! A customer's events, in pages.

use chrono::{DateTime, Utc};
use domain::CustomerId;
use domain::upcast::Upcasters;
use sqlx::{FromRow, PgConnection, query_as};

use super::window::{Span, Window};
use crate::error::StoreError;
use crate::log::customer_stream;
use crate::model::{Recorded, TenantRef};
use crate::queries::{After, Page, one_more, page_bytes};

/// A query of a customer's events.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct EventQuery {
    /// The part of the history.
    pub span: Span,
    /// Only events with one of these names; empty means all.
    pub types: Vec<String>,
}

/// The separator of events' texts. Neither JSON nor our names contain it (RFC 7464, section 2.1).
const BETWEEN: char = '\u{1e}';

/// Payloads up to this size are read at once if they are stored uncompressed. A page of larger ones
/// is read by a second statement, which measures them.
const SMALL_BYTES: i32 = 8 * 1024;

/// A customer's events, one more than a page has.
///
/// The stream id is one parameter. Under row-level security an index is only used for conditions
/// that can't leak a row; a text built from a column can. `named.tenant is not null` makes
/// PostgreSQL set the tenant before it reads a row, so the policy sees it.
macro_rules! stream {
    ($order:literal) => {
        concat!(
            "select sequence, position, recorded_at, event_type, event_version, payload, metadata
               from events
              where named.tenant is not null
                and aggregate_type = 'customer'
                and aggregate_id = $3
                and sequence between $4 and $5
                and partition = $1
                and ($6::text[] is null or event_type = any ($6))
              order by sequence ",
            $order,
            " limit $7"
        )
    };
}

/// The events of a page in one row: a row for each would cost both sides more than the events.
/// Large events come without their payloads, and the row says so.
macro_rules! together {
    ($order:literal) => {
        concat!(
            "select array_agg(sequence), array_agg(position), array_agg(recorded_at),
                    string_agg(concat_ws(e'\\x1e', event_type, event_version,
                                         case when small then payload::text else '' end, metadata),
                               e'\\x1e'),
                    not coalesce(bool_and(small), true), count(*)
               from (select set_config('app.tenant', $2::text, true) as tenant) as named,
                    lateral (select *, pg_column_size(payload) <= $8
                                       and pg_column_compression(payload) is null as small
                               from (",
            stream!($order),
            ") as listed) as listed"
        )
    };
}

/// The same with all payloads, of as many events as fit on a page.
macro_rules! measured {
    ($order:literal) => {
        concat!(
            "select array_agg(sequence), array_agg(position), array_agg(recorded_at),
                    string_agg(concat_ws(e'\\x1e', event_type, event_version, payload, metadata),
                               e'\\x1e'),
                    false, coalesce(max(all_listed), 0)
               from (select set_config('app.tenant', $2::text, true) as tenant) as named,
                    lateral (select *
                               from (select *, count(*) over () as all_listed,
                                            sum(bytes) over (order by sequence ",
            $order,
            ")                              - bytes as before
                                       from (select *, text_bytes(payload) as bytes
                                               from (",
            stream!($order),
            ") as listed) as listed) as listed
                              where before < $8
                              order by sequence ",
            $order,
            ") as listed"
        )
    };
}

const NEWEST_FIRST: &str = together!("desc");
const OLDEST_FIRST: &str = together!("");
const MEASURED_NEWEST_FIRST: &str = measured!("desc");
const MEASURED_OLDEST_FIRST: &str = measured!("");

/// The columns of a page's events, in the order of the page; nothing if there are none. Then
/// whether payloads of large events are missing, and the number of events including those that do
/// not fit.
#[derive(FromRow)]
pub(crate) struct EventColumns(
    pub(super) Option<Vec<i64>>,
    pub(super) Option<Vec<i64>>,
    pub(super) Option<Vec<DateTime<Utc>>>,
    pub(super) Option<String>,
    pub(super) bool,
    pub(super) i64,
);

impl EventColumns {
    /// The first event's version and time; nothing if there are none.
    pub(super) fn first(&self) -> Option<(i64, DateTime<Utc>)> {
        let Self(versions, _, times, ..) = self;
        Some((*versions.as_ref()?.first()?, *times.as_ref()?.first()?))
    }

    /// Whether payloads of large events are missing.
    const fn lacks_payloads(&self) -> bool {
        self.4
    }

    /// The number of events, including those that do not fit on the page.
    const fn listed(&self) -> i64 {
        self.5
    }

    /// The size of its columns, in bytes.
    pub(super) fn bytes(&self) -> usize {
        let Self(versions, positions, times, texts, ..) = self;
        let times = times.as_ref().map_or(0, |times| size_of_val(times.as_slice()));
        [versions, positions]
            .into_iter()
            .flatten()
            .map(|numbers| size_of_val(numbers.as_slice()))
            .chain(texts.as_ref().map(String::len))
            .fold(times, usize::saturating_add)
    }

    fn apart(&self, customer: CustomerId) -> Result<Vec<Recorded>, StoreError> {
        let Self(Some(versions), Some(positions), Some(times), Some(texts), ..) = self else {
            return Ok(Vec::new());
        };
        let mut texts = texts.split(BETWEEN).map(str::to_owned);
        let mut text =
            || texts.next().ok_or_else(|| StoreError::unreadable("a page of events", "cut off"));
        let numbers = versions.iter().zip(positions).zip(times);
        numbers
            .map(|((version, position), recorded_at)| {
                Ok(Recorded {
                    customer_id: Some(customer.0),
                    version: *version,
                    position: *position,
                    recorded_at: *recorded_at,
                    event_type: text()?,
                    event_version: text()?,
                    payload: text()?,
                    metadata: text()?,
                })
            })
            .collect()
    }

    /// The requested page of these events.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unreadable`] if texts are missing.
    pub(crate) fn page(
        &self,
        upcasters: &Upcasters,
        asked: &EventQuery,
    ) -> Result<Page<Recorded>, StoreError> {
        let span = &asked.span;
        let listed = |row: Recorded| {
            // A cursor names the version at which the page begins.
            let after = Window::from_version(span.beyond(row.version), span.customer);
            (row.of_today(upcasters), after)
        };
        let rows: Vec<_> = self.apart(span.customer)?.into_iter().map(listed).collect();
        let cut = i64::try_from(rows.len()).is_ok_and(|read| read < self.listed());
        Ok(Page::of_part(rows, cut, span.limit, None))
    }
}

/// A limit of size in a statement.
enum Bytes {
    OfEach(i32),
    OfAll(i64),
}

/// The matching events, and where the next page begins if not after the last.
///
/// # Errors
///
/// [`StoreError::Unavailable`] when PostgreSQL can't be asked.
pub(crate) async fn events(
    connection: &mut PgConnection,
    tenant: TenantRef,
    asked: &EventQuery,
) -> Result<(EventColumns, Option<After>), StoreError> {
    let EventQuery { span, types } = asked;
    let at = span.after.as_ref().map(|after| after.key.parse().unwrap_or(0));
    let filter = !types.is_empty();
    let window = Window::of(connection, tenant, span, at, filter).await?;
    let ask = async |connection: &mut PgConnection, statement, bytes: Bytes| {
        let statement = query_as(statement)
            .bind(tenant.partition.number())
            .bind(tenant.id.0)
            .bind(customer_stream(tenant.id, span.customer))
            .bind(window.from)
            .bind(window.until)
            .bind(filter.then_some(types))
            .bind(one_more(span.limit));
        let statement = match bytes {
            Bytes::OfEach(bytes) => statement.bind(bytes),
            Bytes::OfAll(bytes) => statement.bind(bytes),
        };
        statement.fetch_one(connection).await
    };
    let newest = span.newest_first;
    let statement = if newest { NEWEST_FIRST } else { OLDEST_FIRST };
    let mut events: EventColumns =
        ask(&mut *connection, statement, Bytes::OfEach(SMALL_BYTES)).await?;
    if events.lacks_payloads() {
        let measured = if newest { MEASURED_NEWEST_FIRST } else { MEASURED_OLDEST_FIRST };
        events = ask(connection, measured, Bytes::OfAll(page_bytes())).await?;
    }
    Ok((events, window.next(span.customer)))
}
