//! Requests to every native route, about a customer with canary values.

use serde_json::{Value, json};

use super::customers::{Canary, NOW, THEN};

/// A path, and the body to send there.
pub(super) type Sent = (String, String);

/// The requests for a route. The example is that of the document.
///
/// # Panics
///
/// When the route isn't in this list.
pub(super) fn of(route: &str, canary: &Canary, example: &Value) -> Vec<Sent> {
    let (_, template) = route.split_once(' ').expect("a method and a path");
    let id = canary.id.to_string();
    let path = template.replace("{ref}", &id).replace("{version}", "1");
    let path = path.replace("{name}", "integration_links").replace("{code}", "not_found");
    let plain = |query: &str| (format!("{path}{query}"), String::new());
    let at_all_times = || ["", "?version=1", "?as_of=2100-01-01T00:00:00Z"].map(plain).to_vec();
    let tried = |body: Value| {
        [format!("{path}?dry_run=true"), path.clone()].map(|path| (path, body.to_string())).to_vec()
    };
    match route {
        "GET /v1/customers/{ref}"
        | "GET /v1/customers/{ref}/billing-configs"
        | "GET /v1/customers/{ref}/payment-profiles"
        | "GET /v1/customers/{ref}/blame" => at_all_times(),
        "GET /v1/customers" => {
            ["", "?as_of=2100-01-01T00:00:00Z", "?search=kanarie"].map(plain).to_vec()
        }
        "GET /v1/integration-links" => [NOW, THEN]
            .map(|which| plain(&format!("?provider_type=crm&provider_entity_id={which}-1")))
            .to_vec(),
        "GET /v1/customers/{ref}/diff" => vec![plain("?from=1")],
        "GET /v1/customers/{ref}/children"
        | "GET /v1/customers/{ref}/tree"
        | "GET /v1/customers/{ref}/changes"
        | "GET /v1/customers/{ref}/events"
        | "GET /v1/customers/{ref}/events/{version}/proof"
        | "GET /v1/billing-configs"
        | "GET /v1/audit"
        | "GET /v1/audit/reads"
        | "GET /v1/feed"
        | "GET /v1/tenant"
        | "GET /v1/log/head"
        | "GET /v1/log/key"
        | "GET /admin/audit"
        | "GET /admin/projections"
        | "GET /admin/projections/{name}"
        | "GET /admin/projections/{name}/parked"
        | "GET /livez"
        | "GET /readyz"
        | "GET /metrics"
        | "GET /openapi.json"
        | "GET /docs"
        | "GET /docs/style.css"
        | "GET /problems"
        | "GET /problems/{code}" => vec![plain("")],
        "POST /admin/projections/{name}/rebuild"
        | "POST /admin/projections/{name}/rebuild/cancel"
        | "POST /admin/projections/{name}/rollback"
        | "POST /admin/projections/{name}/prune"
        | "POST /admin/projections/{name}/unpark" => vec![],
        "POST /v1/customers" => {
            let body = json!({ "profile": { "name": "Sent" } });
            tried(body)
        }
        "POST /v1/customers/{ref}/commands" => tried(json!({ "commands": [
            { "command": "update-profile", "body": { "email": "sent@sent.test" } },
            { "command": "revert-to", "body": { "version": 1 } },
        ] })),
        "POST /v1/commands" => {
            let lines = [
                ("set-default-payment-profile", json!({ "auto_pay": true })),
                ("revert-to", json!({ "version": 1 })),
            ];
            let lines = lines.map(|(name, body)| {
                json!({ "command": name, "customer": id, "body": body }).to_string()
            });
            vec![(path, lines.join("\n"))]
        }
        _ if route.starts_with("POST /v1/customers/{ref}/commands/") => {
            tried(command(template.rsplit('/').next().unwrap_or_default(), canary, example))
        }
        // Changes by admins are made as dry runs: other customers need the settings.
        _ if route.starts_with("POST /v1/tenant/commands/") => {
            vec![(format!("{path}?dry_run=true"), tenant_command(route, example).to_string())]
        }
        _ => panic!("{route} is not in the list: say what it shows to whom"),
    }
}

/// The body of a command on the canary: the document's example, unless it can't be used for it.
fn command(name: &str, canary: &Canary, example: &Value) -> Value {
    let number = canary.number;
    match name {
        "change-external-id" => json!({ "external_id": format!("sent-{number}") }),
        "set-aliases" => json!({ "aliases": [format!("sent-{number}")] }),
        "archive-billing-configs" => json!({ "ids": [canary.billing_config] }),
        "archive-revenue-configs" => json!({ "ids": [canary.revenue_config] }),
        "set-parent" => json!({ "parent_customer_id": tests::customer_id(1) }),
        "set-default-payment-profile" => json!({ "auto_pay": true }),
        "revert-to" => json!({ "version": 1 }),
        "undo-event" => json!({ "version": 4 }),
        "attach-payment-profile" => json!({ "id": "card-2", "status": "ACTIVE" }),
        _ => example.clone(),
    }
}

fn tenant_command(route: &str, example: &Value) -> Value {
    if route.ends_with("/archive-delivery-methods") {
        json!({ "ids": [] })
    } else {
        example.clone()
    }
}
