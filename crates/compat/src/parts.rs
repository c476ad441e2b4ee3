//! From the part of a document that is to change to the commands that change it.

use domain::check::Violation;
use domain::customer::Command;
use http::commands::empty_object;
use serde_json::{Map, Value, json};

/// A member of a customer's document, and the command that changes it.
struct Part {
    member: &'static str,
    command: &'static str,
    body: Body,
}

/// What a command's body is of the member's value.
enum Body {
    /// The value itself.
    Whole,
    /// An object that has the value under this name.
    Under(&'static str),
    /// One command for each item of the list.
    Each,
}

/// The parts in the order of their commands.
const PARTS: [Part; 14] = [
    Part { member: "profile", command: "update-profile", body: Body::Whole },
    Part { member: "external_id", command: "change-external-id", body: Body::Under("external_id") },
    Part { member: "aliases", command: "set-aliases", body: Body::Under("aliases") },
    Part { member: "metadata", command: "replace-metadata", body: Body::Under("metadata") },
    Part { member: "custom_fields", command: "set-custom-fields", body: Body::Under("fields") },
    Part { member: "config", command: "update-config", body: Body::Whole },
    Part {
        member: "parent_customer_id",
        command: "set-parent",
        body: Body::Under("parent_customer_id"),
    },
    Part { member: "billing_configs", command: "add-billing-config", body: Body::Each },
    Part { member: "revenue_configs", command: "add-revenue-config", body: Body::Each },
    Part { member: "integrations", command: "map-integration", body: Body::Each },
    Part { member: "invoice_delivery", command: "update-invoice-delivery", body: Body::Whole },
    Part { member: "tax", command: "set-tax-settings", body: Body::Whole },
    Part { member: "billable_status", command: "set-billable-status", body: Body::Whole },
    Part { member: "rollup", command: "set-rollup-billing", body: Body::Whole },
];

/// What a registration takes itself.
const REGISTERED: [&str; 7] = [
    "profile",
    "external_id",
    "aliases",
    "metadata",
    "custom_fields",
    "config",
    "parent_customer_id",
];

/// The commands that register a customer with what `document` says.
///
/// # Errors
///
/// All that is wrong with the values, each with its place in the document.
pub(crate) fn registration(
    mut document: Map<String, Value>,
) -> Result<Vec<Command>, Vec<Violation>> {
    let mut body = Map::new();
    for member in REGISTERED {
        if let Some(value) = document.remove(member).filter(|value| !value.is_null()) {
            body.insert(member.to_owned(), value);
        }
    }
    let profile = body.entry("profile").or_insert_with(empty_object);
    if let Value::Object(profile) = profile {
        profile.retain(|_, value| !value.is_null());
    }
    let mut found = Vec::new();
    let mut commands = Vec::new();
    read("register-customer", body.into(), |v| v, &mut commands, &mut found);
    ended(document, &mut commands, &mut found);
    if found.is_empty() { Ok(commands) } else { Err(found) }
}

/// The commands that make of a customer what `document` says; what it doesn't say stays.
///
/// # Errors
///
/// All that is wrong with the values, each with its place in the document.
pub(crate) fn changes(document: Map<String, Value>) -> Result<Vec<Command>, Vec<Violation>> {
    let mut found = Vec::new();
    let mut commands = Vec::new();
    if document.get("status").is_some_and(|status| status == "active") {
        read("restore-customer", empty_object(), |v| v, &mut commands, &mut found);
    }
    ended(document, &mut commands, &mut found);
    if found.is_empty() { Ok(commands) } else { Err(found) }
}

/// What a customer is changed to, and then archived, if that is what it is to be.
fn ended(document: Map<String, Value>, commands: &mut Vec<Command>, found: &mut Vec<Violation>) {
    let archived = document.get("status").is_some_and(|status| status == "archived");
    further(document, commands, found);
    if archived {
        read("archive-customer", empty_object(), |v| v, commands, found);
    }
}

fn further(
    mut document: Map<String, Value>,
    commands: &mut Vec<Command>,
    found: &mut Vec<Violation>,
) {
    for Part { member, command, body } in &PARTS {
        let Some(value) = document.remove(*member) else { continue };
        match (body, value) {
            (Body::Whole, value) => read(command, value, |v| v.under(member), commands, found),
            (Body::Under(name), value) => {
                let body = json!({*name: if value.is_null() { nothing(member) } else { value }});
                let back = |violation: Violation| back(violation, name, member);
                read(command, body, back, commands, found);
            }
            (Body::Each, Value::Array(items)) => {
                for (nth, item) in items.into_iter().enumerate() {
                    let under = |v: Violation| v.under(&nth.to_string()).under(member);
                    read(command, item, under, commands, found);
                }
            }
            (Body::Each, _) => {
                found.push(Violation::invalid("must be a list").under(member));
            }
        }
    }
    if let Some(payment) = document.remove("payment") {
        read("set-default-payment-profile", default(payment), of_default, commands, found);
    }
}

/// What a member is that was taken away, for commands that replace it as a whole.
fn nothing(member: &str) -> Value {
    match member {
        "metadata" | "custom_fields" => empty_object(),
        "aliases" => json!([]),
        _ => Value::Null,
    }
}

/// The place in the document of what is wrong under `name` in a command's body.
fn back(violation: Violation, name: &str, member: &str) -> Violation {
    let rest = violation.pointer.strip_prefix('/').and_then(|rest| rest.strip_prefix(name));
    let pointer = rest.unwrap_or_default().to_owned();
    Violation { pointer, ..violation }.under(member)
}

/// The command's own name for the default.
const DEFAULT: [&str; 2] = ["default_payment_profile_id", "payment_profile_id"];

fn default(mut payment: Value) -> Value {
    let [ours, asked] = DEFAULT;
    if let Value::Object(payment) = &mut payment
        && let Some(id) = payment.remove(ours)
    {
        payment.insert(asked.to_owned(), id);
    }
    payment
}

fn of_default(violation: Violation) -> Violation {
    let [ours, asked] = DEFAULT;
    let pointer = violation.pointer.replacen(asked, ours, 1);
    Violation { pointer, ..violation }.under("payment")
}

/// Reads one command; `back` tells where in the document a violation of its body is.
fn read(
    name: &str,
    body: Value,
    back: impl Fn(Violation) -> Violation,
    commands: &mut Vec<Command>,
    found: &mut Vec<Violation>,
) {
    match Command::read(name, body) {
        Some(Ok(command)) => commands.push(command),
        Some(Err(violations)) => found.extend(violations.into_iter().map(back)),
        // The names above are in the table of commands; a test reads them all.
        None => found.push(Violation::invalid("is not the name of a command")),
    }
}

#[cfg(test)]
mod tests;
