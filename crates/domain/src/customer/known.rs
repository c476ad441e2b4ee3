//! Which fields customers can have.

use serde::de::DeserializeOwned;

use super::billing::{BillingConfig, Integration, RevenueConfig};
use super::payment::PaymentProfile;
use super::state::Customer;
use crate::members::{Members, members_at};

/// Whether a customer can have this field, or fields below it: a JSON pointer, as
/// [`changes`](super::changes()) has it. Keys of metadata and custom fields, ids in lists, and what a provider
/// has to know may be any.
#[must_use]
pub fn is_field(pointer: &str) -> bool {
    let Some(names) = pointer.strip_prefix('/') else { return false };
    let path: Vec<&str> = names.split('/').collect();
    if path.iter().any(|name| name.is_empty()) {
        return false;
    }
    is_in::<Customer>(&path, |list, item| match list {
        "billing_configs" => is_in::<BillingConfig>(item, no_list),
        "revenue_configs" => is_in::<RevenueConfig>(item, no_list),
        "integrations" => is_in::<Integration>(item, no_list),
        "profiles" => is_in::<PaymentProfile>(item, no_list),
        _ => false,
    })
}

/// Whether a path leads to a field of `T`. For an item of a list, `of_item` decides about the rest of the path.
fn is_in<T: DeserializeOwned>(path: &[&str], of_item: fn(&str, &[&str]) -> bool) -> bool {
    let mut known: Vec<&'static str> = Vec::new();
    for (depth, name) in path.iter().enumerate() {
        match members_at::<T>(&known) {
            Members::Of(names) => match names.iter().find(|member| *member == name) {
                Some(member) => known.push(member),
                None => return false,
            },
            Members::None => {
                let below = path.get(depth..).unwrap_or_default();
                return match (known.last().copied().unwrap_or_default(), below) {
                    ("custom_fields", below) => below.len() == 1,
                    ("metadata" | "configuration", _) => true,
                    (list, [_, item @ ..]) => of_item(list, item),
                    (_, []) => false,
                };
            }
        }
    }
    true
}

const fn no_list(_: &str, _: &[&str]) -> bool {
    false
}

#[cfg(test)]
mod tests;
