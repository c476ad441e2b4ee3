//! Unions with a member that says which choice it is: events by type, configurations by provider,
//! commands by name. Generated clients check such a union and narrow it by that member.

use serde_json::{Map, Value, json};

use super::parts::{Described, Schemas, schema};

/// Replaces the definitions that have unions inside by unions of their own.
pub(super) fn discriminate(schemas: &mut Schemas) {
    let Schemas { customer, definitions, contracts, .. } = schemas;
    for name in ["CustomerEvent", "TenantEvent"] {
        by_event_type(definitions, name);
    }
    for prefix in ["Add", "", "Found"] {
        by_provider(definitions, contracts, prefix);
    }
    // Revenue systems are providers, too. Each has one contract.
    for name in ["AddRevenueConfig", "RevenueConfig"] {
        let provider = definitions["RevenueProvider"]["enum"][0].clone();
        if let Some((_, contract)) = contracts.iter().find(|(known, _)| provider == *known)
            && let Some(definition) = definitions.get_mut(name)
        {
            configure(definition, contract);
        }
    }
    by_command(definitions, customer, "NamedCommand", "Command");
    by_command(definitions, customer, "Line", "Line");
}

/// Gives each event a schema of its own. An answer leaves `data` out when the key may not see it.
fn by_event_type(definitions: &mut Map<String, Value>, name: &str) {
    let union = definitions.get_mut(name).map(Value::take).unwrap_or_default();
    let mut choices = Vec::new();
    for event in union["oneOf"].as_array().into_iter().flatten() {
        let event_type = event["properties"]["type"]["const"].as_str().unwrap_or_default();
        let mut event = event.clone();
        event["required"] = json!(["type"]);
        event["properties"]["data"]["description"] =
            "The fields that changed, and nothing else. Absent if the key may not see them.".into();
        definitions.insert(event_type.to_owned(), event);
        choices.push((event_type.to_owned(), event_type.to_owned()));
    }
    let union = union_of("type", "An event. `type` says what `data` has.", &choices);
    definitions.insert(name.to_owned(), union);
}

/// Divides a billing configuration by provider: one schema for each provider with a contract, and
/// one for all others, whose configuration is any object.
fn by_provider(
    definitions: &mut Map<String, Value>,
    contracts: &[(&'static str, Value)],
    prefix: &str,
) {
    let name = format!("{prefix}BillingConfig");
    let base = definitions.get(&name).cloned().unwrap_or_default();
    let providers = definitions["Provider"]["enum"].as_array().cloned().unwrap_or_default();
    let mut others = Vec::new();
    let mut choices = Vec::new();
    for provider in providers.iter().filter_map(Value::as_str) {
        let Some((_, contract)) = contracts.iter().find(|(known, _)| *known == provider) else {
            others.push(provider);
            continue;
        };
        let mut choice = base.clone();
        choice["properties"]["provider"] = tag(provider, "The provider.");
        configure(&mut choice, contract);
        let of_provider = format!("{prefix}{}BillingConfig", pascal_case(provider));
        definitions.insert(of_provider.clone(), choice);
        choices.push((provider.to_owned(), of_provider));
    }
    let of_others = format!("{prefix}OtherBillingConfig");
    choices.extend(others.iter().map(|provider| ((*provider).to_owned(), of_others.clone())));
    let mut other = base.clone();
    other["properties"]["provider"] =
        json!({"type": "string", "enum": others, "description": "The provider."});
    definitions.insert(of_others, other);
    let description = base["description"].as_str().unwrap_or_default();
    definitions.insert(name, union_of("provider", description, &choices));
}

/// Requires a configuration as the provider's contract has it.
fn configure(definition: &mut Value, contract: &Value) {
    definition["properties"]["configuration"] = contract.clone();
    if let Some(required) = definition["required"].as_array_mut()
        && !required.iter().any(|name| name == "configuration")
    {
        required.push("configuration".into());
    }
}

/// Divides a named command by its name: one schema for each command, with that command's body.
fn by_command(
    definitions: &mut Map<String, Value>,
    commands: &[Described],
    name: &str,
    suffix: &str,
) {
    let base = definitions.get(name).cloned().unwrap_or_default();
    let mut choices = Vec::new();
    for command in commands {
        let mut choice = base.clone();
        choice["description"] = command.summary.into();
        choice["properties"]["command"] = tag(command.name, "The command's name.");
        choice["properties"]["body"] = command.body.clone();
        let has_required = |body: &Value| {
            let body = body["$ref"].as_str().and_then(|path| path.rsplit('/').next());
            body.and_then(|name| definitions.get(name))
                .is_some_and(|body| body.get("required").is_some() || body.get("oneOf").is_some())
        };
        if has_required(&command.body)
            && let Some(required) = choice["required"].as_array_mut()
        {
            required.push("body".into());
        }
        let of_command = format!("{}{suffix}", pascal_case(command.name));
        definitions.insert(of_command.clone(), choice);
        choices.push((command.name.to_owned(), of_command));
    }
    let description = base["description"].as_str().unwrap_or_default();
    definitions.insert(name.to_owned(), union_of("command", description, &choices));
}

/// A union of definitions. `choices` are the values of `member`, each with its definition.
fn union_of(member: &str, description: &str, choices: &[(String, String)]) -> Value {
    let mut names: Vec<_> = choices.iter().map(|(_, name)| name).collect();
    names.dedup();
    let reference = |name: &String| schema(name)["$ref"].clone();
    let mapping = choices.iter().map(|(value, name)| (value.clone(), reference(name)));
    json!({
        "description": description,
        "oneOf": names.into_iter().map(|name| schema(name)).collect::<Vec<_>>(),
        "discriminator": {
            "propertyName": member,
            "mapping": mapping.collect::<Map<_, _>>(),
        },
    })
}

/// A member that has one value only, by which generated code knows the choice.
fn tag(value: &str, description: &str) -> Value {
    json!({"type": "string", "const": value, "description": description})
}

/// `update-profile` and `aws_marketplace` as parts of a schema's name: `UpdateProfile`.
fn pascal_case(name: &str) -> String {
    let mut pascal = String::with_capacity(name.len());
    for word in name.split(['-', '_']) {
        let mut letters = word.chars();
        pascal.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        pascal.push_str(letters.as_str());
    }
    pascal
}
