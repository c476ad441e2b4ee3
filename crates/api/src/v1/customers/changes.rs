//! A customer's changes, field by field.

use axum::response::Response;
use domain::Timestamp;
use futures::FutureExt as _;
use http::at_least::AtLeast;
use http::extract::{Path, Query};
use http::list::{Asking, Item, List, Read, answer, shown};
use http::parameters::Parameters;
use http::position::token;
use http::{Problem, reference};
use serde::Serialize;
use serde_json::Value;
use store::{Cause, Change, ChangeQuery, Partition, Span, View};

use super::span::{Asked, types, whose};
use crate::columns::CHANGES;

/// `GET /v1/customers/{ref}/changes`
pub(crate) async fn list_changes(
    asking: Asking,
    at_least: AtLeast,
    Path(reference): Path<String>,
    Query(mut parameters): Query<Parameters>,
) -> Result<Response, Problem> {
    let (app, tenant) = (&asking.app, asking.tenant());
    let customer = whose(app, tenant, &reference::read(&reference)?).await?;
    let asked = Asked::read(&mut parameters)?;
    let field = parameters.field()?;
    let (actor, types) = (parameters.filled("actor")?, types(&mut parameters)?);
    let about = Some(customer.0.0);
    let (span, name, part) = asked.span(app, tenant, customer, "changes", &mut parameters).await?;
    parameters.finish()?;
    at_least.wait(app, tenant, View::FieldChanges).await?;
    let asked = ChangeQuery { span, field, actor, types };
    let read: Read = Box::new(move |store, after, limit| {
        let span = Span { after, limit, ..asked.span.clone() };
        let asked = ChangeQuery { span, ..asked.clone() };
        let page = async move {
            let page = store.changes(tenant, &asked).await?;
            Ok(shown(page, |change| item(tenant.partition, change)))
        };
        page.boxed()
    });
    answer(asking, List { name, columns: CHANGES, about }, part, read).await
}

/// A changed field as callers see it.
#[derive(Serialize)]
struct Document<'a> {
    field: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    old: Option<&'a Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    new: Option<&'a Value>,
    #[serde(flatten)]
    by: By<'a>,
}

/// By which event a field became what it is, as callers see it.
#[derive(Serialize)]
pub(super) struct By<'a> {
    version: i64,
    position: String,
    recorded_at: Timestamp,
    r#type: &'a str,
    actor: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    api_key: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
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
    let document = Document {
        field: &change.field,
        old: change.old.as_ref(),
        new: change.new.as_ref(),
        by: By::of(partition, &change.cause),
    };
    // A struct of texts and numbers always becomes JSON.
    Item { document: serde_json::to_string(&document).unwrap_or_default(), customer: None }
}
