//! Events as sentences, without who did it: `changed street: Quanta 37 → Cobalt 163`.

use domain::customer::{BillingConfig, Event, FieldChange, Registered};
use serde_json::Value;

use super::fields::name_with;
use super::labels::{Labels, main_id, of_billing, of_payment, system};
use super::values::short;

/// Fields that a sentence names; the rest are counted.
const NAMED_MAX: usize = 3;

/// A part of a sentence.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Part {
    /// Words.
    Words(String),
    /// A name or id that somebody gave.
    Thing(String),
    /// A value as it was.
    Was(String),
    /// A value as it became.
    Became(String),
    /// Another customer, by its id.
    Customer(String),
}

/// What an event did, in words.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Sentence(pub(crate) Vec<Part>);

impl Sentence {
    fn words(self, words: &str) -> Self {
        self.then(Part::Words(words.to_owned()))
    }

    fn thing(self, thing: &(impl ToString + ?Sized)) -> Self {
        self.then(Part::Thing(thing.to_string()))
    }

    fn then(mut self, part: Part) -> Self {
        self.0.push(part);
        self
    }

    /// The sentence as plain text.
    #[cfg(test)]
    fn plain(&self) -> String {
        let part = |part: &Part| match part {
            Part::Words(text) | Part::Thing(text) | Part::Customer(text) => text.clone(),
            Part::Was(text) => format!("[{text}]"),
            Part::Became(text) => format!("<{text}>"),
        };
        self.0.iter().map(part).collect()
    }
}

/// What a customer's event did: `payload` is the event as it is stored, `changes` the fields that it changed.
pub(crate) fn sentence(payload: &str, changes: &[FieldChange], labels: &Labels) -> Sentence {
    let say = Sentence::default();
    let Ok(event) = serde_json::from_str::<Event>(payload) else {
        return of_changes(changes, labels);
    };
    let label = |id: String| labels.get(&id).map_or(id.clone(), str::to_owned);
    match event {
        Event::CustomerRegistered(registered) => of_registration(&registered),
        Event::BillingConfigAdded(config) => of_billing_config(&config),
        Event::BillingConfigArchived { id, .. } => {
            say.words("archived the billing configuration ").thing(&label(id.to_string()))
        }
        Event::RevenueConfigAdded(config) => {
            let settings = serde_json::to_value(&config.configuration).unwrap_or_default();
            let say = say.words("added a revenue configuration of NetSuite");
            match main_id(&settings) {
                Some(id) => say.words(" ").thing(id),
                None => say,
            }
        }
        Event::RevenueConfigArchived { id, .. } => {
            say.words("archived the revenue configuration ").thing(&label(id.to_string()))
        }
        Event::IntegrationMapped(integration) => say
            .words(&format!("linked it to {} as ", system(integration.provider_type.as_str())))
            .thing(&integration.provider_entity_id),
        Event::IntegrationUnmapped { provider_type, provider_entity_id } => say
            .words(&format!("removed its link to {} ", system(provider_type.as_str())))
            .thing(&provider_entity_id),
        Event::PaymentProfileAttached(profile) => {
            say.words("attached the payment profile ").thing(&of_payment(&profile))
        }
        Event::PaymentProfileDetached { id } => {
            say.words("detached the payment profile ").thing(&label(id.to_string()))
        }
        Event::DefaultPaymentProfileSet { payment_profile_id, auto_pay } => {
            let say = match payment_profile_id {
                Some(id) => say
                    .words("made ")
                    .thing(&label(id.to_string()))
                    .words(" the default payment profile"),
                None => say.words("left it without a default payment profile"),
            };
            let turned = changes.iter().any(|change| change.field == "/payment/auto_pay");
            match (turned, auto_pay) {
                (true, true) => say.words(" and turned automatic payment on"),
                (true, false) => say.words(" and turned automatic payment off"),
                (false, _) => say,
            }
        }
        Event::ParentSet { parent_customer_id: Some(parent) } => {
            say.words("put it below ").then(Part::Customer(parent.to_string()))
        }
        Event::ParentSet { parent_customer_id: None } => say.words("took it away from its parent"),
        Event::CustomerArchived {} => say.words("archived the customer"),
        Event::CustomerRestored {} => say.words("restored the customer"),
        Event::ProfileUpdated(_)
        | Event::ExternalIdChanged { .. }
        | Event::AliasesSet { .. }
        | Event::MetadataReplaced { .. }
        | Event::CustomFieldsSet { .. }
        | Event::CustomFieldsDeleted { .. }
        | Event::ConfigUpdated(_)
        | Event::InvoiceDeliveryUpdated(_)
        | Event::PaymentProfileUpdated(_)
        | Event::TaxSettingsSet(_)
        | Event::RollupBillingSet(_)
        | Event::BillableStatusSet { .. } => of_changes(changes, labels),
    }
}

fn of_registration(registered: &Registered) -> Sentence {
    let say = Sentence::default().words("registered the customer");
    let say = match &registered.profile.name {
        Some(name) => say.words(" ").thing(name),
        None => say,
    };
    match &registered.external_id {
        Some(id) => say.words(" under ").thing(id),
        None => say,
    }
}

fn of_billing_config(config: &BillingConfig) -> Sentence {
    let say =
        Sentence::default().words("added the billing configuration ").thing(&of_billing(config));
    let settings = serde_json::to_value(&config.configuration).unwrap_or_default();
    match settings.get("stripe_collection_method").and_then(Value::as_str) {
        Some("charge_automatically") => say.words(", charged automatically"),
        Some("send_invoice") => say.words(", paid by invoice"),
        Some(_) | None => say,
    }
}

/// What happened to a field.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Verb {
    Changed,
    Set,
    Cleared,
}

impl Verb {
    const fn of(change: &FieldChange) -> Self {
        match (&change.old, &change.new) {
            (Some(_), Some(_)) => Self::Changed,
            (None, _) => Self::Set,
            (Some(_), None) => Self::Cleared,
        }
    }

    const fn word(self) -> &'static str {
        match self {
            Self::Changed => "changed ",
            Self::Set => "set ",
            Self::Cleared => "cleared ",
        }
    }
}

/// The fields that changed, with their values: changed ones first, then new ones, then those that went.
pub(crate) fn of_changes(changes: &[FieldChange], labels: &Labels) -> Sentence {
    // What follows from the others says nothing new.
    let shown = changes.iter().filter(|change| change.field != "/former_external_ids");
    let mut shown: Vec<&FieldChange> = shown.collect();
    if shown.is_empty() {
        return Sentence::default().words("changed nothing that a page shows");
    }
    shown.sort_by_key(|change| match Verb::of(change) {
        Verb::Changed => 0,
        Verb::Set => 1,
        Verb::Cleared => 2,
    });
    let more = shown.len().saturating_sub(NAMED_MAX);
    let mut say = Sentence::default();
    let mut last = None;
    for change in shown.into_iter().take(NAMED_MAX) {
        let verb = Verb::of(change);
        say = match last {
            None => say.words(verb.word()),
            Some(known) if known == verb => say.words(", "),
            Some(_) => say.words(&format!(" and {}", verb.word())),
        };
        last = Some(verb);
        say = say.words(&format!("{}: ", name_with(&change.field, labels)));
        let said = |value: &Value| match value.as_str().and_then(|id| labels.get(id)) {
            Some(label) => label.to_owned(),
            None => short(value),
        };
        if let Some(old) = &change.old {
            say = say.then(Part::Was(said(old)));
        }
        if change.old.is_some() && change.new.is_some() {
            say = say.words(" → ");
        }
        if let Some(new) = &change.new {
            say = say.then(Part::Became(said(new)));
        }
    }
    match more {
        0 => say,
        1 => say.words(" and one more field"),
        more => say.words(&format!(" and {more} more fields")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::customer::{Customer, changes};
    use serde_json::json;

    /// Given this history, the last event reads so.
    #[track_caller]
    fn check(history: &[Value], said: &str) {
        let events: Vec<Event> = history
            .iter()
            .map(|event| serde_json::from_value(event.clone()).expect("an event"))
            .collect();
        let (last, before) = events.split_last().expect("an event");
        let before = before.iter().cloned().fold(Customer::default(), Customer::evolve);
        let after = before.clone().evolve(last.clone());
        let payload = history.last().expect("an event").to_string();
        let said_now = sentence(&payload, &changes(&before, &after), &Labels::of(&after));
        assert_eq!(said_now.plain(), said);
    }

    fn registered() -> Value {
        let profile = json!({
            "name": "Acme",
            "address": { "line1": "Quanta 37", "city": "Berlin", "postal_code": "10115", "country": "DE" },
        });
        json!({ "type": "CustomerRegistered", "data": { "profile": profile, "external_id": "acme-1" } })
    }

    fn event(name: &str, data: impl Into<Value>) -> Value {
        let data = data.into();
        json!({ "type": name, "data": data })
    }

    const PROFILE: &str = "01a22afa-79b0-7254-8000-000000000001";

    #[test]
    fn a_registration_says_the_name() {
        check(&[registered()], "registered the customer Acme under acme-1");
    }

    #[test]
    fn a_change_says_old_and_new() {
        let moved = event("ProfileUpdated", json!({ "address": { "line1": "Cobalt 163" } }));
        check(&[registered(), moved], "changed street: [Quanta 37] → <Cobalt 163>");
    }

    #[test]
    fn a_change_of_many_fields_names_three_and_counts_the_rest() {
        let address = json!({ "line1": "Cobalt 163", "city": "München", "postal_code": "80331", "country": "AT" });
        let moved = event("ProfileUpdated", json!({ "address": address }));
        check(
            &[registered(), moved],
            "changed street: [Quanta 37] → <Cobalt 163>, city: [Berlin] → <München>, postal code: [10115] → \
             <80331> and one more field",
        );
    }

    #[test]
    fn new_values_are_set_and_lost_ones_cleared() {
        let change = json!({ "phone": "123", "address": { "city": null } });
        check(
            &[registered(), event("ProfileUpdated", change)],
            "set phone: <123> and cleared city: [Berlin]",
        );
    }

    #[test]
    fn another_external_id_says_both() {
        let change = event("ExternalIdChanged", json!({ "external_id": "acme-2" }));
        check(&[registered(), change], "changed external id: [acme-1] → <acme-2>");
    }

    #[test]
    fn metadata_name_their_keys() {
        let first = event("MetadataReplaced", json!({ "metadata": { "plan_tier": "basic" } }));
        let second =
            event("MetadataReplaced", json!({ "metadata": { "plan_tier": "plus", "seats": "5" } }));
        check(
            &[registered(), first, second],
            "changed metadata plan_tier: [basic] → <plus> and set metadata seats: <5>",
        );
    }

    #[test]
    fn payment_profiles_go_by_what_people_call_them() {
        let attached = event(
            "PaymentProfileAttached",
            json!({ "id": PROFILE, "status": "ACTIVE", "display_name": "card ending 4242" }),
        );
        let history = [registered(), attached.clone()];
        check(&history, "attached the payment profile card ending 4242");
        let default = json!({ "payment_profile_id": PROFILE, "auto_pay": true });
        check(
            &[registered(), attached, event("DefaultPaymentProfileSet", default)],
            "made card ending 4242 the default payment profile and turned automatic payment on",
        );
    }

    #[test]
    fn a_billing_configuration_says_whose_id_and_how_it_is_paid() {
        let settings = json!({ "stripe_customer_id": "cus_9", "stripe_collection_method": "charge_automatically" });
        let config = json!({ "id": PROFILE, "provider": "stripe", "configuration": settings });
        let added = event("BillingConfigAdded", config);
        check(
            &[registered(), added.clone()],
            "added the billing configuration Stripe cus_9, charged automatically",
        );
        let archived = json!({ "id": PROFILE, "archived_at": "2026-11-30T12:00:00Z" });
        check(
            &[registered(), added, event("BillingConfigArchived", archived)],
            "archived the billing configuration Stripe cus_9",
        );
    }

    #[test]
    fn links_parents_and_the_archive_are_said_in_words() {
        let link = json!({ "provider_type": "salesforce", "provider_entity_id": "0015" });
        let mapped = event("IntegrationMapped", link.clone());
        check(&[registered(), mapped.clone()], "linked it to Salesforce as 0015");
        let unmapped = event("IntegrationUnmapped", link);
        check(&[registered(), mapped, unmapped], "removed its link to Salesforce 0015");
        let parent = event("ParentSet", json!({ "parent_customer_id": PROFILE }));
        check(&[registered(), parent.clone()], &format!("put it below {PROFILE}"));
        let orphan = event("ParentSet", json!({ "parent_customer_id": null }));
        check(&[registered(), parent, orphan], "took it away from its parent");
        check(&[registered(), event("CustomerArchived", json!({}))], "archived the customer");
    }

    #[test]
    fn an_event_that_cannot_be_read_is_said_by_its_fields() {
        let change = FieldChange { field: "/x".to_owned(), old: None, new: Some(json!(1)) };
        let said = sentence("{\"type\":\"Unknown\"}", &[change], &Labels::default());
        assert_eq!(said.plain(), "set x: <1>");
    }
}
