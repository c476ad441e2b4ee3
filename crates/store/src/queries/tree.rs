//! A group of customers: parents and children, all at once.

use std::collections::BTreeMap;

use domain::CustomerId;
use domain::customer::HIERARCHY_DEPTH_MAX;
use sqlx::{FromRow, PgConnection, query_as};
use uuid::Uuid;

use crate::error::StoreError;
use crate::model::TenantRef;
use crate::queries::scope::as_tenant;

/// The most customers of a group that are shown.
pub const TREE_MAX: usize = 1_000;

/// A group of customers.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct CustomerTree {
    /// The topmost customer, and those below each customer after it.
    pub nodes: Vec<TreeNode>,
    /// Whether these are all.
    pub complete: bool,
}

/// A customer of a group.
#[derive(Clone, Debug, Eq, FromRow, PartialEq)]
pub struct TreeNode {
    /// Its id.
    #[sqlx(rename = "customer_id")]
    pub id: Uuid,
    /// Its parent; nothing for the topmost.
    #[sqlx(rename = "parent_id")]
    pub parent: Option<Uuid>,
    /// How many customers are above it.
    pub depth: i32,
    /// Its name, as lists have it.
    pub name: Option<String>,
    /// The tenant's own id of it.
    pub external_id: Option<String>,
    /// Its status.
    pub status: Option<String>,
    /// Whether it has children that are not shown.
    pub more_children: bool,
}

/// The group of a customer that exists: at most [`TREE_MAX`], first those above it.
///
/// # Errors
///
/// [`StoreError::Unavailable`] when PostgreSQL can't be asked.
pub(crate) async fn tree(
    connection: &mut PgConnection,
    tenant: TenantRef,
    customer: CustomerId,
) -> Result<CustomerTree, StoreError> {
    let mut transaction = as_tenant(connection, tenant.id).await?;
    let nodes: Vec<TreeNode> = query_as(
        "with found as materialized (
              select t.customer_id, t.parent_id, t.depth, row_number() over () as nth
                from customer_tree($1, $2, $3, $4, $5) as t),
         shown as materialized (
              select f.parent_id, count(*) as children from found as f group by f.parent_id)
         select f.customer_id, f.parent_id, f.depth, l.name, nullif(l.external_id, '') as external_id,
                l.status, coalesce(m.more, false) as more_children
           from found as f
           left join shown as s on s.parent_id = f.customer_id
           left join lateral (
                select name, external_id, status
                  from customer_list as l
                 where l.partition = $1 and l.tenant_id = $2
                   and l.customer_id >= f.customer_id and l.customer_id <= f.customer_id
                 -- Only the primary key has this order.
                 order by l.customer_id
                 limit 1) as l on true
           left join lateral (
                select true as more
                  from customers as c
                 where c.partition = $1 and c.tenant_id = $2 and c.parent_id = f.customer_id
                 order by c.customer_id
                offset coalesce(s.children, 0)
                 limit 1) as m on true
          order by f.nth",
    )
    .bind(tenant.partition.number())
    .bind(tenant.id.0)
    .bind(customer.0)
    .bind(i32::try_from(TREE_MAX).unwrap_or(i32::MAX))
    // A hierarchy that an import brought along may be a little deeper.
    .bind(i32::try_from(HIERARCHY_DEPTH_MAX.saturating_mul(2)).unwrap_or(i32::MAX))
    .fetch_all(&mut *transaction)
    .await?;
    transaction.rollback().await?;
    let complete = nodes.iter().all(|node| !node.more_children);
    Ok(CustomerTree { nodes: depth_first(nodes), complete })
}

/// Each node, followed by those below it. The first is the topmost; siblings are sorted by id.
fn depth_first(nodes: Vec<TreeNode>) -> Vec<TreeNode> {
    let mut below: BTreeMap<Option<Uuid>, Vec<TreeNode>> = BTreeMap::new();
    for node in nodes {
        below.entry(node.parent).or_default().push(node);
    }
    for siblings in below.values_mut() {
        siblings.sort_by_key(|node| std::cmp::Reverse(node.id));
    }
    let mut open = below.remove(&None).unwrap_or_default();
    let mut sorted = Vec::new();
    while let Some(node) = open.pop() {
        open.extend(below.remove(&Some(node.id)).unwrap_or_default());
        sorted.push(node);
    }
    sorted
}
