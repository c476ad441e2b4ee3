//! Billing provider and revenue system configurations: the same in everything but their names.

use std::collections::BTreeSet;

use axum::extract::State;
use axum::response::Response;
use domain::check::Violation;
use domain::customer::Command;
use http::auth::Caller;
use http::{App, Problem};
use serde_json::{Map, Value, json};
use store::Reference;
use uuid::Uuid;

use super::delivery::Methods;
use super::documents::data;
use super::tables::{BILLING, REVENUE};
use crate::ids;
use crate::members::{self, Form, Member};
use crate::reading::{find, shown};
use crate::submit::{Shows, Source, VendorResponse, submit};
use crate::vendor_request::VendorRequest;

/// What tells the two kinds apart.
struct Kind {
    /// Where a customer's document has them.
    ours: &'static str,
    table: &'static [Member],
    /// Where a request to add some has them, and what an item of it becomes.
    added: &'static [Member],
    /// What names the provider in them.
    provider: &'static str,
    /// The command that archives some, and what names them in a request to.
    archive: &'static str,
    ids: &'static str,
}

const BILLING_KIND: Kind = Kind {
    ours: "billing_configs",
    table: BILLING,
    added: &[Member::taken("data", "/billing_configs").as_a(Form::Each(BILLING))],
    provider: "billing_provider",
    archive: "archive-billing-configs",
    ids: "customer_billing_provider_configuration_ids",
};

const REVENUE_KIND: Kind = Kind {
    ours: "revenue_configs",
    table: REVENUE,
    added: &[Member::taken("data", "/revenue_configs").as_a(Form::Each(REVENUE))],
    provider: "provider",
    archive: "archive-revenue-configs",
    ids: "customer_revenue_system_configuration_ids",
};

/// `POST /v1/setCustomerBillingProviderConfigurations`
pub(super) async fn set_billing(app: State<App>, sent: VendorRequest) -> Result<Response, Problem> {
    set(app, sent, &BILLING_KIND).await
}

/// `POST /v1/setCustomerRevenueSystemConfigurations`
pub(super) async fn set_revenue(app: State<App>, sent: VendorRequest) -> Result<Response, Problem> {
    set(app, sent, &REVENUE_KIND).await
}

/// `POST /v1/getCustomerBillingProviderConfigurations`
pub(super) async fn get_billing(
    app: State<App>,
    caller: Caller,
    sent: VendorRequest,
) -> Result<Response, Problem> {
    get(app, caller, sent, &BILLING_KIND).await
}

/// `POST /v1/getCustomerRevenueSystemConfigurations`
pub(super) async fn get_revenue(
    app: State<App>,
    caller: Caller,
    sent: VendorRequest,
) -> Result<Response, Problem> {
    get(app, caller, sent, &REVENUE_KIND).await
}

/// `POST /v1/archiveCustomerBillingProviderConfigurations`
pub(super) async fn archive_billing(
    app: State<App>,
    sent: VendorRequest,
) -> Result<Response, Problem> {
    archive(app, sent, &BILLING_KIND).await
}

/// `POST /v1/archiveCustomerRevenueSystemConfigurations`
pub(super) async fn archive_revenue(
    app: State<App>,
    sent: VendorRequest,
) -> Result<Response, Problem> {
    archive(app, sent, &REVENUE_KIND).await
}

async fn set(
    State(app): State<App>,
    mut sent: VendorRequest,
    kind: &'static Kind,
) -> Result<Response, Problem> {
    sent.require(&["data"])?;
    let tenant = sent.request.context.caller.tenant();
    let methods = Methods::load(&app, tenant).await?;
    let customer = whose(&sent)?;
    let mut count = 0;
    if let Some(Value::Array(items)) = sent.body.get_mut("data") {
        count = items.len();
        for item in items.iter_mut().filter_map(Value::as_object_mut) {
            let provider = item.get(kind.provider).cloned().unwrap_or_default();
            methods.take(&provider, item);
            numbers_as_text(item);
        }
    }
    let (commands, shown) = (sent.changes(kind.added)?, sent.shows(kind.added)?);
    submit(&app, sent.surface, sent.request, customer, commands, shown, move |document, source| {
        // They were added just now, so they are the last ones.
        let all = document[kind.ours].as_array().map(Vec::as_slice).unwrap_or_default();
        let added = all.iter().skip(all.len().saturating_sub(count));
        let rendered: Vec<_> = match source {
            Source::Stored(_) => {
                added.map(|config| respond(kind, &methods, document, config)).collect()
            }
            // How documents get to a provider is the tenant's, and is not shown either.
            Source::Said(whole) => {
                let ids = whole["data"].as_array().into_iter().flatten().map(|item| &item["id"]);
                let rendered = added.zip(ids).map(|(config, id)| {
                    let mut rendered = respond(kind, &Methods::none(tenant), document, config);
                    rendered["id"] = id.clone();
                    rendered
                });
                rendered.collect()
            }
        };
        Ok(VendorResponse::ok(data(rendered.into())))
    })
    .await
}

async fn get(
    State(app): State<App>,
    caller: Caller,
    sent: VendorRequest,
    kind: &'static Kind,
) -> Result<Response, Problem> {
    let customer = Reference::Id(sent.customer("customer_id", "")?);
    let flag = |value: &Value| {
        let asked = || Violation::invalid("must be true or false").under("include_archived");
        value.as_bool().ok_or_else(asked)
    };
    let archived = sent.body.get("include_archived").filter(|value| !value.is_null());
    let archived = archived.map(flag).transpose()?.unwrap_or(false);
    let provider = sent.body.get(kind.provider).filter(|value| !value.is_null());
    let (id, document) = find(&app, caller.tenant(), &customer).await?;
    let methods = Methods::load(&app, caller.tenant()).await?;
    let asked = document[kind.ours].as_array().into_iter().flatten().filter(|config| {
        (archived || config["archived_at"].is_null())
            && provider.is_none_or(|provider| config["provider"] == *provider)
    });
    let rendered: Vec<_> = asked.map(|config| respond(kind, &methods, &document, config)).collect();
    Ok(shown(&data(rendered.into()), [id]))
}

async fn archive(
    State(app): State<App>,
    mut sent: VendorRequest,
    kind: &'static Kind,
) -> Result<Response, Problem> {
    sent.require(&[kind.ids])?;
    let customer = sent.customer("customer_id", "")?;
    let rendered = json!({"customer_id": customer, kind.ids: sent.body.get(kind.ids)});
    // The documented example names one twice.
    if let Some(Value::Array(ids)) = sent.body.get_mut(kind.ids) {
        let mut seen = BTreeSet::new();
        ids.retain(|id| seen.insert(id.to_string()));
    }
    let archive = |body| Command::read(kind.archive, body);
    let commands = vec![sent.command(&[(kind.ids, "ids")], archive)?];
    let (reference, shown) = (Reference::Id(customer), Shows::Nothing);
    submit(&app, sent.surface, sent.request, reference, commands, shown, move |_, _| {
        Ok(VendorResponse::ok(data(rendered.clone())))
    })
    .await
}

/// The one customer that all items of a request are about.
fn whose(sent: &VendorRequest) -> Result<Reference, Problem> {
    let items = sent.body.get("data").and_then(Value::as_array);
    let items = items.filter(|items| !items.is_empty());
    let items =
        items.ok_or_else(|| Violation::invalid("must be a list with items").under("data"))?;
    let mut customers = BTreeSet::new();
    for (nth, item) in items.iter().enumerate() {
        let id = item["customer_id"].as_str().and_then(|id| ids::read_id("", id));
        let asked = || {
            let asked = Violation::invalid("must be the id of a customer").under("customer_id");
            asked.under(&nth.to_string()).under("data")
        };
        customers.insert(id.ok_or_else(asked)?);
    }
    let one: Vec<Uuid> = customers.into_iter().collect();
    match one.as_slice() {
        [one] => Ok(Reference::Id((*one).into())),
        _ => Err(Violation::invalid("must be about one customer").under("data").into()),
    }
}

/// The documented example has a NetSuite id as a number; it is answered as text.
fn numbers_as_text(item: &mut Map<String, Value>) {
    const NETSUITE: &str = "netsuite_customer_id";
    if let Some(Value::Object(configuration)) = item.get_mut("configuration")
        && let Some(Value::Number(number)) = configuration.get(NETSUITE)
    {
        let text = number.to_string().into();
        configuration.insert(NETSUITE.to_owned(), text);
    }
}

/// Makes the configurations that a customer is created with what they would be later.
pub(super) fn prepare_for_creation(sent: &mut VendorRequest) {
    for name in
        ["customer_billing_provider_configurations", "customer_revenue_system_configurations"]
    {
        let items = sent.body.get_mut(name).and_then(Value::as_array_mut);
        items.into_iter().flatten().filter_map(Value::as_object_mut).for_each(numbers_as_text);
    }
}

/// A configuration of the customer with this document.
fn respond(kind: &Kind, methods: &Methods, document: &Value, config: &Value) -> Value {
    let mut rendered = members::show(kind.table, config);
    rendered.insert("customer_id".to_owned(), document["id"].clone());
    methods.add_to_answer(&config["provider"], &mut rendered);
    rendered.into()
}
