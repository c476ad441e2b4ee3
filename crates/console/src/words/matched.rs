//! Why a search found a customer.

use domain::customer::Customer;
use domain::text::SearchText;
use uuid::Uuid;

use super::labels::{provider_name, system};

/// Reasons that are shown, at most.
const SHOWN_MAX: usize = 3;
/// Fewer digits are no telephone number.
pub(crate) const PHONE_DIGITS_MIN: usize = 5;

/// What a search found a customer by, and the text that it found.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Found {
    pub(crate) by: String,
    pub(crate) text: String,
}

/// Why these words find the customer: the texts in which one of them begins a word. The name says itself.
pub(crate) fn why(id: Uuid, customer: &Customer, query: &str) -> Vec<Found> {
    let searched = SearchText::of(query);
    let beginnings = searched.beginnings();
    let all = texts(id, customer).into_iter();
    let found = all.filter(|(_, text)| {
        let by_number = is_number(text, query);
        let text = SearchText::of(text);
        let words = text.words();
        let begins = |beginning: &&str| words.iter().any(|word| word.starts_with(beginning));
        by_number || beginnings.iter().any(begins)
    });
    let found = found.map(|(by, text)| Found { by, text });
    found.take(SHOWN_MAX).collect()
}

/// Whether both are the same telephone number, however they are written.
fn is_number(text: &str, query: &str) -> bool {
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    let wanted = digits(query);
    let only_digits = !query.chars().any(char::is_alphabetic) && wanted.len() >= PHONE_DIGITS_MIN;
    only_digits && digits(text).trim_start_matches('0') == wanted.trim_start_matches('0')
}

fn texts(id: Uuid, customer: &Customer) -> Vec<(String, String)> {
    let profile = &customer.profile;
    let mut texts: Vec<(String, String)> = Vec::new();
    let mut add = |by: &str, text: &str| texts.push((by.to_owned(), text.to_owned()));
    add("id", &id.to_string());
    customer.external_id.iter().for_each(|id| add("external id", id.as_str()));
    customer.former_external_ids.iter().for_each(|id| add("former external id", id.as_str()));
    customer.aliases.iter().for_each(|alias| add("alias", alias.as_str()));
    profile.name.iter().for_each(|name| add("name", name.as_str()));
    profile.org_name.iter().for_each(|name| add("legal name", name.as_str()));
    profile.email.iter().for_each(|email| add("e-mail", email.as_str()));
    profile.billing_emails.iter().for_each(|email| add("copies of invoices", email.as_str()));
    let contacts = profile.contact_persons.iter().filter_map(|person| person.email.as_ref());
    contacts.for_each(|email| add("contact person", email.as_str()));
    profile.phone.iter().for_each(|phone| add("phone", phone.as_str()));
    profile.msisdn.iter().for_each(|phone| add("mobile", phone.as_str()));
    for link in &customer.integrations {
        add(
            &format!("id at {}", system(link.provider_type.as_str())),
            link.provider_entity_id.as_str(),
        );
    }
    for config in &customer.billing_configs {
        let archived = if config.archived_at.is_some() { ", archived" } else { "" };
        let by = format!("id at {}{archived}", provider_name(&config.provider));
        config.configuration.customer_id(config.provider).iter().for_each(|id| add(&by, id));
    }
    texts
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn customer() -> Customer {
        serde_json::from_value(json!({
            "external_id": "acme-2",
            "former_external_ids": ["acme-1"],
            "aliases": ["robots"],
            "profile": {
                "name": "Acme Robotics", "email": "billing@acme.example", "phone": "+49 30 1234",
                "billing_emails": ["copies@acme.example"],
            },
            "integrations": [{ "provider_type": "salesforce", "provider_entity_id": "0015500001WO1" }],
        }))
        .expect("a customer")
    }

    #[track_caller]
    fn check(query: &str, by: &[&str]) {
        let found = why(Uuid::nil(), &customer(), query);
        let found: Vec<_> = found.iter().map(|found| found.by.as_str()).collect();
        assert_eq!(found, by, "{query}");
    }

    #[test]
    fn a_search_says_what_it_found() {
        check("acme-1", &["former external id"]);
        check("ROBOTS", &["alias"]);
        check("robotics", &["name"]);
        check("billing@acme.example", &["e-mail"]);
        check("0015500001wo1", &["id at Salesforce"]);
        check("+49 30 1234", &["phone"]);
        check("0049-30-1234", &["phone"]);
        check("copies", &["copies of invoices"]);
        check("tics", &[]);
        check("", &[]);
    }
}
