//! What holds at each event of any sequence of commands in a small world of customers.

mod commands;
mod world;

use std::cell::RefCell;
use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use serde_json::Value;

use self::commands::{CUSTOMERS, Draft, anything, registration};
use self::world::World;
use super::changes::changes;
use super::changes::tests::expect_exact;
use super::testing::{command, id, now, numbered};
use super::{
    Command, Customer, DecisionContext, Disclosure, Event, FieldChange, Status, changed_since,
};
use crate::time::Timestamp;

/// The configuration that a revert restores, in a fixed order.
fn configuration(state: &Customer) -> Value {
    let mut kept = state.clone();
    kept.status = Status::Active;
    kept.former_external_ids = vec![];
    kept.payment.profiles = vec![];
    kept.unique_custom_fields.clear();
    kept.billing_configs.retain(|config| config.archived_at.is_none());
    kept.revenue_configs.retain(|config| config.archived_at.is_none());
    kept.billing_configs.sort_by_key(|config| config.id);
    kept.revenue_configs.sort_by_key(|config| config.id);
    kept.integrations.sort_by(|one, other| one.provider_entity_id.cmp(&other.provider_entity_id));
    serde_json::to_value(kept).expect("JSON")
}

/// The differences between any two states turn one into the other, and back.
fn expect_exact_changes_across(states: &[Customer]) {
    let middle = states.get(states.len() / 2);
    for state in states.first().into_iter().chain(middle) {
        let last = states.last().unwrap_or(state);
        expect_exact(state, last);
        expect_exact(last, state);
    }
}

/// The texts in a JSON value. A time is written in one way.
fn texts(value: &Value) -> BTreeSet<String> {
    match value {
        Value::String(text) => {
            let time = text.parse::<Timestamp>();
            BTreeSet::from([time.map_or_else(|_| text.clone(), |time| time.to_string())])
        }
        Value::Array(items) => items.iter().flat_map(texts).collect(),
        Value::Object(members) => members.values().flat_map(texts).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) => BTreeSet::new(),
    }
}

/// The names of members, however deep.
fn names(value: &Value) -> BTreeSet<String> {
    match value {
        Value::Array(items) => items.iter().flat_map(names).collect(),
        Value::Object(members) => {
            members.keys().cloned().chain(members.values().flat_map(names)).collect()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => BTreeSet::new(),
    }
}

/// Each text in these events is one of the command, or the time.
fn expect_own_values(body: &Value, events: &[Event]) {
    let mut own = texts(body);
    own.extend(names(body));
    own.insert(Timestamp::from(now()).to_string());
    for event in events {
        let event = serde_json::to_value(event).expect("JSON");
        let foreign: Vec<_> = texts(&event["data"]).difference(&own).cloned().collect();
        assert!(foreign.is_empty(), "{foreign:?} of {event} is not of {body}");
    }
}

/// The parts of a customer in which an undo changes only fields of its event. Elsewhere rules change others, too.
const CHANGED_BY_FIELD: [&str; 7] =
    ["profile", "metadata", "custom_fields", "config", "invoice_delivery", "tax", "rollup"];

/// An undo changes no field of these parts that its event did not change.
fn expect_others_kept(event: &[FieldChange], undone: &[FieldChange]) {
    for change in undone {
        let part = change.field.split('/').nth(1).unwrap_or_default();
        let of_event = event.iter().any(|known| known.field == change.field);
        assert!(of_event || !CHANGED_BY_FIELD.contains(&part), "{change:?} is not of the event");
    }
}

/// Sends these commands and checks what holds at each event, because each version can be read. Returns the names of
/// those that changed something.
fn run(commands: Vec<(usize, Draft)>) -> BTreeSet<&'static str> {
    let mut world = World::new();
    let mut effective = BTreeSet::new();
    let registrations = (0..CUSTOMERS).map(|number| (number, registration(number)));
    for (number, (name, body)) in registrations.chain(commands) {
        let customer = id(&numbered(number));
        let command = command(name, body.clone());
        assert_eq!(command.name(), name);
        let context = world.context(customer, &command);
        let Ok(events) = world.decide(customer, &context, &command) else { continue };
        if !events.is_empty() {
            effective.insert(name);
        }
        for event in &events {
            let stored = serde_json::to_string(event).expect("JSON");
            let read: Event = serde_json::from_str(&stored).expect("readable");
            assert_eq!(read, *event);
            assert_eq!(serde_json::to_string(&read).expect("JSON"), stored);
        }
        if command.discloses() == Disclosure::Nothing {
            expect_own_values(&body, &events);
        }
        let present = world.state(customer);
        for event in events {
            world.append(customer, event);
            world.check_invariants();
        }
        match (&context.past, &context.undone) {
            (Some(before), Some(after)) => {
                let mut left = changed_since(&world.state(customer), after, before);
                // Nobody asks for a default that is still one.
                left.retain(|field| field != "/payment/default_payment_profile_id");
                assert!(left.is_empty(), "{left:?} of the event are not as before");
                let undone = changes(&present, &world.state(customer));
                expect_others_kept(&changes(before, after), &undone);
            }
            (Some(past), None) => {
                assert_eq!(configuration(&world.state(customer)), configuration(past));
            }
            (None, _) => {}
        }
        // The same command again changes nothing.
        let DecisionContext { past, undone, .. } = context;
        let again = DecisionContext { past, undone, ..world.context(customer, &command) };
        let again = world.decide(customer, &again, &command);
        assert!(!again.is_ok_and(|events| !events.is_empty()), "{command:?} did more");
    }
    world.ids().for_each(|id| expect_exact_changes_across(world.states(id)));
    effective
}

/// Runs many sequences. A property shows nothing about a command that is always refused, so each of
/// `effective` has to change something at least once.
fn check(test_name: &'static str, to: impl Fn(usize) -> usize, effective: &[&str]) {
    let config = ProptestConfig {
        source_file: Some(file!()),
        test_name: Some(test_name),
        ..ProptestConfig::default()
    };
    let seen = RefCell::new(BTreeSet::new());
    let commands = proptest::collection::vec(anything(), 1..60);
    let property = |commands: Vec<(usize, Draft)>| {
        let commands = commands.into_iter().map(|(number, draft)| (to(number), draft)).collect();
        seen.borrow_mut().append(&mut run(commands));
        Ok(())
    };
    // With fewer cases, as Miri and `make mutants` ask for, chance would decide.
    let enough = config.cases >= 256;
    if let Err(error) = TestRunner::new(config).run(&commands, property) {
        panic!("{error}");
    }
    let seen = seen.borrow();
    let never: Vec<_> = effective.iter().filter(|name| !seen.contains(*name)).collect();
    assert!(!enough || never.is_empty(), "{never:?} never changed anything");
}

#[test]
fn any_commands_leave_all_customers_in_order() {
    // Those that depend on other customers.
    let effective = [
        "register-customer",
        "change-external-id",
        "set-aliases",
        "set-custom-fields",
        "set-parent",
        "archive-customer",
        "restore-customer",
        "revert-to",
    ];
    check("any_commands_leave_all_customers_in_order", |number| number, &effective);
}

#[test]
fn any_commands_leave_one_customer_in_order() {
    check("any_commands_leave_one_customer_in_order", |_| 0, Command::NAMES);
}
