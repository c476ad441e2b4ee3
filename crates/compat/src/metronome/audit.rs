//! The audit log: who did what, for followers with one cursor that never ends.

use axum::extract::State;
use axum::response::Response;
use domain::{CustomerId, Timestamp};
use http::auth::Caller;
use http::extract::Query;
use http::parameters::{Parameters, between};
use http::position::token;
use http::{App, Problem};
use serde_json::{Map, Value, json};
use store::{After, AuditConditions, AuditQuery, Between, Recorded, TenantRef, View};
use uuid::Uuid;

use super::list::limit;
use crate::ids;
use crate::reading::{self, shown};

/// Which kinds of things events are about.
const CUSTOMER: &str = "customer";
const TENANT: &str = "tenant";

/// What follows from a request besides the page.
struct Wanted {
    descending: bool,
    customer: Option<CustomerId>,
    /// Whether nothing can be found: other kinds of things have no events here.
    nothing: bool,
}

/// `GET /v1/auditLogs`
pub(super) async fn list(
    State(app): State<App>,
    caller: Caller,
    Query(mut parameters): Query<Parameters>,
) -> Result<Response, Problem> {
    let tenant = caller.tenant();
    let limit = limit(&mut parameters)?;
    let page = parameters.text("next_page")?;
    let recorded = between(&mut parameters, ["starting_on", "ending_before"])?;
    let wanted = wanted(&mut parameters)?;
    let list =
        format!("metronome/auditLogs?{:?}", (wanted.descending, wanted.customer, wanted.nothing));
    let cursors = app.store.cursors().await?;
    let read = page.map(|page| cursors.open(tenant.id, &list, &page));
    let read = read
        .map(|read| read.and_then(|read| Place::read(&read)))
        .map(|place| place.ok_or_else(Problem::invalid_cursor));
    let place = read.transpose()?.unwrap_or(Place { position: None, recorded });
    // The official clients repeat the times with each page.
    let differs = |sent: Option<_>, kept| sent.is_some() && sent != kept;
    if differs(recorded.from, place.recorded.from) || differs(recorded.until, place.recorded.until)
    {
        let asked = "goes on with the starting_on and ending_before of the first page: send the same or none";
        return Err(Problem::parameter("next_page", asked));
    }
    let (events, next) = find(&app, tenant, &wanted, place, limit).await?;
    let logs: Vec<_> = events.iter().map(|event| log(tenant, event)).collect();
    let next = next.map(|next| cursors.seal(tenant.id, &list, &next.written()));
    let customers: Vec<_> = events.iter().filter_map(|event| event.customer_id).collect();
    Ok(shown(&json!({"data": logs, "next_page": next}), customers))
}

/// The events of a page, and where the next one begins. The oldest first, there is always a next one,
/// which may be empty for now; the newest first, there is an end.
async fn find(
    app: &App,
    tenant: TenantRef,
    wanted: &Wanted,
    place: Place,
    limit: u16,
) -> Result<(Vec<Recorded>, Option<Place>), Problem> {
    if wanted.nothing {
        return Ok((Vec::new(), (!wanted.descending).then_some(place)));
    }
    reading::settled(app, tenant, View::AuditEntries).await?;
    let Place { position, recorded } = place;
    let asked =
        AuditConditions { customer: wanted.customer, recorded, ..AuditConditions::default() };
    let after = position.map(After::position);
    let query = AuditQuery { asked, descending: wanted.descending, after, limit };
    let page = app.store.audit(tenant, &query).await?.ok_or_else(Problem::cursor_ahead)?;
    let next = page.next.as_ref().and_then(After::as_position);
    let next = next.map(|position| Place { position: Some(position), recorded });
    Ok((page.items, next))
}

fn wanted(parameters: &mut Parameters) -> Result<Wanted, Problem> {
    let descending = match parameters.text("sort")?.as_deref() {
        None | Some("date_asc") => false,
        Some("date_desc") => true,
        Some(_) => return Err(Problem::parameter("sort", "must be date_asc or date_desc")),
    };
    let kind = parameters.text("resource_type")?;
    let id = parameters.text("resource_id")?;
    let (customer, nothing) = match (kind.as_deref(), id) {
        (None, None) => (None, false),
        (Some(CUSTOMER), Some(id)) => {
            let id = ids::read_id("", &id);
            (id.map(CustomerId), id.is_none())
        }
        (Some(_), Some(_)) => (None, true),
        (Some(_), None) => return Err(Problem::parameter("resource_type", "needs resource_id")),
        (None, Some(_)) => return Err(Problem::parameter("resource_id", "needs resource_type")),
    };
    Ok(Wanted { descending, customer, nothing })
}

/// A follower's position, with the times of its first request.
#[derive(Clone, Copy, Debug)]
struct Place {
    position: Option<i64>,
    recorded: Between,
}

impl Place {
    fn written(&self) -> After {
        let time = |time: Option<chrono::DateTime<chrono::Utc>>| time.map(|time| time.to_rfc3339());
        let Between { from, until } = self.recorded;
        After { key: json!([self.position, time(from), time(until)]).to_string(), id: Uuid::nil() }
    }

    fn read(written: &After) -> Option<Self> {
        let (position, from, until): (_, Option<Timestamp>, Option<Timestamp>) =
            serde_json::from_str(&written.key).ok()?;
        let recorded =
            Between { from: from.map(Timestamp::to_utc), until: until.map(Timestamp::to_utc) };
        Some(Self { position, recorded })
    }
}

/// One event. What the metadata doesn't say is left out.
#[expect(clippy::indexing_slicing, reason = "the object is made right here")]
fn log(tenant: TenantRef, event: &Recorded) -> Value {
    let metadata: Map<String, Value> = serde_json::from_str(&event.metadata).unwrap_or_default();
    let metadata = |name: &str| metadata.get(name).cloned();
    let mut request =
        Map::from_iter([("id".to_owned(), metadata("request_id").unwrap_or(json!("")))]);
    for (theirs, ours) in [("ip", "client_address"), ("user_agent", "user_agent")] {
        request.extend(metadata(ours).map(|value| (theirs.to_owned(), value)));
    }
    let (kind, resource) = match event.customer_id {
        Some(customer) => (CUSTOMER, customer),
        None => (TENANT, tenant.id.0),
    };
    let mut log = json!({
        "id": token(tenant.partition, event.position),
        "timestamp": Timestamp::from(event.recorded_at),
        "request": request,
        "resource_type": kind,
        "resource_id": resource,
        "action": event.event_type,
        "status": "success",
    });
    if let Some(key) = metadata("api_key") {
        log["actor"] = json!({"id": key, "name": metadata("actor").unwrap_or(key)});
    }
    if let Some(reason) = metadata("reason") {
        log["description"] = reason;
    }
    log
}
