//! A customer's tree, from its topmost parent down.

use std::collections::HashMap;

use domain::CustomerId;
use domain::customer::{HIERARCHY_DEPTH_MAX, is_field};
use http::Problem;
use serde_json::Value;
use store::{Current, Reference, Store, StoreError, TenantRef};
use uuid::Uuid;

use crate::words::{fields, values};

/// Members that are read, at most.
const MEMBERS_MAX: usize = 200;

/// A group, its members in the order of a tree: each right before its children.
pub(super) struct Tree {
    pub(super) members: Vec<Member>,
    /// Whether there are more members.
    pub(super) cut: bool,
}

/// A member of a group.
pub(super) struct Member {
    pub(super) id: Uuid,
    /// 0 at the top.
    pub(super) depth: usize,
    pub(super) name: String,
    pub(super) external_id: Option<String>,
    pub(super) status: String,
    state: Value,
}

impl Tree {
    /// The tree that a customer belongs to.
    ///
    /// # Errors
    ///
    /// A problem when a customer can't be read.
    pub(super) async fn around(
        store: &Store,
        tenant: TenantRef,
        customer: &Current,
    ) -> Result<Self, Problem> {
        let root = root(store, tenant, customer.clone()).await?;
        let (mut children, mut cut): (HashMap<Uuid, Vec<Current>>, bool) = (HashMap::new(), false);
        let mut left = MEMBERS_MAX.saturating_sub(1);
        let mut parents = vec![root.id];
        while let Some(parent) = parents.pop() {
            if left == 0 {
                cut = true;
                break;
            }
            let most = u16::try_from(left.min(200)).unwrap_or(200);
            let page = store.children(tenant, CustomerId(parent), None, most).await?;
            cut = cut || page.next.is_some();
            left = left.saturating_sub(page.items.len());
            parents.extend(page.items.iter().map(|child| child.id));
            children.insert(parent, page.items);
        }
        let mut members = Vec::new();
        let mut open = vec![(root, 0_usize)];
        while let Some((current, depth)) = open.pop() {
            let mut below = children.remove(&current.id).unwrap_or_default();
            below.reverse();
            open.extend(below.into_iter().map(|child| (child, depth.saturating_add(1))));
            members.push(Member::of(&current, depth)?);
        }
        Ok(Self { members, cut })
    }
}

/// The topmost parent.
async fn root(store: &Store, tenant: TenantRef, customer: Current) -> Result<Current, StoreError> {
    let mut top = customer;
    for _ in 0..HIERARCHY_DEPTH_MAX {
        let state = top.to_value()?;
        let parent = state.get("parent_customer_id").and_then(Value::as_str);
        let Some(parent) = parent.and_then(|id| id.parse().ok()) else { break };
        match store.customer(tenant, &Reference::Id(parent)).await? {
            Some(parent) => top = parent,
            None => break,
        }
    }
    Ok(top)
}

impl Member {
    fn of(current: &Current, depth: usize) -> Result<Self, StoreError> {
        let state = current.to_value()?;
        let text = |pointer| state.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
        Ok(Self {
            id: current.id,
            depth,
            name: text("/profile/name").unwrap_or_else(|| "without a name".to_owned()),
            external_id: text("/external_id"),
            status: text("/status").unwrap_or_default(),
            state,
        })
    }

    /// Settings that the customer has itself, in words.
    pub(super) fn own_settings(&self) -> Vec<(String, String)> {
        let mut settings = Vec::new();
        for object in ["/config", "/rollup", "/tax"] {
            let members = self.state.pointer(object).and_then(Value::as_object);
            for (name, value) in members.into_iter().flatten().filter(|(_, value)| !value.is_null())
            {
                settings.push((fields::name(&format!("{object}/{name}")), values::short(value)));
            }
        }
        let configs = self.state.pointer("/billing_configs").and_then(Value::as_array);
        let active = configs.into_iter().flatten();
        for config in active.filter(|config| config.get("archived_at").is_none_or(Value::is_null)) {
            let provider = config.get("provider").map(values::text).unwrap_or_default();
            settings.push(("billed by".to_owned(), provider));
        }
        settings
    }

    /// Settings of the tenant that hold for the customer, because it has none itself.
    pub(super) fn inherited(&self, of_tenant: &Value) -> Vec<(String, String)> {
        let settings = of_tenant.get("settings").and_then(Value::as_object);
        let missing = settings.into_iter().flatten().filter(|(name, value)| {
            let own = self.state.get("config").and_then(|config| config.get(name.as_str()));
            // Other settings are rules of the tenant.
            let of_customers = is_field(&format!("/config/{name}"));
            of_customers && !value.is_null() && own.is_none_or(Value::is_null)
        });
        missing
            .map(|(name, value)| (fields::name(&format!("/config/{name}")), values::short(value)))
            .collect()
    }
}
