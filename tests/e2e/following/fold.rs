//! The expected rows of read models, computed from the log's JSON without the service's code.
//!
//! A customer is a map from JSON pointers to values. An event says which parts are removed and
//! which values are set. Whatever differs then is a change.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use sqlx::FromRow;
use uuid::Uuid;

/// A stored event. Times are PostgreSQL's texts.
#[derive(FromRow)]
pub(super) struct Logged {
    pub(super) customer: Uuid,
    pub(super) sequence: i64,
    pub(super) event_type: String,
    pub(super) payload: String,
    pub(super) position: i64,
    pub(super) recorded_at: String,
    pub(super) actor: String,
    pub(super) api_key: String,
    pub(super) reason: String,
}

/// The rows of read models as lines of text, customer by customer.
#[derive(Default)]
pub(super) struct Lines {
    pub(super) field_changes: Vec<String>,
    /// The same changes with all their metadata.
    pub(super) changes: Vec<String>,
    pub(super) billing_configurations: Vec<String>,
    pub(super) integration_links: Vec<String>,
    pub(super) customer_list: Vec<String>,
}

/// A customer and its state so far.
#[derive(Default)]
pub(super) struct Customer {
    id: Uuid,
    version: i64,
    document: BTreeMap<String, Value>,
    configs: BTreeMap<Uuid, Config>,
    created: Option<(String, String)>,
    updated: (String, String),
}

/// A billing configuration: its row without the time of archiving.
struct Config {
    row: String,
    changed: String,
    archived: String,
}

impl Customer {
    /// Before its first event.
    pub(super) fn new(id: Uuid) -> Self {
        let document = BTreeMap::from([("/status".to_owned(), json!("unregistered"))]);
        Self { id, document, ..Self::default() }
    }

    pub(super) fn is(&self, id: Uuid) -> bool {
        self.id == id
    }

    /// Applies one more event.
    pub(super) fn happened(&mut self, event: &Logged, lines: &mut Lines) {
        self.version += 1;
        assert_eq!(event.sequence, self.version, "customer {} has a gap", self.id);
        let payload: Value = serde_json::from_str(&event.payload).expect("JSON");
        let data = &payload["data"];
        let by = (event.recorded_at.clone(), event.actor.clone());
        self.created.get_or_insert_with(|| by.clone());
        self.updated = by;
        self.note_billing(event, data);
        self.note_link(event, data, lines);
        let changes = self.change(&event.event_type, data);
        // The objects above a changed field have rows, too.
        let fields: BTreeSet<_> =
            changes.iter().flat_map(|(field, ..)| with_objects(field)).collect();
        for field in fields {
            let (id, version, position) = (self.id, self.version, event.position);
            lines.field_changes.push(format!("{id} {version} {field} {position}"));
        }
        for (field, old, new) in changes {
            let Logged { event_type, position, recorded_at, actor, api_key, reason, .. } = event;
            let shown = |value: Option<Value>| value.map_or("-".to_owned(), |it| it.to_string());
            let (id, version) = (self.id, self.version);
            lines.changes.push(format!(
                "{id} {version} {field} {} {} {position} {event_type} {recorded_at} {actor} {api_key} {reason}",
                shown(old),
                shown(new),
            ));
        }
    }

    /// Changes the document, and returns the differences.
    fn change(
        &mut self,
        event_type: &str,
        data: &Value,
    ) -> Vec<(String, Option<Value>, Option<Value>)> {
        let (gone, there) = self.effect(event_type, data);
        let mut touched: BTreeMap<String, Option<Value>> = BTreeMap::new();
        for place in &gone {
            let below = format!("{place}/");
            let parts = self.document.range(place.clone()..);
            let parts = parts.take_while(|(field, _)| field.starts_with(place));
            let parts = parts.filter(|(field, _)| *field == place || field.starts_with(&below));
            touched.extend(parts.map(|(field, _)| (field.clone(), None)));
        }
        touched.extend(there.into_iter().map(|(field, value)| (field, Some(value))));
        let mut changed = Vec::new();
        for (field, new) in touched {
            let old = match &new {
                Some(value) => self.document.insert(field.clone(), value.clone()),
                None => self.document.remove(&field),
            };
            if old != new {
                changed.push((field, old, new));
            }
        }
        changed
    }

    /// The pointers that an event clears with everything below them, and the values set afterwards.
    fn effect(&self, event_type: &str, data: &Value) -> (Vec<String>, BTreeMap<String, Value>) {
        let mut there = BTreeMap::new();
        let mut gone = Vec::new();
        match event_type {
            "CustomerRegistered" => {
                flatten(String::new(), data, &mut there);
                there.insert("/status".to_owned(), json!("active"));
            }
            "ProfileUpdated" => {
                for (name, value) in data.as_object().expect("a patch") {
                    assert!(!value.is_object(), "this fold knows only plain fields");
                    gone.push(format!("/profile/{name}"));
                    if !value.is_null() {
                        there.insert(format!("/profile/{name}"), value.clone());
                    }
                }
            }
            "MetadataReplaced" => {
                gone.push("/metadata".to_owned());
                flatten("/metadata".to_owned(), &data["metadata"], &mut there);
            }
            "ExternalIdChanged" => {
                let new = &data["external_id"];
                gone.push("/external_id".to_owned());
                there.insert("/external_id".to_owned(), new.clone());
                let former = self.document.get("/former_external_ids");
                let mut former = former.and_then(Value::as_array).cloned().unwrap_or_default();
                former.retain(|id| id != new);
                former.extend(self.document.get("/external_id").cloned());
                there.insert("/former_external_ids".to_owned(), Value::Array(former));
            }
            "IntegrationMapped" => {
                gone.push(link(data));
                flatten(link(data), data, &mut there);
            }
            "IntegrationUnmapped" => gone.push(link(data)),
            "BillingConfigAdded" => {
                let place = format!("/billing_configs/{}", text(&data["id"]));
                flatten(place.clone(), data, &mut there);
                gone.push(place);
            }
            "BillingConfigArchived" => {
                let place = format!("/billing_configs/{}/archived_at", text(&data["id"]));
                there.insert(place, data["archived_at"].clone());
            }
            "BillableStatusSet" => {
                gone.push("/billable_status".to_owned());
                if !data["billable_status"].is_null() {
                    let status = &data["billable_status"];
                    flatten("/billable_status".to_owned(), status, &mut there);
                }
            }
            "CustomerArchived" => drop(there.insert("/status".to_owned(), json!("archived"))),
            "CustomerRestored" => drop(there.insert("/status".to_owned(), json!("active"))),
            other => panic!("nobody wrote an event {other}"),
        }
        (gone, there)
    }

    fn note_billing(&mut self, event: &Logged, data: &Value) {
        let changed = format!("{} {}", self.version, event.recorded_at);
        match &*event.event_type {
            "BillingConfigAdded" => {
                let configuration = &data["configuration"];
                let ids = ["stripe_customer_id", "customer_id"];
                let known = ids.iter().find_map(|name| configuration[*name].as_str());
                let row = format!(
                    "{} {} {} {configuration}",
                    text(&data["provider"]),
                    known.expect("an id at the provider"),
                    text(&data["delivery_method"]),
                );
                let id = text(&data["id"]).parse().expect("an id");
                self.configs.insert(id, Config { row, changed, archived: "-".to_owned() });
            }
            "BillingConfigArchived" => {
                let id: Uuid = text(&data["id"]).parse().expect("an id");
                let config = self.configs.get_mut(&id).expect("what was added");
                config.changed = changed;
                text(&data["archived_at"]).clone_into(&mut config.archived);
            }
            _ => {}
        }
    }

    fn note_link(&self, event: &Logged, data: &Value, lines: &mut Lines) {
        let mapped = match &*event.event_type {
            "IntegrationMapped" => true,
            "IntegrationUnmapped" => false,
            _ => return,
        };
        lines.integration_links.push(format!(
            "{} {} {} {} {} {mapped} {} {} {}",
            self.id,
            self.version,
            text(&data["provider_type"]),
            text(&data["provider_entity_id"]),
            data["entity_type"].as_str().unwrap_or("-"),
            event.position,
            event.recorded_at,
            event.actor,
        ));
    }

    /// After its last event: its rows in lists.
    pub(super) fn ended(&self, lines: &mut Lines) {
        let Some((created_at, created_by)) = &self.created else { return };
        for (id, Config { row, changed, archived }) in &self.configs {
            let line = format!("{} {id} {row} {changed} {archived}", self.id);
            lines.billing_configurations.push(line);
        }
        let at = |field| self.document.get(field).and_then(Value::as_str);
        let name = at("/profile/name").unwrap_or_default();
        let (updated_at, updated_by) = &self.updated;
        lines.customer_list.push(format!(
            "{} {} {} {name} {} {} {} {} {created_at} {created_by} {updated_at} {updated_by}",
            self.id,
            self.version,
            at("/status").unwrap_or_default(),
            name.to_lowercase(),
            at("/profile/email").unwrap_or_default(),
            at("/external_id").unwrap_or_default(),
            at("/billable_status/value").unwrap_or("billable"),
        ));
    }
}

/// Puts `value` at its pointers: objects are containers, unless they are empty.
fn flatten(place: String, value: &Value, there: &mut BTreeMap<String, Value>) {
    let members = value.as_object().filter(|members| !members.is_empty() || place.is_empty());
    let Some(members) = members else {
        there.insert(place, value.clone());
        return;
    };
    for (name, member) in members {
        let name = name.replace('~', "~0").replace('/', "~1");
        flatten(format!("{place}/{name}"), member, there);
    }
}

fn link(data: &Value) -> String {
    format!("/integrations/{}:{}", text(&data["provider_type"]), text(&data["provider_entity_id"]))
}

fn text(value: &Value) -> &str {
    value.as_str().expect("a text")
}

/// A field, after the objects that it is in.
fn with_objects(field: &str) -> impl Iterator<Item = &str> {
    let objects = field.match_indices('/').map(|(at, _)| at).filter(|at| *at > 0);
    objects.chain([field.len()]).map(|end| &field[..end])
}
