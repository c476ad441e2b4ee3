//! The schemas: those of the domain's types, made fit for readers who don't know its code.

use domain::CommandSchema;
use domain::customer::{self, Customer};
use domain::provider::{
    AwsMarketplaceConfiguration, AzureMarketplaceConfiguration, Configuration,
    GcpMarketplaceConfiguration, NetsuiteConfiguration, StripeConfiguration,
};
use domain::tenant::{self, Tenant};
use http::Problem;
use http::event::EventItem;
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema as _, SchemaGenerator};
use serde_json::{Map, Value, json};

use super::parts::{Described, Schemas, schema};
use super::{answers, readers, unions};
use crate::admin::audit::ActionsPage;
use crate::admin::projections::{ParkedPage, Projections, RebuildBody, UnparkBody, Unparked};
use crate::v1::audit::AuditItem;
use crate::v1::audit::reads::ReadItem;
use crate::v1::billing_configs::ConfigItem;
use crate::v1::commands::Line;
use crate::v1::customers::blame::Blame;
use crate::v1::customers::changes::ChangeItem;
use crate::v1::customers::commands::Together;
use crate::v1::customers::diff::Diff;
use crate::v1::customers::payment_profiles::PaymentProfiles;
use crate::v1::customers::tree::Tree;
use crate::v1::integration_links::LinkItem;

/// All schemas, with unions that generators can tell apart.
pub(super) fn describe() -> Schemas {
    let mut schemas = plain();
    unions::discriminate(&mut schemas);
    schemas
}

/// All schemas as the types have them: without unions by provider, command or event type.
pub(super) fn plain() -> Schemas {
    // As they are written: commands are read the same way, and what answers always have is required.
    let mut generator = generator(SchemaSettings::draft2020_12().for_serialize());
    let customer = commands(customer::Command::schemas(), &mut generator);
    let tenant = commands(tenant::Command::schemas(), &mut generator);
    generator.subschema_for::<Tenant>();
    generator.subschema_for::<Problem>();
    generator.subschema_for::<Projections>();
    generator.subschema_for::<ActionsPage>();
    generator.subschema_for::<ParkedPage>();
    generator.subschema_for::<Unparked>();
    generator.subschema_for::<PaymentProfiles>();
    generator.subschema_for::<Diff>();
    generator.subschema_for::<Tree<'_>>();
    generator.subschema_for::<Blame<'_>>();
    let pages = [
        ("CustomerPage", generator.subschema_for::<Customer>()),
        ("BillingConfigPage", generator.subschema_for::<ConfigItem<'_>>()),
        ("IntegrationLinkPage", generator.subschema_for::<LinkItem<'_>>()),
        ("EventPage", generator.subschema_for::<EventItem<'_>>()),
        ("AuditPage", generator.subschema_for::<AuditItem<'_>>()),
        ("ChangePage", generator.subschema_for::<ChangeItem<'_>>()),
        ("ReadPage", generator.subschema_for::<ReadItem<'_>>()),
    ];
    let contracts = vec![
        ("stripe", generator.subschema_for::<StripeConfiguration>().to_value()),
        ("aws_marketplace", generator.subschema_for::<AwsMarketplaceConfiguration>().to_value()),
        (
            "azure_marketplace",
            generator.subschema_for::<AzureMarketplaceConfiguration>().to_value(),
        ),
        ("gcp_marketplace", generator.subschema_for::<GcpMarketplaceConfiguration>().to_value()),
        ("netsuite", generator.subschema_for::<NetsuiteConfiguration>().to_value()),
    ];
    let events = [
        ("CustomerEvent", customer::Event::json_schema(&mut generator).to_value()),
        ("TenantEvent", tenant::Event::json_schema(&mut generator).to_value()),
    ];
    let mut definitions = generator.take_definitions(false);
    definitions.extend(events.map(|(name, schema)| (name.to_owned(), schema)));
    // These are only read: what may be left out isn't required.
    let mut requests = self::generator(SchemaSettings::draft2020_12());
    let sent = [
        requests.subschema_for::<Together>().to_value(),
        requests.subschema_for::<Line>().to_value(),
        requests.subschema_for::<RebuildBody>().to_value(),
        requests.subschema_for::<UnparkBody>().to_value(),
    ];
    definitions.append(&mut requests.take_definitions(false));
    let bodies = customer.iter().chain(&tenant).map(|command| &command.body);
    let contracts_sent = contracts.iter().map(|(_, contract)| contract);
    let sent = readers::reachable(bodies.chain(contracts_sent).chain(&sent), &definitions);
    for (name, definition) in &mut definitions {
        if !sent.contains(name) {
            readers::only_answered(definition);
        }
        readers::for_readers(definition);
    }
    describe_configuration(&mut definitions);
    require_name(&mut definitions);
    answers::add(&mut definitions);
    definitions.extend(pages.map(|(name, item)| (name.to_owned(), answers::page(item.as_value()))));
    Schemas { customer, tenant, definitions, contracts }
}

fn generator(mut settings: SchemaSettings) -> SchemaGenerator {
    settings.definitions_path = "/components/schemas".into();
    settings.meta_schema = None;
    settings.into_generator()
}

fn commands(commands: Vec<CommandSchema>, generator: &mut SchemaGenerator) -> Vec<Described> {
    // Creating a tenant is the operator's: over HTTP there is always one already.
    let offered = commands.into_iter().filter(|command| command.name != "create-tenant");
    let described = offered.map(|CommandSchema { name, summary, schema }| Described {
        name,
        summary,
        body: schema(generator).to_value(),
    });
    described.collect()
}

/// A configuration is stored as it was sent, so its type doesn't say what providers ask for.
fn describe_configuration(definitions: &mut Map<String, Value>) {
    let Some(Value::Object(definition)) = definitions.get_mut("Configuration") else { return };
    let description = format!(
        "What a provider has to know: any object of at most {} KiB and {} levels. For the providers \
         with a schema of their own, exactly the members of that schema.",
        Configuration::BYTES_MAX / 1024,
        Configuration::DEPTH_MAX
    );
    definition.insert("description".to_owned(), description.into());
    definition.insert("additionalProperties".to_owned(), true.into());
}

/// A customer always has a name: a registration gives it one, an update can't clear it.
fn require_name(definitions: &mut Map<String, Value>) {
    let mut updated = definitions.get("ProfilePatch").cloned().unwrap_or_default();
    updated["properties"]["name"] = schema("CustomerName");
    let mut registered = updated.clone();
    registered["required"] = json!(["name"]);
    registered["description"] = "The profile of a new customer.".into();
    definitions.insert("NewProfile".to_owned(), registered);
    updated["description"] = definitions["UpdateProfile"]["description"].take();
    definitions.insert("UpdateProfile".to_owned(), updated);
    let mut profile = schema("NewProfile");
    profile["description"] = "Who the customer is.".into();
    definitions["RegisterCustomer"]["properties"]["profile"] = profile;
    definitions["Profile"]["required"] = json!(["name"]);
    if let Some(required) = definitions["Customer"]["required"].as_array_mut() {
        required.push("profile".into());
    }
}
