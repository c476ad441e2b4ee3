//! Every route of the native surface. A handler is in the module that its path names.

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};
use http::App;
use http::layers::{self, authorize};
use http::limits::{Beyond, Keyless};
use http::read_audit::Recording;
use store::api_keys::Scope;

use crate::metrics::Scraped;
use crate::v1::customers;
use crate::{admin, docs, metrics, openapi, operations, v1};

/// Every route of the native surface, with the layers that it passes and the scopes that it needs.
pub fn routes(app: &App) -> Router<App> {
    let needs = |scopes: &'static [Scope]| from_fn_with_state((app.clone(), scopes), authorize);
    let admitted = || from_fn_with_state(app.clone(), layers::admit);
    let recorded = || from_fn_with_state((app.clone(), Recording::Reads), layers::record_read);
    let commanded = || from_fn_with_state((app.clone(), Recording::Commands), layers::record_read);
    let carried = |beyond: Beyond| from_fn_with_state((app.clone(), beyond), layers::carry);

    let write = Router::new()
        .route("/v1/customers", post(customers::register_customer))
        .route("/v1/customers/{ref}/commands", post(customers::commands::send_commands))
        .route("/v1/customers/{ref}/commands/{command}", post(customers::commands::send_command))
        .route("/v1/commands", post(v1::commands::send_lines))
        .route_layer(carried(Beyond::Sent))
        .route_layer(commanded())
        .route_layer(admitted())
        .route_layer(needs(&[Scope::Write]));
    let read = Router::new()
        .route("/v1/customers", get(customers::list_customers))
        .route("/v1/customers/{ref}", get(customers::get_customer))
        .route("/v1/customers/{ref}/children", get(customers::children::list_children))
        .route("/v1/customers/{ref}/tree", get(customers::tree::get_tree))
        .route(
            "/v1/customers/{ref}/billing-configs",
            get(customers::billing_configs::list_billing_configs),
        )
        .route(
            "/v1/customers/{ref}/payment-profiles",
            get(customers::payment_profiles::list_payment_profiles),
        )
        .route("/v1/billing-configs", get(v1::billing_configs::find_billing_configs))
        .route("/v1/integration-links", get(v1::integration_links::find_integration_links))
        // One layer for axum, the outermost first: each further one would copy all those within it for every request.
        .route_layer((needs(&[Scope::Read]), admitted(), recorded(), carried(Beyond::Refused)))
        .merge(Router::new().route("/v1/tenant", get(v1::tenant::get_tenant)).route_layer((
            needs(&[Scope::Read]),
            admitted(),
            carried(Beyond::Refused),
        )));
    let follow = Router::new()
        .route("/v1/feed", get(v1::feed::follow_feed))
        .route_layer(carried(Beyond::Refused))
        .route_layer(recorded())
        .route_layer(needs(&[Scope::Read, Scope::Audit]));
    let audit = Router::new()
        .route("/v1/customers/{ref}/events", get(customers::events::list_events))
        .route("/v1/customers/{ref}/changes", get(customers::changes::list_changes))
        .route("/v1/customers/{ref}/diff", get(customers::diff::get_diff))
        .route("/v1/customers/{ref}/blame", get(customers::blame::get_blame))
        .route(
            "/v1/customers/{ref}/events/{version}/proof",
            get(customers::events::proof::get_proof),
        )
        .route("/v1/audit", get(v1::audit::search_audit))
        .route("/v1/audit/reads", get(v1::audit::reads::list_reads))
        .route_layer(carried(Beyond::Refused))
        .route_layer(recorded())
        .route("/v1/log/head", get(v1::log::get_head))
        .route("/v1/log/key", get(v1::log::get_key))
        .route_layer(admitted())
        .route_layer(needs(&[Scope::Audit]));
    let admin = Router::new()
        .route("/v1/tenant/commands/{command}", post(v1::tenant::send_tenant_command))
        .route_layer(carried(Beyond::Sent))
        .route_layer(admitted())
        .route_layer(needs(&[Scope::Admin]));
    let operator = Router::new()
        .route("/admin/audit", get(admin::audit::list_actions))
        .route("/admin/projections", get(admin::projections::list_projections))
        .route("/admin/projections/{name}", get(admin::projections::get_projection))
        .route("/admin/projections/{name}/rebuild", post(admin::projections::rebuild_projection))
        .route("/admin/projections/{name}/rebuild/cancel", post(admin::projections::cancel_rebuild))
        .route("/admin/projections/{name}/rollback", post(admin::projections::roll_projection_back))
        .route("/admin/projections/{name}/prune", post(admin::projections::prune_projection))
        .route("/admin/projections/{name}/parked", get(admin::projections::parked::list_parked))
        .route("/admin/projections/{name}/unpark", post(admin::projections::unpark))
        .route_layer(needs(&[Scope::Operator]));
    let keyless = |what: Keyless| from_fn_with_state((app.clone(), what), layers::admit_keyless);
    let metrics = Router::new()
        .route("/metrics", get(metrics::get_metrics).with_state(Scraped::new(app.clone())))
        .route_layer(keyless(Keyless::Metrics));
    let open = Router::new()
        .route("/openapi.json", get(openapi::serve))
        .route("/docs", get(docs::page))
        .route("/docs/style.css", get(docs::style))
        .route("/problems", get(docs::all_problems))
        .route("/problems/{code}", get(docs::problem))
        .route_layer(keyless(Keyless::Documents))
        .merge(metrics)
        .route("/livez", get(operations::live))
        .route("/readyz", get(operations::ready));

    Router::new()
        .merge(write)
        .merge(read)
        .merge(follow)
        .merge(audit)
        .merge(admin)
        .merge(operator)
        .merge(open)
}
