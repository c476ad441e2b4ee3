//! The requested part of a customer's history: the same for all its lists.

use domain::CustomerId;
use domain::customer::Event;
use http::parameters::{Parameters, Part, between};
use http::{App, Problem, reference};
use store::{Between, Reference, Span, TenantRef};

/// The maximum of event names in a request: all of them.
const TYPES_MAX: usize = Event::NAMES.len();

/// The requested part of a history, before its customer is known.
pub(super) struct RequestedSpan {
    /// The filters of the list, which its cursors are bound to.
    list: String,
    recorded: Between,
    newest_first: bool,
}

impl RequestedSpan {
    /// Reads the request. Call it before the list's own filters are read.
    pub(super) fn read(parameters: &mut Parameters) -> Result<Self, Problem> {
        let list = parameters.list("");
        let newest_first = parameters.newest_first()?;
        Ok(Self { list, recorded: between(parameters, ["after", "before"])?, newest_first })
    }

    /// The history of `customer`, which is at `version`; the name of its list at the end of the path;
    /// and the requested part of it.
    pub(super) async fn span(
        self,
        app: &App,
        tenant: TenantRef,
        (customer, version): (CustomerId, i64),
        path: &str,
        parameters: &mut Parameters,
    ) -> Result<(Span, String, Part), Problem> {
        let name = format!("/v1/customers/{customer}/{path}{}", self.list);
        let part = parameters.part(&app.store.cursors().await?, tenant, &name)?;
        let Self { recorded, newest_first, .. } = self;
        let span = Span { customer, version, recorded, newest_first, after: None, limit: 0 };
        Ok((span, name, part))
    }
}

/// Reads `type`, which may be there several times.
pub(super) fn types(parameters: &mut Parameters) -> Result<Vec<String>, Problem> {
    let types = parameters.texts("type")?;
    if types.len() > TYPES_MAX || types.iter().any(|name| !Event::NAMES.contains(&&**name)) {
        return Err(Problem::parameter("type", "must be the name of an event"));
    }
    Ok(types)
}

/// The customer that is meant, and its version.
pub(super) async fn whose(
    app: &App,
    tenant: TenantRef,
    reference: &Reference,
) -> Result<(CustomerId, i64), Problem> {
    let current = reference::find(app, tenant, reference).await?;
    Ok((CustomerId(current.id), current.version))
}
