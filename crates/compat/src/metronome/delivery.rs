//! How documents get to providers. Metronome gives each way an id; a way that isn't among the tenant's
//! own has one made of what it is.

use http::{App, Problem};
use serde_json::{Map, Value, json};
use store::TenantRef;
use uuid::Uuid;

use super::tables::METHOD;
use crate::members;
use crate::reading;

/// Every way that needs no more than its name.
const PLAIN: [&str; 4] = ["direct_to_billing_provider", "aws_sqs", "tackle", "aws_sns"];

/// The ways of a tenant.
pub(super) struct Methods {
    tenant: Uuid,
    own: Vec<Value>,
}

impl Methods {
    pub(super) async fn load(app: &App, tenant: TenantRef) -> Result<Self, Problem> {
        let mut settings = reading::tenant(app, tenant).await?;
        let own = settings.get_mut("delivery_methods").map(Value::take);
        let own = if let Some(Value::Array(own)) = own { own } else { Vec::new() };
        Ok(Self { tenant: tenant.id.0, own })
    }

    /// As if the tenant had none of its own.
    pub(super) fn none(tenant: TenantRef) -> Self {
        Self { tenant: tenant.id.0, own: Vec::new() }
    }

    /// Those in use, as Metronome lists them.
    pub(super) fn listed(&self) -> Vec<Value> {
        let used = self.own.iter().filter(|method| method["archived_at"].is_null());
        used.map(|method| members::show(METHOD, method).into()).collect()
    }

    /// Adds to a configuration as it is shown how its documents get to `provider`.
    pub(super) fn add_to_answer(&self, provider: &Value, shown: &mut Map<String, Value>) {
        let named = shown.get("delivery_method_id").filter(|id| !id.is_null()).cloned();
        let plain = shown.get("delivery_method").and_then(Value::as_str).unwrap_or(PLAIN[0]);
        let mut of_provider = self.own.iter().filter(|method| method["provider"] == *provider);
        let method = match &named {
            Some(id) => of_provider.find(|method| method["id"] == *id),
            None => of_provider.find(|method| {
                method["delivery_method"] == plain && method["archived_at"].is_null()
            }),
        };
        let rendered = match method {
            Some(method) => [
                ("delivery_method_id", method["id"].clone()),
                ("delivery_method", method["delivery_method"].clone()),
                ("delivery_method_configuration", method["configuration"].clone()),
            ],
            None => [
                ("delivery_method_id", named.unwrap_or_else(|| json!(self.id(provider, plain)))),
                ("delivery_method", plain.into()),
                ("delivery_method_configuration", Value::Null),
            ],
        };
        for (name, value) in rendered {
            let value =
                if name.ends_with("configuration") && value.is_null() { json!({}) } else { value };
            shown.insert(name.to_owned(), value);
        }
    }

    /// Takes the id of a plain way for its name, as it was shown.
    pub(super) fn take(&self, provider: &Value, body: &mut Map<String, Value>) {
        let Some(id) = body.get("delivery_method_id").cloned() else { return };
        if let Some(plain) = PLAIN.iter().find(|plain| id == json!(self.id(provider, plain))) {
            body.remove("delivery_method_id");
            body.insert("delivery_method".to_owned(), (*plain).into());
        }
    }

    /// The id of a way that isn't one of the tenant's own: always the same.
    fn id(&self, provider: &Value, plain: &str) -> Uuid {
        let provider = provider.as_str().unwrap_or_default();
        Uuid::new_v5(&self.tenant, format!("{provider}/{plain}").as_bytes())
    }
}
