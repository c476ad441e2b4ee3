//! A customer's events, a page at a time.

use chrono::{DateTime, Utc};
use domain::CustomerId;
use domain::customer::Event;
use domain::tenant;
use domain::upcast::Upcasters;
use sqlx::{FromRow, PgConnection, query_as};
use uuid::Uuid;

use super::window::{Span, Window};
use crate::error::StoreError;
use crate::log::customer_stream;
use crate::queries::{After, Page, one_more};
use crate::writer::submission::TenantRef;

/// An event, as readers of a history get it.
#[derive(Clone, Debug, Eq, FromRow, PartialEq)]
pub struct Recorded {
    /// The customer that it happened to; nothing when it is the tenant's own.
    pub customer_id: Option<Uuid>,
    /// The customer's or tenant's version that it made, from 1.
    pub version: i64,
    /// Its place in the partition.
    pub position: i64,
    /// When it was recorded.
    pub recorded_at: DateTime<Utc>,
    /// What has happened.
    pub event_type: String,
    /// The version of the shape of `payload`.
    pub event_version: String,
    /// The event: `{"type": …, "data": …}`. In today's shape; as it is stored when this version of the
    /// service can't read it.
    pub payload: String,
    /// Who, why and how: a flat JSON object of strings, as it is stored.
    pub metadata: String,
}

/// Which events are asked for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct EventQuery {
    /// Which part of the history.
    pub span: Span,
    /// Only events with one of these names; empty asks for all.
    pub types: Vec<String>,
}

/// Between the texts of events: no JSON and no name of ours has it (RFC 7464, section 2.1).
const BETWEEN: char = '\u{1e}';

/// The events of a page in one row, because a row for each costs both sides more than the events do.
///
/// The stream id is one parameter. Under row-level security an index is only searched by conditions that
/// can't leak a row, and a text put together from a column isn't one. `named.tenant is not null` makes
/// PostgreSQL set the tenant before it reads a row, so the policy always sees it.
macro_rules! together {
    ($order:literal) => {
        concat!(
            "select array_agg(sequence), array_agg(position), array_agg(recorded_at),
                    string_agg(concat_ws(e'\\x1e', event_type, event_version, payload, metadata),
                               e'\\x1e')
               from (select set_config('app.tenant', $2::text, true) as tenant) as named,
                    lateral (select sequence, position, recorded_at, event_type, event_version,
                                    payload, metadata
                               from events
                              where named.tenant is not null
                                and aggregate_type = 'customer'
                                and aggregate_id = $3
                                and sequence between $4 and $5
                                and partition = $1
                                and ($6::text[] is null or event_type = any ($6))
                              order by sequence ",
            $order,
            " limit $7) as listed"
        )
    };
}

const NEWEST_FIRST: &str = together!("desc");
const OLDEST_FIRST: &str = together!("");

/// The columns of a page's events, each in the order of the page; nothing when there are none.
#[derive(FromRow)]
pub(crate) struct Together(
    pub(super) Option<Vec<i64>>,
    pub(super) Option<Vec<i64>>,
    pub(super) Option<Vec<DateTime<Utc>>>,
    pub(super) Option<String>,
);

impl Together {
    /// The version that the first event made, and when; nothing when there is none.
    pub(super) fn first(&self) -> Option<(i64, DateTime<Utc>)> {
        let Self(versions, _, times, _) = self;
        Some((*versions.as_ref()?.first()?, *times.as_ref()?.first()?))
    }

    /// How many bytes its columns take.
    pub(super) fn bytes(&self) -> usize {
        let Self(versions, positions, times, texts) = self;
        let times = times.as_ref().map_or(0, |times| size_of_val(times.as_slice()));
        [versions, positions]
            .into_iter()
            .flatten()
            .map(|numbers| size_of_val(numbers.as_slice()))
            .chain(texts.as_ref().map(String::len))
            .fold(times, usize::saturating_add)
    }

    fn apart(&self, customer: CustomerId) -> Result<Vec<Recorded>, StoreError> {
        let Self(Some(versions), Some(positions), Some(times), Some(texts)) = self else {
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

    /// The page that is asked for, and that these are the events of.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unreadable`] when texts are missing.
    pub(crate) fn page(
        &self,
        upcasters: &Upcasters,
        asked: &EventQuery,
    ) -> Result<Page<Recorded>, StoreError> {
        let span = &asked.span;
        let listed = |row: Recorded| {
            // The page begins where its cursor says.
            let after = Window::from_version(span.beyond(row.version), span.customer);
            (row.of_today(upcasters), after)
        };
        let rows = self.apart(span.customer)?;
        Ok(Page::of(rows.into_iter().map(listed).collect(), span.limit, None))
    }
}

/// The events that are asked for, and where the next page begins if it isn't where these end.
///
/// # Errors
///
/// [`StoreError::Unavailable`] when PostgreSQL can't be asked.
pub(crate) async fn events(
    connection: &mut PgConnection,
    tenant: TenantRef,
    asked: &EventQuery,
) -> Result<(Together, Option<After>), StoreError> {
    let EventQuery { span, types } = asked;
    let at = span.after.as_ref().map(|after| after.key.parse().unwrap_or(0));
    let filter = !types.is_empty();
    let window = Window::of(connection, tenant, span, at, filter).await?;
    let events = query_as(if span.newest_first { NEWEST_FIRST } else { OLDEST_FIRST })
        .bind(tenant.partition.number())
        .bind(tenant.id.0)
        .bind(customer_stream(tenant.id, span.customer))
        .bind(window.from)
        .bind(window.until)
        .bind(filter.then_some(types))
        .bind(one_more(span.limit))
        .fetch_one(connection)
        .await?;
    Ok((events, window.next(span.customer)))
}

impl Recorded {
    /// The same event in the shape that such events have today, if this version can read it.
    pub(crate) fn of_today(mut self, upcasters: &Upcasters) -> Self {
        let Self { event_type, event_version, payload, .. } = &self;
        let older = if self.customer_id.is_some() {
            let older = upcasters.older_event(event_type, event_version, payload).ok().flatten();
            older.map(|event| (event.name(), Event::VERSION, serde_json::to_string(&event)))
        } else if event_version == tenant::Event::VERSION {
            None
        } else {
            let older = upcasters.tenant_event(event_type, event_version, payload).ok();
            older.map(|event| (event.name(), tenant::Event::VERSION, serde_json::to_string(&event)))
        };
        if let Some((name, version, Ok(payload))) = older {
            name.clone_into(&mut self.event_type);
            version.clone_into(&mut self.event_version);
            self.payload = payload;
        }
        self
    }
}
