//! A customer's changes, as readers of its history get them.

use store::{Between, Change, ChangeQuery, Span, Store, TenantRef};
use uuid::Uuid;

/// All changes of a customer's fields, the oldest first, those of an event in the order of the fields.
///
/// # Panics
///
/// When the database can't be asked.
pub async fn changes_of(store: &Store, tenant: TenantRef, customer: Uuid) -> Vec<Change> {
    let span = Span {
        customer: customer.into(),
        version: i64::MAX,
        recorded: Between::default(),
        newest_first: false,
        after: None,
        limit: 200,
    };
    let mut asked = ChangeQuery { span, field: None, actor: None, types: Vec::new() };
    let mut all = Vec::new();
    loop {
        let page = store.changes(tenant, &asked).await.expect("a page of changes");
        all.extend(page.items);
        if page.next.is_none() {
            return all;
        }
        asked.span.after = page.next;
    }
}
