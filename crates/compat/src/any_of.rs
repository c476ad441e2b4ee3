//! Lists of customers that have one of several values.

use std::borrow::Cow;
use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use domain::text::key;
use http::{App, Problem};
use store::{After, Current, CustomerQuery, Field, PAGE_BYTES_MAX, Page, Sort, TenantRef};
use uuid::Uuid;

/// Each of these values once, however it is spelled: lists don't tell spellings apart.
pub(crate) fn distinct(values: &[String]) -> Vec<String> {
    let keys: BTreeSet<_> = values.iter().map(|value| key(value)).collect();
    keys.into_iter().map(Cow::into_owned).collect()
}

/// The customers that match `asked` and have one of `values` in `field`, in the order of their
/// registration. The values are [`distinct`], and a customer has one value in the field.
pub(crate) async fn any_of(
    app: &App,
    tenant: TenantRef,
    asked: &CustomerQuery,
    field: &Field,
    values: &[String],
) -> Result<Page<Current>, Problem> {
    let mut merged = Merged { descending: asked.descending, rows: Vec::new(), end: None };
    for value in values {
        let mut asked = asked.clone();
        asked.filters.push((field.clone(), value.clone()));
        asked.sort = Sort::CreatedAt;
        // Each value has a list of its own, all in the same order. One more than fits says that there are more.
        asked.limit = asked.limit.saturating_add(1);
        merged.add(app.store.customers(tenant, &asked).await?, usize::from(asked.limit));
    }
    let after =
        |customer: &Current| After { key: customer.created_at().to_rfc3339(), id: customer.id };
    let cut = merged.end.is_some();
    let rows = merged.rows.into_iter().map(|customer| {
        let after = after(&customer);
        (customer, after)
    });
    Ok(Page::of_part(rows.collect(), cut, asked.limit, None))
}

/// The beginning of several lists in one order.
struct Merged {
    descending: bool,
    rows: Vec<Current>,
    /// Where it ends, because a list has more behind it, or because more does not fit on a page.
    end: Option<Position>,
}

/// Where a customer stands in the lists.
type Position = (DateTime<Utc>, Uuid);

impl Merged {
    /// Adds a list's first page, and keeps what the first `most` are, as far as they fit on a page.
    fn add(&mut self, page: Page<Current>, most: usize) {
        if page.next.is_some()
            && let Some(last) = page.items.last()
        {
            self.end_at(position(last));
        }
        self.rows.extend(page.items);
        self.rows.sort_by_key(position);
        if self.descending {
            self.rows.reverse();
        }
        if let Some(end) = self.end {
            let descending = self.descending;
            self.rows.retain(|customer| !is_beyond(descending, position(customer), end));
        }
        let mut bytes: usize = 0;
        let fit = self.rows.iter().take(most).take_while(|customer| {
            let fits = bytes < PAGE_BYTES_MAX;
            bytes = bytes.saturating_add(customer.state.len());
            fits
        });
        let fit = fit.count();
        if fit < self.rows.len() {
            self.rows.truncate(fit);
            if let Some(last) = self.rows.last() {
                self.end_at(position(last));
            }
        }
    }

    fn end_at(&mut self, position: Position) {
        let sooner = self.end.is_none_or(|end| is_beyond(self.descending, end, position));
        if sooner {
            self.end = Some(position);
        }
    }
}

fn position(customer: &Current) -> Position {
    (customer.created_at(), customer.id)
}

fn is_beyond(descending: bool, position: Position, other: Position) -> bool {
    if descending { position < other } else { position > other }
}
