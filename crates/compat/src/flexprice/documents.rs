//! Customers and what hangs on them, as FlexPrice shows them.

use http::Problem;
use http::parameters::Parameters;
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};
use store::TenantRef;
use uuid::Uuid;

use super::tables::{CUSTOMER, ENTITY, MAPPING, MAPPING_ID, TENANT_ID};
use crate::ids::show_id;
use crate::members::show;

/// What a caller wants to see besides.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Expand {
    integrations: bool,
}

impl Expand {
    /// Reads `expand`, a list with commas. What isn't known there is ignored.
    pub(super) fn of(list: &str) -> Self {
        Self { integrations: list.split(',').any(|name| name.trim() == "integrations") }
    }

    /// Reads it from a query.
    pub(super) fn read(parameters: &mut Parameters) -> Result<Self, Problem> {
        Ok(Self::of(&parameters.text("expand")?.unwrap_or_default()))
    }
}

/// A customer.
pub(super) fn customer(tenant: TenantRef, document: &Value, expand: Expand) -> Value {
    let mut customer = show(CUSTOMER, document);
    customer.append(&mut owner(tenant));
    let integrations = expand.integrations.then(|| mappings(tenant, document));
    customer.insert("integrations".to_owned(), json!(integrations));
    // Only its id is known here.
    customer.insert("parent_customer".to_owned(), Value::Null);
    customer.into()
}

/// What the customer is called in other systems.
pub(super) fn mappings(tenant: TenantRef, document: &Value) -> Vec<Value> {
    let integrations = document.get("integrations").and_then(Value::as_array);
    let integrations = integrations.into_iter().flatten();
    integrations.map(|integration| mapping(tenant, document, integration)).collect()
}

/// One of them. When it was made, and by whom, is in the customer's history.
fn mapping(tenant: TenantRef, document: &Value, integration: &Value) -> Value {
    let mut mapping = show(MAPPING, integration);
    let id = {
        let named = ["provider_type", "provider_entity_id"].map(|name| mapping.get(name));
        let digest = Sha256::digest(json!([document.get("id"), named]).to_string());
        digest.iter().take(16).fold(0, |id, byte| (id << 8) | u128::from(*byte))
    };
    mapping.append(&mut show(ENTITY, document));
    mapping.append(&mut owner(tenant));
    mapping.insert("id".to_owned(), json!(show_id(MAPPING_ID, Uuid::from_u128(id))));
    mapping.insert("status".to_owned(), json!("published"));
    for untold in ["created_at", "created_by", "updated_at", "updated_by"] {
        mapping.insert(untold.to_owned(), Value::Null);
    }
    mapping.into()
}

/// The owner of all objects. A tenant has one environment.
pub(super) fn owner(tenant: TenantRef) -> Map<String, Value> {
    let of = |prefix| json!(show_id(prefix, tenant.id.0));
    Map::from_iter([
        ("tenant_id".to_owned(), of(TENANT_ID)),
        ("environment_id".to_owned(), of("env_")),
    ])
}
