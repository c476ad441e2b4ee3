//! A provider's configuration: stored as a JSON object, checked by its provider in commands.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::payloads::{
    AwsMarketplaceConfiguration, AzureMarketplaceConfiguration, GcpMarketplaceConfiguration,
    NetsuiteConfiguration, ProviderReference, StripeConfiguration,
};
use super::{Provider, StripeCollectionMethod};
use crate::check::{Check, Pointer, Violation};
use crate::json;
use crate::list::Vacant;
use crate::members::{Members, members_at};

/// A provider's settings for a customer. Stored as the JSON object in the request, so that a change of
/// the provider's fields does not make stored ones unreadable.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Configuration(Map<String, Value>);

impl Configuration {
    /// The largest configuration, in bytes of compact JSON.
    pub const BYTES_MAX: usize = 16 * 1024;

    /// The deepest nesting, counting the object itself.
    pub const DEPTH_MAX: usize = 8;

    /// Adds to `found` what is wrong with this configuration for `provider`. [`Check`] finds what is
    /// wrong for every provider.
    pub fn check_for(&self, provider: Provider, at: &mut Pointer, found: &mut Vec<Violation>) {
        match provider {
            Provider::Stripe => self.check_as::<StripeConfiguration>(at, found),
            Provider::AwsMarketplace => self.check_as::<AwsMarketplaceConfiguration>(at, found),
            Provider::AzureMarketplace => self.check_as::<AzureMarketplaceConfiguration>(at, found),
            Provider::GcpMarketplace => self.check_as::<GcpMarketplaceConfiguration>(at, found),
            Provider::Netsuite => self.check_as::<NetsuiteConfiguration>(at, found),
            Provider::Custom
            | Provider::QuickbooksOnline
            | Provider::Workday
            | Provider::Metronome => {}
        }
    }

    /// The members that `provider`'s contract has; nothing if it has no contract.
    #[must_use]
    pub fn members_of(provider: Provider) -> Option<&'static [&'static str]> {
        let contract = match provider {
            Provider::Stripe => members_at::<StripeConfiguration>(&[]),
            Provider::AwsMarketplace => members_at::<AwsMarketplaceConfiguration>(&[]),
            Provider::AzureMarketplace => members_at::<AzureMarketplaceConfiguration>(&[]),
            Provider::GcpMarketplace => members_at::<GcpMarketplaceConfiguration>(&[]),
            Provider::Netsuite => members_at::<NetsuiteConfiguration>(&[]),
            Provider::Custom
            | Provider::QuickbooksOnline
            | Provider::Workday
            | Provider::Metronome => Members::None,
        };
        match contract {
            Members::Of(members) => Some(members),
            Members::None => None,
        }
    }

    /// Stripe's collection method, if the configuration has one.
    #[must_use]
    pub fn stripe_collection_method(&self) -> Option<StripeCollectionMethod> {
        let method = self.0.get("stripe_collection_method")?;
        StripeCollectionMethod::deserialize(method).ok()
    }

    /// The provider's id of the customer, if the configuration has one of a valid length.
    #[must_use]
    pub fn customer_id(&self, provider: Provider) -> Option<&str> {
        let id = self.0.get(provider.reference_member())?.as_str()?;
        (id.chars().count() <= ProviderReference::CHARS_MAX).then_some(id)
    }

    fn check_as<T>(&self, at: &mut Pointer, found: &mut Vec<Violation>)
    where
        T: serde::de::DeserializeOwned + Check,
    {
        match json::read::<T>(Value::Object(self.0.clone())) {
            Ok(payload) => payload.check(at, found),
            Err(violation) => found.push(Violation {
                pointer: format!("{}{}", at.as_str(), violation.pointer),
                ..violation
            }),
        }
    }
}

impl From<Map<String, Value>> for Configuration {
    fn from(object: Map<String, Value>) -> Self {
        Self(object)
    }
}

impl Vacant for Configuration {
    fn is_vacant(&self) -> bool {
        self.0.is_empty()
    }
}

impl Check for Configuration {
    fn check(&self, at: &mut Pointer, found: &mut Vec<Violation>) {
        if self.0.values().any(|value| depth(value) >= Self::DEPTH_MAX) {
            at.refuse(found, format!("must not be nested deeper than {} levels", Self::DEPTH_MAX));
        }
        let size = serde_json::to_vec(&self.0).map_or(usize::MAX, |bytes| bytes.len());
        if size > Self::BYTES_MAX {
            at.refuse(found, format!("must have at most {} bytes", Self::BYTES_MAX));
        }
    }
}

/// The levels of nesting in `value`, including itself.
fn depth(value: &Value) -> usize {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => 0,
        Value::Array(items) => items.iter().map(depth).max().unwrap_or(0).saturating_add(1),
        Value::Object(object) => object.values().map(depth).max().unwrap_or(0).saturating_add(1),
    }
}
