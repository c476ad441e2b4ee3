//! Lists of customers.

use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use domain::customer::{Billable, CountryCode, CurrencyCode, CustomerType, Status};
use domain::provider::Provider;
use domain::{CustomerId, Timestamp};
use store::{Current, CustomerQuery, Field, Page, Search, Sort, TenantRef, View};
use uuid::Uuid;

use crate::answer::{POSITION, insert, token};
use crate::app::App;
use crate::at_least::AtLeast;
use crate::auth::Caller;
use crate::extract::{Path, Query};
use crate::parameters::{Parameters, Part, between, named};
use crate::problem::Problem;
use crate::reads::shows;
use crate::reference;

/// `GET /v1/customers`
pub(crate) async fn list_customers(
    State(app): State<App>,
    caller: Caller,
    at_least: AtLeast,
    Query(mut parameters): Query<Parameters>,
) -> Result<Response, Problem> {
    let tenant = caller.tenant();
    let list = parameters.list("/v1/customers");
    let part = parameters.part(&app.store.cursors().await?, tenant, &list)?;
    let asked = read(&mut parameters, part)?;
    let as_of: Option<Timestamp> = parameters.parsed("as_of", "must be a time as in RFC 3339")?;
    parameters.finish()?;
    // What the others were then isn't sorted anywhere.
    if as_of.is_some() && asked.sort != Sort::CreatedAt {
        return Err(Problem::parameter("sort", "must be created_at or -created_at with as_of"));
    }
    at_least.wait(&app, tenant, View::CustomerList).await?;
    let page = match as_of {
        Some(instant) => app.store.customers_at(tenant, &asked, instant.to_utc()).await?,
        None => app.store.customers(tenant, &asked).await?,
    };
    let customers = page.items.iter().map(|customer| customer.id);
    answer(&app, tenant, &list, &page, customers, Current::document).await
}

/// `GET /v1/customers/{ref}/children`
pub(crate) async fn list_children(
    State(app): State<App>,
    caller: Caller,
    Path(reference): Path<String>,
    Query(mut parameters): Query<Parameters>,
) -> Result<Response, Problem> {
    let tenant = caller.tenant();
    let parent = reference::id_of(&app, tenant, &reference).await?;
    let list = parameters.list(&format!("/v1/customers/{parent}/children"));
    let Part { after, limit } = parameters.part(&app.store.cursors().await?, tenant, &list)?;
    parameters.finish()?;
    let after = after.map(|after| after.id);
    let page = app.store.children(tenant, parent, after, limit).await?;
    let customers = page.items.iter().map(|customer| customer.id);
    answer(&app, tenant, &list, &page, customers, Current::document).await
}

/// Reads which customers are asked for.
fn read(parameters: &mut Parameters, part: Part) -> Result<CustomerQuery, Problem> {
    let search = parameters.text("search")?;
    let search = search.map(|text| {
        let (chars, words) = (Search::CHARS_MAX, Search::WORDS_MAX);
        let asked = format!("must have 1 to {words} words and at most {chars} characters");
        Search::read(&text).ok_or_else(|| Problem::parameter("search", &asked))
    });
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
        search: search.transpose()?,
        sort,
        descending,
        after: part.after,
        limit: part.limit,
    })
}

/// The values that customers must have.
fn filters(parameters: &mut Parameters) -> Result<Vec<(Field, String)>, Problem> {
    let parent: Option<CustomerId> = parameters.parsed("parent", "must be the id of a customer")?;
    let country: Option<CountryCode> =
        parameters.parsed("country", "must be a country of ISO 3166-1 alpha-2, in upper case")?;
    let currency: Option<CurrencyCode> =
        parameters.parsed("currency", "must be a currency of ISO 4217, in upper case")?;
    let single = [
        (Field::Status, parameters.named::<Status>("status")?),
        (Field::Name, parameters.text("name")?),
        (Field::Email, parameters.text("email")?),
        (Field::ExternalId, parameters.text("external_id")?),
        (Field::Type, parameters.named::<CustomerType>("type")?),
        (Field::Country, country.map(|code| code.to_string())),
        (Field::Currency, currency.map(|code| code.to_string())),
        (Field::Parent, parent.map(|id| id.to_string())),
        (Field::Billable, parameters.named::<Billable>("billable")?),
        (Field::CreatedBy, parameters.text("created_by")?),
        (Field::UpdatedBy, parameters.text("updated_by")?),
    ];
    let mut filters: Vec<_> =
        single.into_iter().filter_map(|(field, value)| Some((field, value?))).collect();
    filters.extend(parameters.texts("tag")?.into_iter().map(|tag| (Field::Tag, tag)));
    for provider in parameters.texts("provider")? {
        filters.push((Field::Provider, named::<Provider>("provider", provider)?));
    }
    let metadata = parameters.keyed("metadata")?.into_iter();
    filters.extend(metadata.map(|(key, value)| (Field::Metadata(key), value)));
    let custom_fields = parameters.keyed("custom_fields")?.into_iter();
    filters.extend(custom_fields.map(|(key, value)| (Field::CustomField(key), value)));
    Ok(filters)
}

/// The answer with a page of `list`, each item written by `document`; it shows `customers`.
pub(crate) async fn answer<T>(
    app: &App,
    tenant: TenantRef,
    list: &str,
    page: &Page<T>,
    customers: impl IntoIterator<Item = Uuid>,
    document: impl Fn(&T) -> String,
) -> Result<Response, Problem> {
    let mut body = String::from(r#"{"items":["#);
    for (nth, item) in page.items.iter().enumerate() {
        if nth > 0 {
            body.push(',');
        }
        body.push_str(&document(item));
    }
    body.push(']');
    if let Some(next) = &page.next {
        let cursor = app.store.cursors().await?.seal(tenant.id, list, next);
        body.push_str(r#","next_cursor":""#);
        body.push_str(&cursor);
        body.push('"');
    }
    body.push('}');
    let mut headers = HeaderMap::new();
    let position = page.position.map(|position| token(tenant.partition, position));
    insert(&mut headers, POSITION, position);
    let json = [(header::CONTENT_TYPE, "application/json")];
    Ok(shows((headers, json, body).into_response(), customers))
}
