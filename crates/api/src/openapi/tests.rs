use std::collections::BTreeSet;
use std::path::Path;

use serde_json::{Value, json};

use super::*;

fn parsed() -> Value {
    serde_json::from_str(&document()).expect("the document is JSON")
}

/// Every operation: its method, its path and what is said of it.
fn operations(document: &Value) -> Vec<(String, String, &Value)> {
    let paths = document["paths"].as_object().expect("paths");
    let operations = paths.iter().flat_map(|(path, item)| {
        let methods = item.as_object().expect("methods").iter();
        methods.map(move |(method, operation)| (method.clone(), path.clone(), operation))
    });
    operations.collect()
}

/// Calls `visit` with every object of the document.
fn walk<'a>(value: &'a Value, visit: &mut impl FnMut(&'a serde_json::Map<String, Value>)) {
    match value {
        Value::Object(members) => {
            visit(members);
            members.values().for_each(|member| walk(member, visit));
        }
        Value::Array(items) => items.iter().for_each(|item| walk(item, visit)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[test]
fn the_document_in_the_repository_is_the_one_that_is_served() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/openapi.json");
    if std::env::var_os("UPDATE_FILES").is_some() {
        std::fs::create_dir_all(file.parent().expect("a folder")).expect("the folder");
        std::fs::write(&file, document()).expect("the file can be written");
    }
    let kept = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(kept == document(), "docs/openapi.json is old: run this test with UPDATE_FILES=1");
}

#[test]
fn every_route_is_in_the_document_and_nothing_else_is() {
    let source = include_str!("../routes.rs");
    let mut routes = BTreeSet::new();
    for route in source.split(".route(").skip(1) {
        let mut quoted = route.split('"');
        let path = quoted.nth(1).expect("a path");
        let handlers = quoted.next().expect("handlers");
        for method in ["get", "post", "put", "patch", "delete"] {
            if handlers.contains(&format!("{method}(")) {
                routes.insert((method.to_owned(), path.to_owned()));
            }
        }
    }
    assert!(routes.len() >= 13, "routes.rs is read wrongly: {routes:?}");
    let document = parsed();
    let described: BTreeSet<_> = operations(&document)
        .into_iter()
        .map(|(method, path, _)| match path.split_once("/commands/") {
            Some((before, _)) => (method, format!("{before}/commands/{{command}}")),
            None => (method, path),
        })
        .collect();
    assert_eq!(described, routes);
}

#[test]
fn every_command_has_a_path_of_its_own() {
    let document = parsed();
    let paths = &document["paths"];
    for name in domain::customer::Command::NAMES.iter().filter(|n| **n != "register-customer") {
        assert!(paths.get(format!("/v1/customers/{{ref}}/commands/{name}")).is_some(), "{name}");
    }
    for name in domain::tenant::Command::NAMES.iter().filter(|n| **n != "create-tenant") {
        assert!(paths.get(format!("/v1/tenant/commands/{name}")).is_some(), "{name}");
    }
}

#[test]
fn every_reference_leads_somewhere_and_every_component_is_used() {
    let document = parsed();
    let mut used = BTreeSet::new();
    walk(&document, &mut |members| {
        if let Some(Value::String(reference)) = members.get("$ref") {
            let pointer = reference.strip_prefix('#').expect("a reference within the document");
            assert!(document.pointer(pointer).is_some(), "{reference} leads nowhere");
            used.insert(pointer.to_owned());
        }
    });
    for kind in ["schemas", "responses", "parameters", "headers"] {
        for name in document["components"][kind].as_object().expect("components").keys() {
            let pointer = format!("/components/{kind}/{name}");
            assert!(used.contains(&pointer), "{pointer} is not used");
        }
    }
}

#[test]
fn no_schema_that_takes_no_other_members_is_a_part_of_a_larger_one() {
    let document = parsed();
    walk(&document, &mut |members| {
        for part in members.get("allOf").and_then(Value::as_array).into_iter().flatten() {
            let part = match part["$ref"].as_str() {
                Some(reference) => document.pointer(&reference[1..]).expect("a schema"),
                None => part,
            };
            assert_ne!(part["additionalProperties"], false, "{members:?}");
        }
    });
}

#[test]
fn every_operation_can_be_called_by_a_name_and_says_what_comes_back() {
    let document = parsed();
    let mut ids = BTreeSet::new();
    for (method, path, operation) in operations(&document) {
        let id = operation["operationId"].as_str().expect("an id");
        assert!(ids.insert(id.to_owned()), "{id} is there twice");
        assert!(operation["summary"].as_str().is_some_and(|text| !text.is_empty()), "{path}");
        let responses = operation["responses"].as_object().expect("responses");
        for (status, response) in responses {
            let response = match response["$ref"].as_str() {
                Some(reference) => document.pointer(&reference[1..]).expect("a response"),
                None => response,
            };
            let described = response["description"].as_str().is_some_and(|text| !text.is_empty());
            assert!(described, "{method} {path} {status}");
        }
        let named = path.contains("{ref}");
        let parameters = operation["parameters"].as_array();
        let takes =
            parameters.is_some_and(|p| p.contains(&json!({"$ref": "#/components/parameters/Ref"})));
        assert_eq!(named, takes, "{path}");
        let keyed = path.starts_with("/v1/") || path.starts_with("/admin/");
        assert_eq!(keyed, operation.get("security").is_none(), "{path}");
    }
}

#[test]
fn every_example_of_a_command_is_one_that_the_service_would_read() {
    for name in domain::customer::Command::NAMES {
        let read = domain::customer::Command::read(name, examples::customer_command(name));
        assert!(matches!(read, Some(Ok(_))), "{name}: {read:?}");
    }
    for name in domain::tenant::Command::NAMES.iter().filter(|n| **n != "create-tenant") {
        let read = domain::tenant::Command::read(name, examples::tenant_command(name));
        assert!(matches!(read, Some(Ok(_))), "{name}: {read:?}");
    }
    assert!(
        domain::json::read::<crate::v1::customers::commands::Together>(examples::together())
            .is_ok()
    );
    assert!(domain::json::read::<crate::v1::commands::Line>(examples::line()).is_ok());
}

/// The members that a schema documents.
fn members(document: &Value, schema: &Value) -> BTreeSet<String> {
    let schema = match schema["$ref"].as_str() {
        Some(reference) => document.pointer(&reference[1..]).expect("a schema"),
        None => schema,
    };
    let own = schema["properties"].as_object().into_iter().flat_map(|own| own.keys().cloned());
    let parts = ["allOf", "oneOf"].into_iter().filter_map(|of| schema[of].as_array()).flatten();
    own.chain(parts.flat_map(|part| members(document, part))).collect()
}

#[test]
fn every_list_comes_in_each_format_with_a_column_for_each_member_of_its_items() {
    let document = parsed();
    let mut lists = 0;
    for (_, path, operation) in operations(&document) {
        let content = &operation["responses"]["200"][ALTERNATIVES];
        let Some(table) = content["text/csv"]["example"].as_str() else { continue };
        let columns: Vec<&str> = table.trim_end().split(',').collect();
        let lines = members(&document, &content["application/x-ndjson"][ITEM_SCHEMA]);
        let first = |column: &&str| column.split('.').next().unwrap_or_default().to_owned();
        assert_eq!(columns.iter().map(first).collect::<BTreeSet<_>>(), lines, "{path}");
        let distinct: BTreeSet<_> = columns.iter().collect();
        assert_eq!(columns.len(), distinct.len(), "{path} has a column twice");
        for status in ["406", "429"] {
            assert!(!operation["responses"][status].is_null(), "{path} {status}");
        }
        lists += 1;
    }
    assert_eq!(lists, 10);
}

/// The schema that `schema` refers to, or itself.
fn followed<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    match schema["$ref"].as_str() {
        Some(reference) => document.pointer(&reference[1..]).expect("a schema"),
        None => schema,
    }
}

#[test]
fn no_schema_has_what_generators_of_clients_take_wrongly() {
    let document = parsed();
    walk(&document["components"]["schemas"], &mut |members| {
        for choice in members.get("oneOf").and_then(Value::as_array).into_iter().flatten() {
            assert!(choice.get("const").is_none(), "an enum is a choice of constants: {members:?}");
        }
        let constant = members.get("const");
        assert!(constant.is_none_or(Value::is_string), "only tags are constants: {members:?}");
        assert!(members.get("default").is_none_or(Value::is_object), "a default: {members:?}");
    });
}

#[test]
fn every_union_has_a_member_that_tells_its_choices_apart() {
    let document = parsed();
    let mut unions = 0;
    walk(&document["components"]["schemas"], &mut |members| {
        let Some(choices) = members.get("oneOf").and_then(Value::as_array) else { return };
        let discriminator = &members["discriminator"];
        let tag = discriminator["propertyName"].as_str().expect("a discriminator");
        let mut mapping = serde_json::Map::new();
        for choice in choices {
            let schema = followed(&document, choice);
            assert!(schema["required"].as_array().is_some_and(|all| all.contains(&json!(tag))));
            let value = &schema["properties"][tag];
            let values = value["enum"].as_array().cloned();
            for value in values.unwrap_or_else(|| vec![value["const"].clone()]) {
                let value = value.as_str().expect("a tag").to_owned();
                let before = mapping.insert(value, choice["$ref"].clone());
                assert!(before.is_none(), "two choices have the same tag: {choices:?}");
            }
        }
        assert_eq!(discriminator["mapping"], Value::Object(mapping));
        unions += 1;
    });
    assert_eq!(unions, 7);
}

#[test]
fn every_event_and_every_command_is_a_choice_of_its_union() {
    let document = parsed();
    let schemas = &document["components"]["schemas"];
    let tags = |union: &str| -> BTreeSet<String> {
        let mapping = schemas[union]["discriminator"]["mapping"].as_object().expect("a union");
        mapping.keys().cloned().collect()
    };
    let names = |names: &[&str]| names.iter().map(ToString::to_string).collect::<BTreeSet<_>>();
    assert_eq!(tags("CustomerEvent"), names(domain::customer::Event::NAMES));
    assert_eq!(tags("TenantEvent"), names(domain::tenant::Event::NAMES));
    assert_eq!(tags("NamedCommand"), names(domain::customer::Command::NAMES));
    assert_eq!(tags("Line"), names(domain::customer::Command::NAMES));
}

#[test]
fn a_provider_has_a_contract_in_the_document_if_the_domain_checks_one() {
    use domain::check::Pointer;
    use domain::provider::{Configuration, Provider};

    let document = parsed();
    let schemas = &document["components"]["schemas"];
    for name in schemas["Provider"]["enum"].as_array().expect("providers") {
        let provider: Provider = serde_json::from_value(name.clone()).expect("a provider");
        let unknown = serde_json::Map::from_iter([("no_such_member".to_owned(), json!(1))]);
        let mut found = Vec::new();
        Configuration::from(unknown).check_for(provider, &mut Pointer::default(), &mut found);
        for union in ["AddBillingConfig", "BillingConfig", "FoundBillingConfig"] {
            let choice = &schemas[union]["discriminator"]["mapping"][name.as_str().expect("text")];
            let choice = document.pointer(&choice.as_str().expect("a choice")[1..]);
            let configuration = &choice.expect("a schema")["properties"]["configuration"]["$ref"];
            let any = configuration == "#/components/schemas/Configuration";
            assert_eq!(any, found.is_empty(), "{union} of {name}");
        }
    }
}

#[test]
fn every_object_in_a_request_refuses_members_that_it_does_not_name() {
    let document = parsed();
    let definitions = document["components"]["schemas"].as_object().expect("schemas");
    let operations = operations(&document);
    let bodies = operations.iter().map(|(_, _, operation)| &operation["requestBody"]);
    for name in readers::reachable(bodies, definitions) {
        let schema = &definitions[&name];
        if schema["type"] == "object" && name != "Configuration" {
            assert_eq!(schema["additionalProperties"], false, "{name}");
        }
    }
}

#[test]
fn every_answer_has_one_media_type_in_its_content() {
    let document = parsed();
    for (method, path, operation) in operations(&document) {
        for (status, response) in operation["responses"].as_object().expect("responses") {
            let response = followed(&document, response);
            let types = response["content"].as_object().map_or(0, serde_json::Map::len);
            assert!(types <= 1, "{method} {path} {status}");
        }
    }
}
