//! The forms of changes: their fields, filled with what is there, and the commands' bodies from what was sent.

use domain::provider::Provider;
use http::{App, Problem, reference};
use maud::{Markup, html};
use serde_json::{Map, Value, json};
use store::TenantRef;

use super::kind::Kind;
use super::members::{at, items, put, text};
use crate::posted::Posted;
use crate::words::labels::system;
use crate::words::values;

/// A text field of the profile: its pointer within the profile, its label, and what browsers may fill in.
const PROFILE: [(&str, &str, &str); 14] = [
    ("/name", "Name", "organization"),
    ("/org_name", "Legal name", "off"),
    ("/identity", "Registration number", "off"),
    ("/email", "E-mail", "off"),
    ("/phone", "Phone", "off"),
    ("/locale", "Language, as de-DE", "off"),
    ("/timezone", "Time zone, as Europe/Berlin", "off"),
    ("/address/line1", "Street and number", "off"),
    ("/address/line2", "Second address line", "off"),
    ("/address/postal_code", "Postal code", "off"),
    ("/address/city", "City", "off"),
    ("/address/state", "State or province", "off"),
    ("/address/country", "Country, as DE", "off"),
    ("/address/attention", "Attention", "off"),
];

/// Providers to choose from.
const PROVIDERS: [(Provider, &str); 9] = [
    (Provider::Stripe, "stripe"),
    (Provider::Netsuite, "netsuite"),
    (Provider::AwsMarketplace, "aws_marketplace"),
    (Provider::AzureMarketplace, "azure_marketplace"),
    (Provider::GcpMarketplace, "gcp_marketplace"),
    (Provider::QuickbooksOnline, "quickbooks_online"),
    (Provider::Workday, "workday"),
    (Provider::Metronome, "metronome"),
    (Provider::Custom, "custom"),
];

const COLLECTION: [(&str, &str); 2] =
    [("charge_automatically", "charge automatically"), ("send_invoice", "send invoices")];

const DELIVERY: [(&str, &str); 4] = [
    ("direct_to_billing_provider", "directly"),
    ("aws_sqs", "through a queue at AWS"),
    ("aws_sns", "through a topic at AWS"),
    ("tackle", "through Tackle"),
];

/// Empty rows for more values of a list.
const MORE_ROWS: usize = 2;
/// The members of a tax that a row has.
const TAX: [(&str, &str); 4] =
    [("country", "Country"), ("type", "Type"), ("name", "Name"), ("rate", "Percent")];

/// The fields of a form.
pub(super) fn fields(kind: Kind, state: &Value, target: Option<&str>, posted: &Posted) -> Markup {
    match kind {
        Kind::Profile => profile(state, posted),
        Kind::Metadata => metadata(state, posted),
        Kind::ExternalId => {
            let given = posted.text("external_id").unwrap_or_else(|| text(state, "/external_id"));
            field("external_id", "External id", given)
        }
        Kind::Aliases => aliases(state, posted),
        Kind::AddBilling => billing(posted),
        Kind::ArchiveBilling => billing_configs(state, posted),
        Kind::Payment => payment(state, posted),
        Kind::Tax => tax(state, posted),
        Kind::Parent => {
            let given = posted.text("parent");
            field(
                "parent",
                "Parent: an id, external:… or alias:…; empty for none",
                given.unwrap_or_else(|| text(state, "/parent_customer_id")),
            )
        }
        Kind::Archive | Kind::Restore => html! { p { (kind.about()) } },
        Kind::Revert | Kind::Undo => html! {
            input type="hidden" name="target" value=[target];
            p { (kind.about()) " Version " b { (target.unwrap_or("unknown")) } "." }
        },
    }
}

/// The body of the command that a form asks for.
///
/// # Errors
///
/// A 404 when a named customer isn't there.
pub(super) async fn body(
    app: &App,
    tenant: TenantRef,
    kind: Kind,
    seen: &Value,
    posted: &Posted,
) -> Result<Value, Problem> {
    let mut body = Value::Object(Map::new());
    match kind {
        Kind::Profile => {
            for (pointer, _, _) in PROFILE {
                let old = text(seen, &format!("/profile{pointer}"));
                let sent = posted.text(pointer).filter(|sent| *sent != old);
                let Some(new) = sent.map(str::trim) else { continue };
                if new != old {
                    put(&mut body, pointer, given(new));
                }
            }
        }
        Kind::Metadata => put(&mut body, "/metadata", sent_metadata(seen, posted)),
        Kind::ExternalId => put(&mut body, "/external_id", given(trimmed(posted, "external_id"))),
        Kind::Aliases => {
            let lines = posted.text("aliases").unwrap_or_default().lines().map(str::trim);
            let lines: Vec<_> = lines.filter(|line| !line.is_empty()).collect();
            put(&mut body, "/aliases", lines.into());
        }
        Kind::AddBilling => body = sent_billing(posted),
        Kind::ArchiveBilling => put(&mut body, "/ids", posted.texts("ids").collect()),
        Kind::Payment => {
            let chosen = given(trimmed(posted, "payment_profile_id"));
            let auto_pay = posted.text("auto_pay").is_some() && !chosen.is_null();
            put(&mut body, "/payment_profile_id", chosen);
            put(&mut body, "/auto_pay", auto_pay.into());
        }
        Kind::Tax => {
            let treatment = trimmed(posted, "treatment");
            if treatment != text(seen, "/tax/treatment") {
                put(&mut body, "/treatment", given(treatment));
            }
            let overrides = sent_taxes(seen, posted);
            if overrides != items(seen, "/tax/overrides") {
                put(&mut body, "/overrides", overrides.into());
            }
        }
        Kind::Parent => {
            let parent = match trimmed(posted, "parent") {
                "" => Value::Null,
                parent => reference::id_of(app, tenant, parent).await?.to_string().into(),
            };
            put(&mut body, "/parent_customer_id", parent);
        }
        Kind::Archive | Kind::Restore => {}
        Kind::Revert | Kind::Undo => {
            let version: Option<u64> = posted.filled("target").and_then(|text| text.parse().ok());
            put(&mut body, "/version", version.ok_or_else(Problem::unknown_version)?.into());
        }
    }
    Ok(body)
}

fn trimmed<'a>(posted: &'a Posted, name: &str) -> &'a str {
    posted.filled(name).unwrap_or_default()
}

/// A text as commands have it: an empty one clears.
fn given(text: &str) -> Value {
    if text.is_empty() { Value::Null } else { text.into() }
}

fn field(name: &str, label: &str, value: &str) -> Markup {
    html! {
        div.field {
            label for=(name) { (label) }
            input id=(name) type="text" name=(name) value=(value) autocomplete="off";
        }
    }
}

fn choice(name: &str, label: &str, none: &str, known: &[(&str, &str)], chosen: &str) -> Markup {
    html! {
        div.field {
            label for=(name) { (label) }
            select id=(name) name=(name) {
                option value="" { (none) }
                @for (value, text) in known { option value=(value) selected[*value == chosen] { (text) } }
            }
        }
    }
}

fn profile(state: &Value, posted: &Posted) -> Markup {
    html! {
        div.pairs { @for (pointer, label, fill) in PROFILE {
            @let old = text(state, &format!("/profile{pointer}"));
            div.field {
                label for=(pointer) { (label) }
                input id=(pointer) type="text" name=(pointer) value=(posted.text(pointer).unwrap_or(old)) autocomplete=(fill);
            }
        } }
    }
}

fn metadata(state: &Value, posted: &Posted) -> Markup {
    let sent: Vec<(&str, &str)> = posted.texts("key").zip(posted.texts("value")).collect();
    let known = at(state, "/metadata").and_then(Value::as_object);
    let known = known.into_iter().flatten().map(|(key, old)| (key.clone(), values::text(old)));
    let rows: Vec<(String, String)> = if sent.is_empty() {
        known.chain((0..MORE_ROWS).map(|_| (String::new(), String::new()))).collect()
    } else {
        sent.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect()
    };
    html! {
        p.soft { "Empty a key to remove its value." }
        div.rows { @for (nth, (key, value)) in rows.iter().enumerate() {
            div.row {
                input type="text" name="key" value=(key) aria-label={ "Key " (nth) } placeholder="key" autocomplete="off";
                input type="text" name="value" value=(value) aria-label={ "Value " (nth) } placeholder="value" autocomplete="off";
            }
        } }
    }
}

/// All metadata as the form has it. A value that is no text, and shown as it was, stays what it was.
fn sent_metadata(seen: &Value, posted: &Posted) -> Value {
    let mut metadata = Map::new();
    for (key, sent) in posted.texts("key").zip(posted.texts("value")) {
        let known = at(seen, "/metadata");
        // A key that is there stays as it is, also with white space around it.
        let there = known.is_some_and(|known| known.get(key).is_some());
        let key = if there { key } else { key.trim() };
        if key.is_empty() {
            continue;
        }
        let old = known.and_then(|known| known.get(key));
        let is_kept = |old: &&Value| in_one_line(&values::text(old)) == in_one_line(sent);
        let kept = old.filter(is_kept).cloned();
        metadata.insert(key.to_owned(), kept.unwrap_or_else(|| sent.into()));
    }
    Value::Object(metadata)
}

/// A text as a field of one line sends it: browsers drop its line breaks.
fn in_one_line(text: &str) -> String {
    text.replace(['\r', '\n'], "")
}

fn aliases(state: &Value, posted: &Posted) -> Markup {
    let known: Vec<_> = items(state, "/aliases").iter().map(values::text).collect();
    let known = known.join("\n");
    html! {
        div.field {
            label for="aliases" { "Aliases, one in a line" }
            textarea #aliases name="aliases" rows="6" { (posted.text("aliases").unwrap_or(&known)) }
        }
    }
}

fn billing(posted: &Posted) -> Markup {
    let providers = PROVIDERS.map(|(_, name)| match name {
        "custom" => (name, "Another"),
        name => (name, system(name)),
    });
    let chosen = |name| posted.text(name).unwrap_or_default();
    html! {
        (choice("provider", "Provider", "choose one", &providers, chosen("provider")))
        (field("provider_customer_id", "The customer’s id there", chosen("provider_customer_id")))
        (choice("collection", "How Stripe collects", "not Stripe, or as Stripe has it", &COLLECTION, chosen("collection")))
        (choice("delivery_method", "How documents get there", "by the delivery method of the tenant", &DELIVERY, chosen("delivery_method")))
    }
}

fn sent_billing(posted: &Posted) -> Value {
    let name = trimmed(posted, "provider");
    let mut body = json!({ "provider": name });
    let id = trimmed(posted, "provider_customer_id");
    let known = PROVIDERS.iter().find(|(_, known)| *known == name);
    if let Some((provider, _)) = known.filter(|_| !id.is_empty()) {
        put(&mut body, &format!("/configuration/{}", provider.reference_member()), id.into());
    }
    if let Some(collection) = posted.filled("collection") {
        put(&mut body, "/configuration/stripe_collection_method", collection.into());
    }
    if let Some(delivery) = posted.filled("delivery_method") {
        put(&mut body, "/delivery_method", delivery.into());
    }
    body
}

fn billing_configs(state: &Value, posted: &Posted) -> Markup {
    let configs = items(state, "/billing_configs").iter();
    let active = configs.filter(|config| at(config, "/archived_at").is_none());
    let sent: Vec<_> = posted.texts("ids").collect();
    html! {
        fieldset {
            legend { "Which to archive" }
            @for config in active {
                @let id = text(config, "/id");
                label.check {
                    input type="checkbox" name="ids" value=(id) checked[sent.contains(&id)];
                    span { (text(config, "/provider")) " " code { (at(config, "/configuration").map(values::text).unwrap_or_default()) } }
                }
            }
        }
    }
}

fn payment(state: &Value, posted: &Posted) -> Markup {
    let now = text(state, "/payment/default_payment_profile_id");
    let chosen = posted.text("payment_profile_id").unwrap_or(now);
    let is_sent = posted.text("payment_profile_id").is_some();
    let auto_pay = if is_sent {
        posted.text("auto_pay").is_some()
    } else {
        at(state, "/payment/auto_pay").and_then(Value::as_bool).unwrap_or_default()
    };
    html! {
        fieldset {
            legend { "Default" }
            label.check { input type="radio" name="payment_profile_id" value="" checked[chosen.is_empty()]; span { "none" } }
            @for profile in items(state, "/payment/profiles") {
                @let id = text(profile, "/id");
                label.check {
                    input type="radio" name="payment_profile_id" value=(id) checked[chosen == id];
                    span {
                        @match text(profile, "/display_name") { "" => { (id) } name => { (name) } }
                        " " small { (text(profile, "/status").to_lowercase()) }
                    }
                }
            }
        }
        label.check { input type="checkbox" name="auto_pay" value="yes" checked[auto_pay]; span { "Pay automatically" } }
    }
}

fn tax(state: &Value, posted: &Posted) -> Markup {
    let treatment = posted.text("treatment").unwrap_or_else(|| text(state, "/tax/treatment"));
    let known = [("taxable", "pays taxes"), ("exempt", "pays none")];
    let old = items(state, "/tax/overrides");
    let sent = posted.texts("country").count();
    let rows = if sent > 0 { sent } else { old.len().saturating_add(MORE_ROWS) };
    html! {
        (choice("treatment", "Treatment", "not set", &known, treatment))
        fieldset {
            legend { "Taxes of its own" }
            p.soft { "Empty a country to remove its row." }
            div.rows { @for nth in 0..rows { div.row {
                @for (name, label) in TAX {
                    @let now = old.get(nth).map(|row| text(row, &format!("/{name}"))).unwrap_or_default();
                    input type="text" name=(name) value=(posted.texts(name).nth(nth).unwrap_or(now)) aria-label={ (label) " " (nth) } placeholder=(label) autocomplete="off";
                }
            } } }
        }
    }
}

/// The taxes as the form has them. What a row has besides stays.
fn sent_taxes(seen: &Value, posted: &Posted) -> Vec<Value> {
    let mut taxes = Vec::new();
    for nth in 0..posted.texts("country").count() {
        let sent = |name| posted.texts(name).nth(nth).unwrap_or_default().trim();
        if sent("country").is_empty() {
            continue;
        }
        let mut row = items(seen, "/tax/overrides").get(nth).cloned().unwrap_or_else(|| json!({}));
        for (name, _) in TAX {
            put(&mut row, &format!("/{name}"), sent(name).into());
        }
        taxes.push(row);
    }
    taxes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_with_line_breaks_is_compared_as_its_field_sends_it() {
        assert_eq!(in_one_line("one\r\ntwo\nthree"), "onetwothree");
        assert_eq!(in_one_line(" one "), " one ");
    }
}
