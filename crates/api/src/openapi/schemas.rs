//! The schemas: those of the domain's types, made fit for readers who don't know its code.

use domain::CommandSchema;
use domain::customer::{self, Customer};
use domain::provider::{
    AwsMarketplaceConfiguration, AzureMarketplaceConfiguration, GcpMarketplaceConfiguration,
    NetsuiteConfiguration, StripeConfiguration,
};
use domain::tenant::{self, Tenant};
use http::Problem;
use schemars::generate::SchemaSettings;
use schemars::{Schema, SchemaGenerator};
use serde_json::{Map, Value, json};

use super::answers;
use crate::admin::audit::ActionsPage;
use crate::admin::projections::{ParkedPage, Projections, RebuildBody, UnparkBody, Unparked};
use crate::v1::commands::Line;
use crate::v1::customers::commands::Together;

/// A command and the schema of its body.
pub(super) struct Described {
    pub(super) name: &'static str,
    pub(super) summary: &'static str,
    pub(super) body: Value,
}

/// All that schemas say.
pub(super) struct Schemas {
    pub(super) customer: Vec<Described>,
    pub(super) tenant: Vec<Described>,
    pub(super) definitions: Map<String, Value>,
}

/// A reference to the schema called `name`.
pub(super) fn schema(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

pub(super) fn describe() -> Schemas {
    // As they are written: commands are read the same way, and what answers always have is required.
    let mut generator = generator(SchemaSettings::draft2020_12().for_serialize());
    let customer = commands(customer::Command::schemas(), &mut generator);
    let tenant = commands(tenant::Command::schemas(), &mut generator);
    generator.subschema_for::<Customer>();
    generator.subschema_for::<Tenant>();
    generator.subschema_for::<Problem>();
    generator.subschema_for::<Projections>();
    generator.subschema_for::<ActionsPage>();
    generator.subschema_for::<ParkedPage>();
    generator.subschema_for::<Unparked>();
    let configurations = [
        generator.subschema_for::<StripeConfiguration>(),
        generator.subschema_for::<AwsMarketplaceConfiguration>(),
        generator.subschema_for::<AzureMarketplaceConfiguration>(),
        generator.subschema_for::<GcpMarketplaceConfiguration>(),
        generator.subschema_for::<NetsuiteConfiguration>(),
    ];
    let mut definitions = generator.take_definitions(false);
    // These are only read: what may be left out isn't required.
    let mut requests = self::generator(SchemaSettings::draft2020_12());
    requests.subschema_for::<Together>();
    requests.subschema_for::<Line>();
    requests.subschema_for::<RebuildBody>();
    requests.subschema_for::<UnparkBody>();
    definitions.append(&mut requests.take_definitions(false));
    for definition in definitions.values_mut() {
        without_null(definition);
        for_readers(definition);
    }
    configuration(&mut definitions, configurations.map(Schema::to_value).to_vec());
    for of in ["Named", "Line"] {
        let command = definitions.get_mut(of).and_then(|d| d.pointer_mut("/properties/command"));
        if let Some(Value::Object(command)) = command {
            command.insert("enum".to_owned(), json!(customer::Command::NAMES));
        }
    }
    answers::add(&mut definitions);
    Schemas { customer, tenant, definitions }
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

/// A configuration is stored as it was sent, so its type says nothing of what providers ask for.
fn configuration(definitions: &mut Map<String, Value>, mut known: Vec<Value>) {
    let Some(Value::Object(definition)) = definitions.get_mut("Configuration") else { return };
    let description = "What a provider has to know. Of a customer: for Stripe, the marketplaces \
                       of AWS, Azure and Google, and NetSuite exactly the members that they name. \
                       For other providers, and in a tenant's delivery methods, any object. At \
                       most 16 KiB and 8 levels.";
    definition.insert("description".to_owned(), description.into());
    known.push(json!({"type": "object"}));
    definition.insert("anyOf".to_owned(), Value::Array(known));
}

/// Answers leave out what has no value, so records that only answers have are never `null` inside.
/// They are told by taking unknown members, which nothing from outside does.
fn without_null(definition: &mut Value) {
    if definition.get("additionalProperties").is_some() {
        return;
    }
    let Some(properties) = definition.get_mut("properties").and_then(Value::as_object_mut) else {
        return;
    };
    for property in properties.values_mut().filter_map(Value::as_object_mut) {
        if let Some(Value::Array(choices)) = property.get_mut("anyOf") {
            choices.retain(|choice| choice["type"] != "null");
            if let [Value::Object(only)] = choices.as_mut_slice() {
                let mut only = std::mem::take(only);
                property.remove("anyOf");
                property.append(&mut only);
            }
        }
        if let Some(Value::Array(types)) = property.get_mut("type") {
            types.retain(|name| name != "null");
            if let [only] = types.as_mut_slice() {
                let only = only.take();
                property.insert("type".to_owned(), only);
            }
        }
    }
}

/// Descriptions come from doc comments: lines are joined, links to items become plain code. A choice
/// of one is no choice.
fn for_readers(value: &mut Value) {
    match value {
        Value::Object(members) => {
            if let Some(Value::String(text)) = members.get_mut("description") {
                let plain = text.replace("[`", "`").replace("`]", "`");
                let paragraphs = plain.split("\n\n").map(|paragraph| paragraph.replace('\n', " "));
                *text = paragraphs.collect::<Vec<_>>().join("\n\n");
            }
            if let Some(Value::Array(choices)) = members.get_mut("oneOf")
                && let [Value::Object(only)] = choices.as_mut_slice()
            {
                let only = std::mem::take(only);
                members.remove("oneOf");
                only.into_iter().for_each(|(name, value)| {
                    members.entry(name).or_insert(value);
                });
            }
            members.values_mut().for_each(for_readers);
        }
        Value::Array(items) => items.iter_mut().for_each(for_readers),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
