//! Billing provider and revenue system configurations: the same in everything but their names.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use axum::body::to_bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use domain::CustomerId;
use domain::check::Violation;
use domain::customer::Command;
use domain::provider::Configuration;
use http::auth::Caller;
use http::commands::CommandRequest;
use http::{App, Problem};
use serde_json::{Map, Value, json};
use store::Reference;
use store::api_keys::Scope;
use uuid::Uuid;

use super::delivery::Methods;
use super::documents::data;
use super::tables::{BILLING, REVENUE};
use crate::ids;
use crate::members::{self, Form, Member};
use crate::reading::{find, shown};
use crate::submit::{Shows, Source, VendorResponse, submit};
use crate::surface::answer;
use crate::vendor_request::VendorRequest;

/// The maximum of customers in a request.
const CUSTOMERS_MAX: usize = 100;

/// What names configurations in a request to archive them.
pub(super) const BILLING_IDS: &str = "customer_billing_provider_configuration_ids";
pub(super) const REVENUE_IDS: &str = "customer_revenue_system_configuration_ids";

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
    archived: &'static [Member],
}

const BILLING_KIND: Kind = Kind {
    ours: "billing_configs",
    table: BILLING,
    added: &[Member::taken("data", "/billing_configs").as_a(Form::Each(BILLING))],
    provider: "billing_provider",
    archive: "archive-billing-configs",
    ids: BILLING_IDS,
    archived: &[Member::taken(BILLING_IDS, "/ids")],
};

const REVENUE_KIND: Kind = Kind {
    ours: "revenue_configs",
    table: REVENUE,
    added: &[Member::taken("data", "/revenue_configs").as_a(Form::Each(REVENUE))],
    provider: "provider",
    archive: "archive-revenue-configs",
    ids: REVENUE_IDS,
    archived: &[Member::taken(REVENUE_IDS, "/ids")],
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
    let methods = Arc::new(Methods::load(&app, sent.request.context.caller.tenant()).await?);
    prepare(&mut sent, "data", kind, Some(&methods));
    let groups = by_customer(&sent)?;
    // Finds everything that is wrong, for all customers, before anything is stored.
    sent.changes(kind.added)?;
    let add_to = async |request: VendorRequest, customer| {
        add(&app, request, customer, kind, Arc::clone(&methods)).await
    };
    if let [group] = groups.as_slice() {
        return add_to(sent, group.customer).await;
    }
    for (nth, group) in groups.iter().enumerate() {
        let tried = add_to(group.request(&sent, nth, true), group.customer).await?;
        if !tried.status().is_success() {
            return Ok(tried);
        }
    }
    let mut added = BTreeMap::new();
    for (nth, group) in groups.iter().enumerate() {
        let added_here = add_to(group.request(&sent, nth, false), group.customer).await?;
        if !added_here.status().is_success() {
            return Ok(added_here);
        }
        let configs = data_of(added_here).await?;
        added.extend(group.items.iter().map(|(place, _)| *place).zip(configs));
    }
    let body = data(added.into_values().collect());
    if sent.request.context.caller.may(Scope::Read) {
        return Ok(shown(&body, groups.iter().map(|group| group.customer.0)));
    }
    Ok(answer(StatusCode::OK, body.to_string()))
}

/// Adds the configurations of a request to its one customer.
async fn add(
    app: &App,
    sent: VendorRequest,
    customer: CustomerId,
    kind: &'static Kind,
    methods: Arc<Methods>,
) -> Result<Response, Problem> {
    let tenant = sent.request.context.caller.tenant();
    let count = sent.body.get("data").and_then(Value::as_array).map_or(0, Vec::len);
    let (commands, shown) = (sent.changes(kind.added)?, sent.shows(kind.added)?);
    let customer = Reference::Id(customer);
    submit(app, sent.surface, sent.request, customer, commands, shown, move |document, source| {
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

/// The items of a request that are about one customer, with their places in the list.
struct Group {
    customer: CustomerId,
    items: Vec<(usize, Value)>,
}

impl Group {
    /// The request about this customer alone. The first one has the idempotency key of the whole request, so
    /// that another request under that key is noticed; the others have keys that follow from it.
    fn request(&self, whole: &VendorRequest, nth: usize, dry_run: bool) -> VendorRequest {
        let mut request = CommandRequest { dry_run, ..whole.request.clone() };
        if let Some(idempotency) = request.idempotency.as_mut().filter(|_| nth > 0) {
            idempotency.key =
                Uuid::new_v5(&self.customer.0, idempotency.key.as_bytes()).to_string();
        }
        let items = self.items.iter().map(|(_, item)| item.clone()).collect();
        VendorRequest {
            surface: whole.surface,
            request,
            body: Map::from_iter([("data".to_owned(), items)]),
        }
    }
}

/// What an answer has under `data`.
async fn data_of(answer: Response) -> Result<Vec<Value>, Problem> {
    let body = to_bytes(answer.into_body(), usize::MAX).await.map_err(|_| Problem::internal())?;
    let mut body: Value = serde_json::from_slice(&body).map_err(|_| Problem::internal())?;
    let Some(Value::Array(data)) = body.get_mut("data").map(Value::take) else {
        return Err(Problem::internal());
    };
    Ok(data)
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
    let commands = vec![sent.command(kind.archived, archive)?];
    let (reference, shown) = (Reference::Id(customer), Shows::Nothing);
    submit(&app, sent.surface, sent.request, reference, commands, shown, move |_, _| {
        Ok(VendorResponse::ok(data(rendered.clone())))
    })
    .await
}

/// The items of a request by the customers that they are about, in the order of the request.
fn by_customer(sent: &VendorRequest) -> Result<Vec<Group>, Problem> {
    let items = sent.body.get("data").and_then(Value::as_array);
    let items = items.filter(|items| !items.is_empty());
    let items =
        items.ok_or_else(|| Violation::invalid("must be a list with items").under("data"))?;
    let mut groups: Vec<Group> = Vec::new();
    for (nth, item) in items.iter().enumerate() {
        let id = item["customer_id"].as_str().and_then(|id| ids::read_id("", id)).map(CustomerId);
        let asked = || {
            let asked = Violation::invalid("must be the id of a customer").under("customer_id");
            asked.under(&nth.to_string()).under("data")
        };
        let customer = id.ok_or_else(asked)?;
        match groups.iter_mut().find(|group| group.customer == customer) {
            Some(group) => group.items.push((nth, item.clone())),
            None => groups.push(Group { customer, items: vec![(nth, item.clone())] }),
        }
    }
    if groups.len() > CUSTOMERS_MAX {
        let asked = format!("may be about at most {CUSTOMERS_MAX} customers");
        return Err(Violation::invalid(asked).under("data").into());
    }
    Ok(groups)
}

/// Prepares the configurations in a request that creates a customer, as requests for an existing customer are
/// prepared.
pub(super) fn prepare_for_creation(sent: &mut VendorRequest) {
    prepare(sent, "customer_billing_provider_configurations", &BILLING_KIND, None);
    prepare(sent, "customer_revenue_system_configurations", &REVENUE_KIND, None);
}

/// Prepares each configuration under `name`: translates its delivery method, makes numbers text, and removes unknown
/// members.
fn prepare(sent: &mut VendorRequest, name: &str, kind: &Kind, methods: Option<&Methods>) {
    let items = sent.body.get_mut(name).and_then(Value::as_array_mut);
    for item in items.into_iter().flatten().filter_map(Value::as_object_mut) {
        let provider = item.get(kind.provider).cloned().unwrap_or_default();
        if let Some(methods) = methods {
            methods.take(&provider, item);
        }
        let Some(Value::Object(configuration)) = item.get_mut("configuration") else { continue };
        numbers_as_text(configuration);
        let provider = serde_json::from_value(provider).ok();
        if let Some(known) = provider.and_then(Configuration::members_of) {
            // As everywhere in requests, what isn't known is ignored.
            configuration.retain(|name, _| known.contains(&name.as_str()));
        }
    }
}

/// The documented example has a NetSuite id as a number; it is answered as text.
pub(super) fn numbers_as_text(configuration: &mut Map<String, Value>) {
    const NETSUITE: &str = "netsuite_customer_id";
    if let Some(Value::Number(number)) = configuration.get(NETSUITE) {
        let text = number.to_string().into();
        configuration.insert(NETSUITE.to_owned(), text);
    }
}

/// A configuration of the customer with this document.
fn respond(kind: &Kind, methods: &Methods, document: &Value, config: &Value) -> Value {
    let mut rendered = members::show(kind.table, config);
    rendered.insert("customer_id".to_owned(), document["id"].clone());
    methods.add_to_answer(&config["provider"], &mut rendered);
    rendered.into()
}
