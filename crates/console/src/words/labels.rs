//! How people call what has an id: billing configurations, payment profiles, other systems.

use std::collections::HashMap;

use domain::customer::{BillingConfig, Customer, PaymentProfile, RevenueConfig};
use serde::Serialize;
use serde_json::Value;

/// What the ids within a customer stand for.
#[derive(Debug, Default)]
pub(crate) struct Labels(HashMap<String, String>);

impl Labels {
    /// Those of a customer.
    pub(crate) fn of(customer: &Customer) -> Self {
        let billing = customer.billing_configs.iter();
        let billing = billing.map(|config| (config.id.to_string(), of_billing(config)));
        let revenue = customer.revenue_configs.iter();
        let revenue = revenue.map(|config| (config.id.to_string(), of_revenue(config)));
        let payment = customer.payment.profiles.iter();
        let payment = payment.map(|profile| (profile.id.to_string(), of_payment(profile)));
        Self(billing.chain(revenue).chain(payment).collect())
    }

    /// Adds others; those that are known stay.
    pub(crate) fn extend(&mut self, others: Self) {
        for (id, label) in others.0 {
            self.0.entry(id).or_insert(label);
        }
    }

    /// What an id stands for, if it is known.
    pub(crate) fn get(&self, id: &str) -> Option<&str> {
        self.0.get(id).map(String::as_str)
    }
}

/// `Stripe cus_123`
pub(crate) fn of_billing(config: &BillingConfig) -> String {
    of_config(&config.provider, &config.configuration)
}

fn of_revenue(config: &RevenueConfig) -> String {
    of_config(&config.provider, &config.configuration)
}

fn of_config(provider: &impl Serialize, settings: &impl Serialize) -> String {
    let settings = serde_json::to_value(settings).unwrap_or_default();
    match main_id(&settings) {
        Some(id) => format!("{} {id}", provider_name(provider)),
        None => provider_name(provider),
    }
}

/// `card ending 4242`, `Visa at stripe`, or the id.
pub(crate) fn of_payment(profile: &PaymentProfile) -> String {
    let own = profile.display_name.as_ref().map(ToString::to_string);
    let kind = profile.r#type.as_ref().map(|kind| kind.to_string().to_lowercase());
    let provider = profile.provider.as_ref().map(|provider| system(provider.as_str()).to_owned());
    match (own, kind, provider) {
        (Some(own), _, _) => own,
        (None, Some(kind), Some(provider)) => format!("{kind} at {provider}"),
        (None, Some(one), None) | (None, None, Some(one)) => one,
        (None, None, None) => profile.id.to_string(),
    }
}

/// The id that a provider knows the customer by, among a configuration's settings.
pub(crate) fn main_id(settings: &Value) -> Option<&str> {
    let settings = settings.as_object()?;
    let of = |ending: &str| {
        settings.iter().find(|(name, value)| name.ends_with(ending) && value.is_string())
    };
    of("customer_id").or_else(|| of("account_id")).or_else(|| of("_id"))?.1.as_str()
}

/// A provider's name, as it calls itself.
pub(crate) fn provider_name(provider: &impl Serialize) -> String {
    let name = serde_json::to_value(provider).unwrap_or_default();
    system(name.as_str().unwrap_or_default()).to_owned()
}

/// A system's name, as it calls itself.
pub(crate) fn system(name: &str) -> &str {
    match name {
        "stripe" => "Stripe",
        "aws_marketplace" => "AWS Marketplace",
        "azure_marketplace" => "Azure Marketplace",
        "gcp_marketplace" => "Google Cloud Marketplace",
        "netsuite" => "NetSuite",
        "quickbooks_online" => "QuickBooks Online",
        "workday" => "Workday",
        "metronome" => "Metronome",
        "salesforce" => "Salesforce",
        "hubspot" => "HubSpot",
        "chargebee" => "Chargebee",
        "zuora" => "Zuora",
        other => other,
    }
}
