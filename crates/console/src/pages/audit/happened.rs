//! What has happened, where no changed field says it: in one sentence.

use domain::tenant::{ApiKeyScope, Event};
use store::Recorded;

/// What an event did.
pub(super) fn happened(event: &Recorded) -> String {
    if event.customer_id.is_some() {
        return if event.event_type == "CustomerRegistered" {
            "registered the customer".to_owned()
        } else {
            spaced(&event.event_type)
        };
    }
    match serde_json::from_str(&event.payload) {
        Ok(event) => of_tenant(&event),
        Err(_) => spaced(&event.event_type),
    }
}

fn of_tenant(event: &Event) -> String {
    match event {
        Event::TenantCreated { name } => format!("created the tenant “{name}”"),
        Event::TenantRenamed { name } => format!("renamed the tenant to “{name}”"),
        Event::TenantSettingsUpdated(_) => "changed the tenant's settings".to_owned(),
        Event::DeliveryMethodAdded(method) => format!("added the delivery method {}", method.id),
        Event::DeliveryMethodArchived { id, .. } => format!("archived the delivery method {id}"),
        Event::CustomFieldKeyAdded { key, .. } => format!("defined the custom field “{key}”"),
        Event::CustomFieldKeyRemoved { key } => format!("removed the custom field “{key}”"),
        Event::ApiKeyCreated(key) => {
            let scopes: Vec<_> = key.scopes.iter().map(ApiKeyScope::as_str).collect();
            format!("created the key “{}” ({}) for {}", key.name, key.key_id, scopes.join(", "))
        }
        Event::ApiKeyRevoked { key_id } => format!("revoked the key {key_id}"),
        Event::TenantImported(origin) => format!("imported {} events", origin.events),
    }
}

/// `ProfileUpdated` as `profile updated`.
fn spaced(name: &str) -> String {
    let mut words = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !words.is_empty() {
            words.push(' ');
        }
        words.extend(letter.to_lowercase());
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_events_are_spoken_as_words() {
        assert_eq!(spaced("DefaultPaymentProfileSet"), "default payment profile set");
    }
}
