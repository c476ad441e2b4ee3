//! The list of customers.

use std::collections::BTreeSet;

use axum::extract::State;
use axum::response::Response;
use domain::CustomerId;
use domain::text::key;
use http::auth::Caller;
use http::extract::Query;
use http::parameters::Parameters;
use http::{App, Problem};
use serde_json::{Value, json};
use store::{
    After, Between, Current, CustomerQuery, Field, PAGE_BYTES_MAX, Page, Reference, Sort,
    TenantRef, View,
};

use super::customers::detail;
use crate::any_of::{any_of, distinct};
use crate::ids;
use crate::reading::{self, shown};

/// The default and maximum of items on a page, and the maximum of ids in a request.
pub(super) const PAGE_MAX: u16 = 100;

/// The customers that a request names.
struct Named {
    ids: Option<Vec<String>>,
    alias: Option<String>,
    accounts: Option<Vec<String>>,
    archived: bool,
}

/// `GET /v1/customers`
pub(super) async fn list(
    State(app): State<App>,
    caller: Caller,
    Query(mut parameters): Query<Parameters>,
) -> Result<Response, Problem> {
    let tenant = caller.tenant();
    let limit = limit(&mut parameters)?;
    let page = parameters.text("next_page")?;
    let named = Named {
        ids: names(&mut parameters, "customer_ids")?,
        alias: parameters.text("ingest_alias")?,
        accounts: names(&mut parameters, "salesforce_account_ids")?.as_deref().map(distinct),
        archived: flag(&mut parameters, "only_archived")?,
    };
    // A page of another list would begin anywhere in this one.
    let list = format!(
        "metronome/customers?{:?}",
        (&named.ids, &named.alias, &named.accounts, named.archived)
    );
    let cursors = app.store.cursors().await?;
    let after = page.map(|page| cursors.open(tenant.id, &list, &page));
    let after = after.map(|after| after.ok_or_else(Problem::invalid_cursor)).transpose()?;
    let page = find(&app, tenant, &named, after, limit).await?;
    let settings = reading::tenant(&app, tenant).await?;
    let documents = page.items.iter().map(Current::to_value).collect::<Result<Vec<_>, _>>()?;
    let details: Vec<_> = documents.iter().map(|document| detail(document, &settings)).collect();
    let next = page.next.map(|after| cursors.seal(tenant.id, &list, &after));
    let customers = page.items.iter().map(|customer| customer.id);
    Ok(shown(&json!({"data": details, "next_page": next}), customers))
}

async fn find(
    app: &App,
    tenant: TenantRef,
    named: &Named,
    after: Option<After>,
    limit: u16,
) -> Result<Page<Current>, Problem> {
    if named.ids.is_some() || named.alias.is_some() {
        return by_name(app, tenant, named, after, limit).await;
    }
    reading::settled(app, tenant, View::CustomerList).await?;
    let status = if named.archived { "archived" } else { "active" };
    let asked = CustomerQuery {
        filters: vec![(Field::Status, status.to_owned())],
        created: Between::default(),
        updated: Between::default(),
        search: None,
        sort: Sort::CreatedAt,
        descending: false,
        after,
        limit,
    };
    match &named.accounts {
        Some(accounts) => any_of(app, tenant, &asked, &Field::SalesforceAccount, accounts).await,
        None => Ok(app.store.customers(tenant, &asked).await?),
    }
}

/// Customers that the request names: as they are now, without a view.
async fn by_name(
    app: &App,
    tenant: TenantRef,
    named: &Named,
    after: Option<After>,
    limit: u16,
) -> Result<Page<Current>, Problem> {
    let mut references = Vec::new();
    match (&named.ids, &named.alias) {
        (Some(ids), _) => {
            let ids: BTreeSet<_> = ids.iter().filter_map(|id| ids::read_id("", id)).collect();
            references.extend(ids.into_iter().map(|id| Reference::Id(CustomerId(id))));
        }
        (None, Some(alias)) => references.push(Reference::Alias(alias.clone())),
        (None, None) => {}
    }
    let (mut rows, mut bytes) = (Vec::new(), 0);
    for reference in references {
        if bytes >= PAGE_BYTES_MAX {
            return Ok(Page::of_part(rows, true, limit, None));
        }
        let Some(customer) = app.store.customer(tenant, &reference).await? else { continue };
        let document = customer.to_value()?;
        let account = &document["config"]["salesforce_account_id"];
        let aliases = document["aliases"].as_array().map(Vec::as_slice).unwrap_or_default();
        let wanted = named.archived == (document["status"] == "archived")
            && named
                .alias
                .as_ref()
                .is_none_or(|alias| aliases.iter().any(|known| is(known, alias)))
            && named.accounts.as_ref().is_none_or(|ids| ids.iter().any(|id| is(account, id)))
            && after.as_ref().is_none_or(|after| customer.id > after.id);
        if wanted {
            let after = After { key: String::new(), id: customer.id };
            bytes = customer.state.len().saturating_add(bytes);
            rows.push((customer, after));
        }
    }
    Ok(Page::of(rows, limit, None))
}

/// Whether this is a value of a document, in any of its spellings.
fn is(value: &Value, text: &str) -> bool {
    value.as_str().is_some_and(|value| key(value) == key(text))
}

/// How many items a page may have.
pub(super) fn limit(parameters: &mut Parameters) -> Result<u16, Problem> {
    let asked = format!("must be a number from 1 to {PAGE_MAX}");
    let limit = parameters.parsed("limit", &asked)?.unwrap_or(PAGE_MAX);
    if (1..=PAGE_MAX).contains(&limit) {
        Ok(limit)
    } else {
        Err(Problem::parameter("limit", &asked))
    }
}

/// A list of names: clients repeat the parameter, or write one with commas.
fn names(parameters: &mut Parameters, name: &'static str) -> Result<Option<Vec<String>>, Problem> {
    let given = parameters.texts(name)?;
    if given.is_empty() {
        return Ok(None);
    }
    let names: BTreeSet<String> =
        given.iter().flat_map(|given| given.split(',')).map(str::to_owned).collect();
    if names.len() > usize::from(PAGE_MAX) {
        return Err(Problem::parameter(name, &format!("may have {PAGE_MAX} values")));
    }
    Ok(Some(names.into_iter().filter(|name| !name.is_empty()).collect()))
}

fn flag(parameters: &mut Parameters, name: &'static str) -> Result<bool, Problem> {
    Ok(parameters.parsed(name, "must be true or false")?.unwrap_or(false))
}
