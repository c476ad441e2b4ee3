//! A customer's changes, field by field.

use axum::response::Response;
use domain::Timestamp;
use futures::FutureExt as _;
use http::at_least::AtLeast;
use http::extract::{Path, Query};
use http::list::{Item, List, ListItem as _, ListRequest, ReadPage, answer, shown};
use http::parameters::Parameters;
use http::position::token;
use http::{Problem, list_item, reference};
use serde_json::Value;
use store::{Cause, Change, ChangeQuery, Partition, Span, View};

use super::span::{RequestedSpan, types, whose};

/// `GET /v1/customers/{ref}/changes`
pub(crate) async fn list_changes(
    request: ListRequest,
    at_least: AtLeast,
    Path(reference): Path<String>,
    Query(mut parameters): Query<Parameters>,
) -> Result<Response, Problem> {
    let (app, tenant) = (&request.app, request.tenant());
    let customer = whose(app, tenant, &reference::read(&reference)?).await?;
    let asked = RequestedSpan::read(&mut parameters)?;
    let field = parameters.field()?;
    let (actor, types) = (parameters.claimed("actor")?, types(&mut parameters)?);
    let about = Some(customer.0.0);
    let (span, name, part) = asked.span(app, tenant, customer, "changes", &mut parameters).await?;
    parameters.finish()?;
    at_least.wait(app, tenant, View::FieldChanges).await?;
    let asked = ChangeQuery { span, field, actor, types };
    let read: ReadPage = Box::new(move |store, after, limit| {
        let span = Span { after, limit, ..asked.span.clone() };
        let asked = ChangeQuery { span, ..asked.clone() };
        let page = async move {
            let page = store.changes(tenant, &asked).await?;
            Ok(shown(page, |change| item(tenant.partition, change)))
        };
        page.boxed()
    });
    answer(request, List { name, columns: ChangeItem::COLUMNS, about }, part, read).await
}

list_item! {
    /// A field that an event changed.
    #[schemars(rename = "Change")]
    pub(crate) struct ChangeItem<'a> {
        /// The field: a JSON pointer into the customer. Items of lists that have an id are addressed by id,
        /// integrations by type and id.
        field: &'a str,
        /// The value before, as JSON. Absent if there was none.
        #[serde(skip_serializing_if = "Option::is_none")]
        old: Option<&'a Value>,
        /// The value after, as JSON. Absent if there is none.
        #[serde(skip_serializing_if = "Option::is_none")]
        new: Option<&'a Value>,
    }
    with by: By
}

list_item! {
    /// The event that set a field.
    pub(crate) struct By<'a> {
        /// The customer's version that the event created.
        #[schemars(range(min = 1))]
        version: i64,
        /// The event's position in the log. Opaque.
        position: String,
        /// When the event was recorded.
        recorded_at: Timestamp,
        /// The event's type, as in `CustomerEvent`.
        r#type: &'a str,
        /// Who: `X-Actor`, as the caller claimed. Without it, the id of the API key.
        actor: &'a str,
        /// The reason: `X-Reason`.
        #[serde(skip_serializing_if = "Option::is_none")]
        reason: Option<&'a str>,
        /// The id of the API key.
        #[serde(skip_serializing_if = "Option::is_none")]
        api_key: Option<&'a str>,
    }
}

impl<'a> By<'a> {
    pub(super) fn of(partition: Partition, cause: &'a Cause) -> Self {
        Self {
            version: cause.version,
            position: token(partition, cause.position),
            recorded_at: cause.recorded_at.into(),
            r#type: &cause.event_type,
            actor: &cause.actor,
            api_key: cause.api_key.as_deref(),
            reason: cause.reason.as_deref(),
        }
    }
}

fn item(partition: Partition, change: &Change) -> Item {
    let document = ChangeItem {
        field: &change.field,
        old: change.old.as_ref(),
        new: change.new.as_ref(),
        by: By::of(partition, &change.cause),
    };
    // A struct of texts and numbers always becomes JSON.
    Item { document: serde_json::to_string(&document).unwrap_or_default(), customer: None }
}
