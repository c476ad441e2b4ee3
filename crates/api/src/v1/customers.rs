//! Customers: lists of them, one of them, and registering one.

pub(crate) mod billing_configs;
pub(crate) mod blame;
pub(crate) mod changes;
pub(crate) mod children;
pub(crate) mod commands;
pub(crate) mod diff;
pub(crate) mod events;
pub(crate) mod payment_profiles;
mod span;
pub(crate) mod tree;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use domain::customer::{Billable, Command, CountryCode, CurrencyCode, CustomerType, Status};
use domain::provider::Provider;
use domain::{CustomerId, Timestamp};
use futures::FutureExt as _;
use http::at_least::AtLeast;
use http::auth::Caller;
use http::commands::read_command;
use http::extract::{Path, Query};
use http::ids::new_id;
use http::list::{Item, List, ListRequest, ReadPage, answer, shown};
use http::parameters::{FILTERS_MAX, Parameters, between, filled, named, once};
use http::problem::Code;
use http::read_audit::shows;
use http::{App, Problem, reference};
use store::api_keys::Scope;
use store::{CHANGED_SINCE_MAX, Current, CustomerQuery, Field, Reference, Sort, View};

use super::command_request::{AnswerForm, JsonCommandRequest, send};
use super::document::{document, prepared};
use super::moment::{RequestedMoment, permit_past};
use crate::columns::CUSTOMERS;

/// `GET /v1/customers`
pub(crate) async fn list_customers(
    request: ListRequest,
    at_least: AtLeast,
    Query(mut parameters): Query<Parameters>,
) -> Result<Response, Problem> {
    let (app, tenant) = (&request.app, request.tenant());
    permit_past(&request.caller, &parameters, "as_of")?;
    let name = parameters.list("/v1/customers");
    let part = parameters.part(&app.store.cursors().await?, tenant, &name)?;
    let asked = read(&mut parameters)?;
    let as_of: Option<Timestamp> = parameters.parsed("as_of", "must be a time as in RFC 3339")?;
    parameters.finish()?;
    at_least.wait(app, tenant, View::CustomerList).await?;
    let read: ReadPage = Box::new(move |store, after, limit| {
        let asked = CustomerQuery { after, limit, ..asked.clone() };
        let page = async move {
            let page = match as_of {
                Some(instant) => store
                    .customers_at(tenant, &asked, instant.to_utc())
                    .await?
                    .ok_or_else(too_many_have_changed)?,
                None => store.customers(tenant, &asked).await?,
            };
            Ok(shown(page, item))
        };
        page.boxed()
    });
    answer(request, List { name, columns: CUSTOMERS, about: None }, part, read).await
}

/// `POST /v1/customers`
pub(crate) async fn register_customer(
    State(app): State<App>,
    JsonCommandRequest { request, body }: JsonCommandRequest,
) -> Result<Response, Problem> {
    let command = read_command("register-customer", body)?;
    let id = if let Command::RegisterCustomer(register) = &command { register.id } else { None };
    let reference = Reference::Id(id.unwrap_or_else(|| CustomerId(new_id())));
    // What a dry run shows isn't there to be found.
    let form = if request.dry_run { AnswerForm::ONE } else { AnswerForm::REGISTRATION };
    send(&app, request, reference, vec![command], form).await
}

/// `GET /v1/customers/{ref}`
pub(crate) async fn get_customer(
    State(app): State<App>,
    caller: Caller,
    Path(reference): Path<String>,
    Query(mut parameters): Query<Parameters>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let reference = reference::read(&reference)?;
    let asked = RequestedMoment::read(&caller, &mut parameters)?;
    parameters.finish()?;
    // Only what is read by id, as it is now, and with no record of its own may come from memory.
    if let (Reference::Id(id), None, false) = (&reference, asked, caller.may(Scope::Audit)) {
        let found = app.store.customer_document(caller.tenant(), *id).await?;
        let found = found.ok_or_else(Problem::unknown_customer)?;
        let customer = found.id;
        return Ok(shows(prepared(found, &headers)?, [customer]));
    }
    let customer = find_at(&app, &caller, &reference, asked).await?;
    Ok(shows(document(&customer, &headers).await?, [customer.id]))
}

/// The customer that a path names, as it is, or as it was when `parameters` say so; they say nothing
/// else.
pub(crate) async fn find(
    app: &App,
    caller: &Caller,
    reference: &str,
    parameters: &mut Parameters,
) -> Result<Current, Problem> {
    let reference = reference::read(reference)?;
    let asked = RequestedMoment::read(caller, parameters)?;
    parameters.finish()?;
    find_at(app, caller, &reference, asked).await
}

async fn find_at(
    app: &App,
    caller: &Caller,
    reference: &Reference,
    asked: Option<RequestedMoment>,
) -> Result<Current, Problem> {
    let tenant = caller.tenant();
    let now = reference::find(app, tenant, reference).await?;
    match asked {
        Some(asked) => asked.of(app, tenant, &now).await,
        None => Ok(now),
    }
}

/// What customers were then is folded from their events, and only of so many.
fn too_many_have_changed() -> Problem {
    Problem::parameter(
        "sort",
        &format!(
            "must be created_at or -created_at: more than {CHANGED_SINCE_MAX} customers have changed since \
             as_of"
        ),
    )
}

/// A customer as an item of a list.
pub(crate) fn item(customer: &Current) -> Item {
    Item { document: customer.document(), customer: Some(customer.id) }
}

/// Reads the filters of a request, without the part of the list.
fn read(parameters: &mut Parameters) -> Result<CustomerQuery, Problem> {
    let sort = parameters.text("sort")?.unwrap_or_else(|| Sort::default().as_str().to_owned());
    let (descending, key) = match sort.strip_prefix('-') {
        Some(key) => (true, key),
        None => (false, &*sort),
    };
    let sort = Sort::ALL.into_iter().find(|sort| sort.as_str() == key);
    let sort = sort.ok_or_else(|| {
        let names = Sort::ALL.map(Sort::as_str).join(", ");
        Problem::parameter("sort", &format!("must be one of {names}, with a - to turn it round"))
    })?;
    Ok(CustomerQuery {
        filters: filters(parameters)?,
        created: between(parameters, ["created_after", "created_before"])?,
        updated: between(parameters, ["updated_after", "updated_before"])?,
        search: parameters.search("search")?,
        sort,
        descending,
        after: None,
        limit: 0,
    })
}

/// The values that customers must have.
fn filters(parameters: &mut Parameters) -> Result<Vec<(Field, String)>, Problem> {
    let parent: Option<CustomerId> =
        parameters.parsed("parent", "must be the id of a customer, a UUID")?;
    let country: Option<CountryCode> =
        parameters.parsed("country", "must be a country of ISO 3166-1 alpha-2, in upper case")?;
    let currency: Option<CurrencyCode> =
        parameters.parsed("currency", "must be a currency of ISO 4217, in upper case")?;
    let single = [
        (Field::Status, parameters.named::<Status>("status")?),
        (Field::Name, parameters.filled("name")?),
        (Field::Email, parameters.filled("email")?),
        (Field::ExternalId, parameters.filled("external_id")?),
        (Field::Phone, parameters.filled("phone")?),
        (Field::Type, parameters.named::<CustomerType>("type")?),
        (Field::Country, country.map(|code| code.to_string())),
        (Field::Currency, currency.map(|code| code.to_string())),
        (Field::Parent, parent.map(|id| id.to_string())),
        (Field::Billable, parameters.named::<Billable>("billable")?),
        (Field::CreatedBy, parameters.filled("created_by")?),
        (Field::UpdatedBy, parameters.filled("updated_by")?),
    ];
    let mut filters: Vec<_> =
        single.into_iter().filter_map(|(field, value)| Some((field, value?))).collect();
    for tag in parameters.texts("tag")? {
        filters.push((Field::Tag, filled("tag", tag)?));
    }
    for provider in parameters.texts("provider")? {
        filters.push((Field::Provider, named::<Provider>("provider", provider)?));
    }
    let metadata = parameters.keyed("metadata")?.into_iter();
    filters.extend(metadata.map(|(key, value)| (Field::Metadata(key), value)));
    let custom_fields = parameters.keyed("custom_fields")?.into_iter();
    filters.extend(custom_fields.map(|(key, value)| (Field::CustomField(key), value)));
    once(filters, FILTERS_MAX).ok_or_else(|| {
        Problem::new(Code::InvalidQuery, format!("a list takes at most {FILTERS_MAX} filters"))
    })
}
