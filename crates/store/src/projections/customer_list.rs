//! The columns by which lists of customers are sorted, filtered and searched.

pub(crate) mod labels;
mod phones;
pub(crate) mod words;

use std::borrow::Cow;

use domain::TenantId;
use domain::customer::{Billable, CountryCode, CurrencyCode, Customer, Word};
use domain::text;
use uuid::Uuid;

use self::labels::{Field, label};
use self::words::{Search, Words};
use crate::model::{AuditStamp, StreamKey, Versioned};
use crate::projections::cell;
use crate::projections::projection::{CannotApply, Projection};
use crate::projections::row::Type;
use crate::projections::rows::Rows;
use crate::projections::table::Table;

const CUSTOMER_LIST: Table = Table {
    name: "customer_list",
    columns: &[
        ("status", Type::Text),
        ("name", Type::Text),
        ("name_key", Type::Text),
        ("email", Type::Text),
        ("external_id", Type::Text),
        ("type", Type::Text),
        ("country", Type::Text),
        ("currency", Type::Text),
        ("parent_id", Type::Uuid),
        ("billable", Type::Text),
        ("created_at", Type::Timestamptz),
        ("created_by", Type::Text),
        ("labels", Type::UuidArray),
        ("words", Type::Tsvector),
    ],
    key: 0,
    replaces: false,
};

/// What every command changes. Apart from the others, so that it alone is written when nothing else of a
/// customer in a list changes.
const CUSTOMER_LIST_UPDATES: Table = Table {
    name: "customer_list_updates",
    columns: &[
        ("version", Type::Bigint),
        ("updated_at", Type::Timestamptz),
        ("updated_by", Type::Text),
    ],
    key: 0,
    replaces: false,
};

/// One row of each table for each customer, with its current values.
pub(crate) struct CustomerList;

impl Projection for CustomerList {
    fn name(&self) -> &'static str {
        "customer_list"
    }

    fn logic_version(&self) -> i32 {
        4
    }

    fn tables(&self) -> &'static [&'static Table] {
        &[&CUSTOMER_LIST, &CUSTOMER_LIST_UPDATES]
    }

    fn sees_events(&self) -> bool {
        false
    }

    fn counted_as(&self, now: &Versioned<Customer>) -> Result<Option<String>, CannotApply> {
        now.stamp.as_ref().map(|_| name_of(&now.state.status)).transpose()
    }

    fn customer(
        &self,
        key: &StreamKey,
        now: &Versioned<Customer>,
        rows: &mut Rows,
    ) -> Result<(), CannotApply> {
        let Some(made) = &now.stamp else { return Ok(()) };
        let listed = Listed::of(&now.state, made)?;
        let words = words(key, &now.state);
        rows.put(
            &CUSTOMER_LIST,
            [
                cell::text(&*listed.status),
                cell::text(Field::Name.key(listed.name)),
                cell::text(name_key(&now.state)),
                cell::text(email(&now.state)),
                cell::text(external_id(&now.state)),
                cell::maybe(listed.kind.as_deref()),
                cell::maybe(listed.country),
                cell::maybe(listed.currency),
                listed.parent.and_then(cell::id),
                cell::text(&*listed.billable),
                cell::time(made.created_at),
                cell::text(Field::CreatedBy.key(&made.created_by)),
                cell::ids(labels(key.tenant, &now.state, &listed)?),
                cell::words(words.into_list()),
            ],
        );
        rows.put(
            &CUSTOMER_LIST_UPDATES,
            [
                cell::number(now.version),
                cell::time(made.updated_at),
                cell::text(Field::UpdatedBy.key(&made.updated_by)),
            ],
        );
        Ok(())
    }
}

/// The values of a customer in a list.
struct Listed<'a> {
    status: String,
    name: &'a str,
    email: &'a str,
    external_id: &'a str,
    kind: Option<String>,
    country: Option<&'a str>,
    currency: Option<&'a str>,
    parent: Option<Uuid>,
    account: Option<&'a str>,
    billable: String,
    made: &'a AuditStamp,
}

impl<'a> Listed<'a> {
    fn of(state: &'a Customer, made: &'a AuditStamp) -> Result<Self, CannotApply> {
        let profile = &state.profile;
        // Absent means that the customer is billed.
        let billable = state.billable_status.map_or(Billable::Billable, |status| status.value);
        Ok(Self {
            status: name_of(&state.status)?,
            name: name(state),
            email: profile.email.as_ref().map_or("", |email| email.as_str()),
            external_id: state.external_id.as_ref().map_or("", |id| id.as_str()),
            kind: profile.r#type.as_ref().map(name_of).transpose()?,
            country: profile.address.country.as_ref().map(CountryCode::as_str),
            currency: state.invoice_delivery.currency.as_ref().map(CurrencyCode::as_str),
            parent: state.parent_customer_id.map(|parent| parent.0),
            account: state.config.salesforce_account_id.as_ref().map(Word::as_str),
            billable: name_of(&billable)?,
            made,
        })
    }

    /// The fields with one value, if they have one.
    fn single(&self) -> impl Iterator<Item = (Field, Cow<'_, str>)> {
        let parent = self.parent.map(|parent| parent.to_string());
        let account = self.account.map(Cow::from);
        let all = [
            (Field::Status, Some(Cow::from(&*self.status))),
            (Field::Name, Some(self.name.into())),
            (Field::Email, Some(self.email.into())),
            (Field::ExternalId, Some(self.external_id.into())),
            (Field::Type, self.kind.as_deref().map(Cow::from)),
            (Field::Country, self.country.map(Cow::from)),
            (Field::Currency, self.currency.map(Cow::from)),
            (Field::Parent, parent.map(Cow::from)),
            (Field::SalesforceAccount, account),
            (Field::Billable, Some(self.billable.as_str().into())),
            (Field::CreatedBy, Some(self.made.created_by.as_str().into())),
        ];
        let there = all.into_iter().filter_map(|(field, value)| Some((field, value?)));
        there.filter(|(_, value)| !value.is_empty())
    }
}

/// The labels of a customer, in order.
fn labels(
    tenant: TenantId,
    state: &Customer,
    listed: &Listed<'_>,
) -> Result<Vec<Uuid>, CannotApply> {
    let mut labels: Vec<Uuid> =
        listed.single().map(|(field, value)| label(tenant, &field, &value)).collect();
    for (field, value) in of_profile(state) {
        labels.push(label(tenant, &field, value));
    }
    for tag in state.profile.tags.iter() {
        labels.push(label(tenant, &Field::Tag, tag.as_str()));
    }
    let in_use = state.billing_configs.iter().filter(|config| config.archived_at.is_none());
    for config in in_use {
        labels.push(label(tenant, &Field::Provider, &name_of(&config.provider)?));
    }
    for (key, value) in state.metadata.iter() {
        labels.push(label(tenant, &Field::Metadata(key.to_string()), &value.as_text()));
        labels.push(label(tenant, &Field::MetadataKey, key.as_str()));
    }
    for (key, value) in state.custom_fields.iter() {
        labels.push(label(tenant, &Field::CustomField(key.to_string()), value.as_str()));
    }
    labels.sort_unstable();
    labels.dedup();
    Ok(labels)
}

/// The further values by which a customer can be filtered.
fn of_profile(state: &Customer) -> impl Iterator<Item = (Field, &str)> {
    let profile = &state.profile;
    let texts = [
        (Field::OrgName, profile.org_name.as_ref().map(AsRef::as_ref)),
        (Field::Title, profile.title.as_ref().map(AsRef::as_ref)),
        (Field::Owner, profile.owner_id.as_ref().map(AsRef::as_ref)),
    ];
    let texts = texts.into_iter().filter_map(|(field, text)| Some((field, text?)));
    let phone = profile.phone.iter().map(|phone| (Field::Phone, phone.as_str()));
    // Absent means not.
    let flags = [
        (Field::ExcludeFromMetrics, profile.exclude_from_metrics == Some(true)),
        (Field::ManagedExternally, profile.managed_externally == Some(true)),
        (Field::HasParent, state.parent_customer_id.is_some()),
    ];
    let flags = flags.into_iter().map(|(field, is)| (field, if is { "true" } else { "false" }));
    texts.chain(phone).chain(flags)
}

fn name(state: &Customer) -> &str {
    state.profile.name.as_ref().map_or("", |name| name.as_str())
}

/// The sort key for names.
pub(crate) fn name_key(state: &Customer) -> String {
    text::folded(name(state))
}

/// The key of the e-mail address, also for sorting. Empty if there is none.
pub(crate) fn email(state: &Customer) -> Cow<'_, str> {
    state.profile.email.as_ref().map_or("".into(), |email| Field::Email.key(email.as_str()))
}

/// The key of the external id, also for sorting. Empty if there is none.
pub(crate) fn external_id(state: &Customer) -> Cow<'_, str> {
    state.external_id.as_ref().map_or("".into(), |id| Field::ExternalId.key(id.as_str()))
}

/// Whether the customer in state `then` has all of these labels and words.
///
/// # Errors
///
/// [`CannotApply`] if a list could not have this customer.
pub(crate) fn was_so(
    key: &StreamKey,
    then: &Versioned<Customer>,
    wanted: &[Uuid],
    search: Option<&Search>,
) -> Result<bool, CannotApply> {
    let Some(made) = &then.stamp else { return Ok(false) };
    let has = labels(key.tenant, &then.state, &Listed::of(&then.state, made)?)?;
    let updated_by = label(key.tenant, &Field::UpdatedBy, &made.updated_by);
    let labelled =
        wanted.iter().all(|label| *label == updated_by || has.binary_search(label).is_ok());
    Ok(labelled && search.is_none_or(|search| words(key, &then.state).have(search)))
}

/// The words of a customer, the most important ones first: there may be too many.
fn words(key: &StreamKey, state: &Customer) -> Words {
    let mut words = Words::of(key.tenant);
    let profile = &state.profile;
    words.add(&key.customer.to_string());
    let ids = state.external_id.iter().chain(&state.former_external_ids);
    ids.for_each(|id| words.add(id.as_str()));
    profile.name.iter().for_each(|name| words.add(name.as_str()));
    profile.org_name.iter().for_each(|name| words.add(name.as_str()));
    let contacts = profile.contact_persons.iter().filter_map(|person| person.email.as_ref());
    let emails = profile.email.iter().chain(profile.billing_emails.iter()).chain(contacts);
    emails.for_each(|email| words.add(email.as_str()));
    for link in &state.integrations {
        words.add(link.provider_entity_id.as_str());
    }
    for config in &state.billing_configs {
        words.add(config.configuration.customer_id(config.provider).unwrap_or_default());
    }
    state.aliases.iter().for_each(|alias| words.add(alias.as_str()));
    words
}

/// The name of an enumeration's value in documents.
fn name_of(value: &impl serde::Serialize) -> Result<String, CannotApply> {
    let value = serde_json::to_value(value)?;
    let name = value.as_str().map(str::to_owned);
    name.ok_or_else(|| CannotApply("a value of an enumeration has no name".to_owned()))
}
