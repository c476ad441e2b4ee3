//! Lists of customers that have one of several values.

use store::{After, Current, CustomerQuery, Field, Page, Sort, TenantRef};

use crate::app::App;
use crate::problem::Problem;

/// The customers that are `asked` for and have one of `values` in `field`, in the order of their
/// registration. A customer may have only one of them.
pub(crate) async fn any_of(
    app: &App,
    tenant: TenantRef,
    asked: &CustomerQuery,
    field: &Field,
    values: &[String],
) -> Result<Page<Current>, Problem> {
    // Each value has a list of its own, all in the same order. One more than fits says that there are more.
    let mut rows = Vec::new();
    for value in values {
        let mut asked = asked.clone();
        asked.filters.push((field.clone(), value.clone()));
        asked.sort = Sort::CreatedAt;
        asked.limit = asked.limit.saturating_add(1);
        rows.extend(app.store.customers(tenant, &asked).await?.items);
    }
    rows.sort_by_key(|customer| (customer.created_at(), customer.id));
    if asked.descending {
        rows.reverse();
    }
    let after =
        |customer: &Current| After { key: customer.created_at().to_rfc3339(), id: customer.id };
    let rows = rows.into_iter().map(|customer| (customer.clone(), after(&customer))).collect();
    Ok(Page::of(rows, asked.limit, None))
}
