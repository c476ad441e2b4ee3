//! The customers of a page, and why they were found.

use domain::CustomerId;
use domain::customer::Customer;
use http::{App, Problem};
use store::{After, Between, Current, CustomerQuery, Field, Reference, Search, TenantRef};
use uuid::Uuid;

use super::asked::Asked;
use crate::words::matched::{Found as Reason, PHONE_DIGITS_MIN, why};

/// Customers on a page.
const PAGE: u16 = 50;

/// A customer that was found.
pub(super) struct Listed {
    pub(super) now: Current,
    pub(super) state: Customer,
    pub(super) why: Vec<Reason>,
}

/// The customers of a page.
pub(super) struct Found {
    pub(super) customers: Vec<Listed>,
    pub(super) next: Option<After>,
    /// Whether more customers have changed since the requested moment than can be sorted.
    pub(super) too_many: bool,
}

/// The matching customers.
pub(super) async fn find(
    app: &App,
    tenant: TenantRef,
    asked: &Asked,
    after: Option<After>,
) -> Result<Found, Problem> {
    let is_first = after.is_none();
    let (sort, descending) = asked.order().unwrap_or_default();
    let query = CustomerQuery {
        filters: asked.filters(),
        created: Between::default(),
        updated: Between::default(),
        search: Search::read(&asked.q),
        sort,
        descending,
        after,
        limit: PAGE,
    };
    // A text without any word can only name a customer as a whole.
    let has_words = asked.q.is_empty() || query.search.is_some();
    let page = match asked.as_of {
        _ if !has_words => None,
        Some(at) => match app.store.customers_at(tenant, &query, at).await? {
            Some(page) => Some(page),
            None => return Ok(Found { customers: Vec::new(), next: None, too_many: true }),
        },
        None => Some(app.store.customers(tenant, &query).await?),
    };
    let (mut items, next) = page.map_or_else(Default::default, |page| (page.items, page.next));
    if is_first && asked.as_of.is_none() && !asked.q.is_empty() && asked.filters().is_empty() {
        for named in named(app, tenant, &asked.q).await? {
            // Customers that the text names as a whole come first.
            items.retain(|other| other.id != named.id);
            items.insert(0, named);
        }
    }
    let listed = |now: Current| {
        let state: Customer = now.read()?;
        let why = why(now.id, &state, &asked.q);
        Ok::<_, Problem>(Listed { now, state, why })
    };
    let customers = items.into_iter().map(listed).collect::<Result<_, _>>()?;
    Ok(Found { customers, next, too_many: false })
}

/// The customers that a text names as a whole: an id, an external id that somebody has or had, an alias, a phone number.
/// These are always current, and find what the list's words don't have.
async fn named(app: &App, tenant: TenantRef, text: &str) -> Result<Vec<Current>, Problem> {
    let mut found: Vec<Current> = Vec::new();
    let references = match text.parse::<Uuid>() {
        Ok(id) => vec![Reference::Id(CustomerId(id))],
        Err(_) => vec![Reference::Alias(text.to_owned()), Reference::External(text.to_owned())],
    };
    let possible = |reference: &Reference| match reference {
        Reference::Id(_) => true,
        Reference::Alias(alias) => alias.parse::<domain::customer::Alias>().is_ok(),
        Reference::External(id) => id.parse::<domain::customer::ExternalId>().is_ok(),
    };
    for reference in references.iter().filter(|reference| possible(reference)) {
        found.extend(app.store.customer(tenant, reference).await?);
    }
    let digits = text.chars().filter(char::is_ascii_digit).count();
    let phone = text.chars().all(|sign| sign.is_ascii_digit() || "+-()/. ".contains(sign));
    if phone && digits >= PHONE_DIGITS_MIN {
        let query = CustomerQuery {
            filters: vec![(Field::Phone, text.to_owned())],
            created: Between::default(),
            updated: Between::default(),
            search: None,
            sort: store::Sort::default(),
            descending: false,
            after: None,
            limit: PAGE,
        };
        found.extend(app.store.customers(tenant, &query).await?.items);
    }
    Ok(found)
}
