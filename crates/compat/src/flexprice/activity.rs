//! The activity: who did what, the newest first.

use axum::extract::State;
use axum::response::Response;
use domain::CustomerId;
use domain::check::Violation;
use domain::tenant::is_key_id;
use http::auth::Caller;
use http::event::document;
use http::extract::Path;
use http::{App, Problem};
use serde_json::{Map, Value, json};
use store::{
    After, AuditConditions, AuditQuery, Between, Change, ChangeQuery, PAGE_BYTES_MAX, Recorded,
    Span, TenantRef, View,
};
use uuid::Uuid;

use super::body::{number, text, texts, time};
use super::tables::{ACTIVITY, CUSTOMER_ID, ENTITY_TYPE, TENANT_ID};
use crate::ids::{read_id, show_id};
use crate::members::show;
use crate::reading::{self, shown};
use crate::vendor_request::VendorRequest;

/// How ids of activities begin.
const ACTIVITY_ID: &str = "act_";
/// Activities on a page, by default and at most.
const LIMIT: u64 = 50;
const LIMIT_MAX: u64 = 1_000;
/// Pages of the audit that are read for one of these, at most: it may be that few are as asked.
const PAGES_MAX: usize = 10;
/// Changed fields that one activity shows, at most.
const CHANGES_MAX: u16 = 1_000;
/// The tenant itself, as an entity.
const TENANT: &str = "tenant";

/// The filters of a request.
struct Wanted {
    asked: AuditConditions,
    /// Names of events; empty means all.
    actions: Vec<String>,
    /// Types of actors; empty means all.
    actor_types: Vec<String>,
    /// Whether no activity can match.
    nothing: bool,
    limit: usize,
}

/// `POST /v1/activity`
pub(super) async fn list(
    State(app): State<App>,
    caller: Caller,
    sent: VendorRequest,
) -> Result<Response, Problem> {
    let tenant = caller.tenant();
    let wanted = Wanted::read(&sent.body).map_err(Problem::from)?;
    let cursor = text(&sent.body, "cursor").map_err(Problem::from)?;
    let mut filters = sent.body.clone();
    filters.retain(|name, _| !["cursor", "limit"].contains(&name.as_str()));
    let list = format!("flexprice/activity?{}", Value::Object(filters));
    let cursors = app.store.cursors().await?;
    let after = cursor.map(|cursor| cursors.open(tenant.id, &list, cursor));
    let after = after.map(|after| after.ok_or_else(Problem::invalid_cursor)).transpose()?;
    let (events, next) = find(&app, tenant, &wanted, after).await?;
    let items: Vec<_> = events.iter().map(|event| activity(tenant, event, json!({}))).collect();
    let next = next.map(|next| cursors.seal(tenant.id, &list, &next));
    let body = json!({"items": items, "pagination": {
        "limit": wanted.limit,
        "has_more": next.is_some(),
        "next_cursor": next,
    }});
    Ok(shown(&body, events.iter().filter_map(|event| event.customer_id)))
}

/// `GET /v1/activity/{id}`
pub(super) async fn get(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let tenant = caller.tenant();
    let position = read_id(ACTIVITY_ID, &id).and_then(|id| i64::try_from(id.as_u128()).ok());
    let position = position.ok_or_else(Problem::not_found)?;
    let event = app.store.event_at(tenant, position).await?.ok_or_else(Problem::not_found)?;
    let state = state(&app, tenant, &event).await?;
    Ok(shown(&activity(tenant, &event, state), event.customer_id))
}

impl Wanted {
    fn read(body: &Map<String, Value>) -> Result<Self, Violation> {
        let mut asked = AuditConditions {
            request_id: text(body, "request_id")?.map(str::to_owned),
            recorded: Between { from: time(body, "start_time")?, until: time(body, "end_time")? },
            ..AuditConditions::default()
        };
        let mut nothing = false;
        match text(body, "actor_id")? {
            Some(id) if is_key_id(id) => asked.api_key = Some(id.to_owned()),
            id => asked.actor = id.map(str::to_owned),
        }
        let entity = match text(body, "entity_type")? {
            None | Some(ENTITY_TYPE) => text(body, "entity_id")?,
            Some(_) => {
                nothing = true;
                None
            }
        };
        for id in [text(body, "customer_id")?, entity].into_iter().flatten() {
            let id = read_id(CUSTOMER_ID, id).map(CustomerId);
            nothing |= id.is_none() || asked.customer.is_some_and(|other| Some(other) != id);
            asked.customer = id;
        }
        let owned = |texts: Vec<&str>| texts.into_iter().map(str::to_owned).collect::<Vec<_>>();
        let actions = owned(texts(body, "actions")?);
        if let [action] = actions.as_slice() {
            asked.event_type = Some(action.clone());
        }
        let limit = number(body, "limit", 1, LIMIT_MAX)?.unwrap_or(LIMIT);
        Ok(Self {
            asked,
            actions,
            actor_types: owned(texts(body, "actor_types")?),
            nothing,
            limit: limit.try_into().unwrap_or(usize::MAX),
        })
    }

    /// Whether an event is one of these, as far as the audit wasn't asked.
    fn has(&self, tenant: TenantRef, event: &Recorded) -> bool {
        let (id, kind) = actor(&details(tenant, event));
        let by_key = self.asked.api_key.is_none() || self.asked.api_key == id;
        let action = self.actions.is_empty() || self.actions.contains(&event.event_type);
        let actor = self.actor_types.is_empty() || self.actor_types.iter().any(|of| of == kind);
        by_key && action && actor
    }
}

/// A page, and where the next one begins.
async fn find(
    app: &App,
    tenant: TenantRef,
    wanted: &Wanted,
    mut after: Option<After>,
) -> Result<(Vec<Recorded>, Option<After>), Problem> {
    let (mut found, mut bytes) = (Vec::new(), 0);
    if wanted.nothing {
        return Ok((found, None));
    }
    reading::settled(app, tenant, View::AuditEntries).await?;
    for _ in 0..PAGES_MAX {
        let limit = u16::try_from(wanted.limit.saturating_sub(found.len())).unwrap_or(u16::MAX);
        let query = AuditQuery { asked: wanted.asked.clone(), descending: true, after, limit };
        let page = app.store.audit(tenant, &query).await?.ok_or_else(Problem::cursor_ahead)?;
        for event in page.items.into_iter().filter(|event| wanted.has(tenant, event)) {
            bytes = event.payload.len().saturating_add(bytes);
            found.push(event);
        }
        after = page.next;
        if after.is_none() || found.len() >= wanted.limit || bytes >= PAGE_BYTES_MAX {
            break;
        }
    }
    Ok((found, after))
}

/// One activity.
fn activity(tenant: TenantRef, event: &Recorded, state: Value) -> Value {
    let details = details(tenant, event);
    let mut activity = show(ACTIVITY, &details);
    let (id, kind) = actor(&details);
    let entity = match event.customer_id {
        Some(id) => json!({"id": show_id(CUSTOMER_ID, id), "type": ENTITY_TYPE, "label": null}),
        None => json!({"id": show_id(TENANT_ID, tenant.id.0), "type": TENANT, "label": null}),
    };
    let position = u128::try_from(event.position).unwrap_or_default();
    activity.extend([
        ("id".to_owned(), json!(show_id(ACTIVITY_ID, Uuid::from_u128(position)))),
        ("actor".to_owned(), json!({"id": id, "type": kind, "label": id})),
        ("entity".to_owned(), entity),
        ("state".to_owned(), state),
    ]);
    activity.into()
}

/// An event with all its details.
fn details(tenant: TenantRef, event: &Recorded) -> Value {
    serde_json::from_str(&document(tenant.partition, event)).unwrap_or_default()
}

/// Who it was, and what kind of actor: somebody on whose behalf a request was, else its key, else the
/// service's operator.
fn actor(details: &Value) -> (Option<String>, &'static str) {
    let text = |name: &str| details.get(name).and_then(Value::as_str).map(str::to_owned);
    match (text("actor"), text("api_key")) {
        (Some(actor), Some(_)) => (Some(actor), "user"),
        (None, Some(key)) => (Some(key), "api_key"),
        (actor, None) => (actor, "system"),
    }
}

/// What an event changed, field by field.
async fn state(app: &App, tenant: TenantRef, event: &Recorded) -> Result<Value, Problem> {
    let Some(customer) = event.customer_id else { return Ok(json!({})) };
    reading::settled(app, tenant, View::FieldChanges).await?;
    let span = Span {
        customer: CustomerId(customer),
        version: event.version,
        recorded: Between::default(),
        newest_first: true,
        after: None,
        limit: CHANGES_MAX,
    };
    let asked = ChangeQuery { span, field: None, actor: None, types: Vec::new() };
    let page = app.store.changes(tenant, &asked).await?;
    let its = page.items.iter().filter(|change| change.cause.version == event.version);
    let shown =
        |change: &Change| (change.field.clone(), json!({"old": change.old, "new": change.new}));
    Ok(Value::Object(its.map(shown).collect()))
}
