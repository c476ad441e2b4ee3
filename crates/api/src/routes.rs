//! Every route.

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{get, post};
use store::api_keys::Scope;
use tower_http::catch_panic::CatchPanicLayer;

use crate::app::App;
use crate::auth::authorize;
use crate::limits::{Beyond, Keyless};
use crate::problem::Problem;
use crate::{
    billing, bulk, commands, compat, customers, docs, history, integrations, layers, limits, lists,
    log, openapi, operations, peer, projections, reads, tenant,
};

/// The whole service, as it answers HTTP.
pub fn router(app: App) -> Router {
    let needs = |scopes: &'static [Scope]| from_fn_with_state((app.clone(), scopes), authorize);
    let admitted = || from_fn_with_state(app.clone(), limits::admit);
    let noted = || from_fn_with_state((app.clone(), reads::Route::Reads), reads::note);
    let marked = || from_fn_with_state((app.clone(), reads::Route::Commands), reads::note);
    let carried = |beyond: Beyond| from_fn_with_state((app.clone(), beyond), limits::carry);

    let write = Router::new()
        .route("/v1/customers", post(commands::register_customer))
        .route("/v1/customers/{ref}/commands", post(commands::send_commands))
        .route("/v1/customers/{ref}/commands/{command}", post(commands::send_command))
        .route("/v1/commands", post(bulk::send_lines))
        .route_layer(carried(Beyond::Sent))
        .route_layer(marked())
        .route_layer(admitted())
        .route_layer(needs(&[Scope::Write]));
    let read = Router::new()
        .route("/v1/customers", get(lists::list_customers))
        .route("/v1/customers/{ref}", get(customers::get_customer))
        .route("/v1/customers/{ref}/children", get(lists::list_children))
        .route("/v1/customers/{ref}/billing-configs", get(billing::list_billing_configs))
        .route("/v1/customers/{ref}/payment-profiles", get(billing::list_payment_profiles))
        .route("/v1/billing-configs", get(billing::find_billing_configs))
        .route("/v1/integration-links", get(integrations::find_integration_links))
        .route_layer(carried(Beyond::Refused))
        .route_layer(noted())
        .merge(
            Router::new()
                .route("/v1/tenant", get(tenant::get_tenant))
                .route_layer(carried(Beyond::Refused)),
        )
        .route_layer(admitted())
        .route_layer(needs(&[Scope::Read]));
    let follow = Router::new()
        .route("/v1/feed", get(history::feed))
        .route_layer(carried(Beyond::Refused))
        .route_layer(noted())
        .route_layer(needs(&[Scope::Read, Scope::Audit]));
    let audit = Router::new()
        .route("/v1/customers/{ref}/events", get(history::list_events))
        .route("/v1/customers/{ref}/changes", get(history::list_changes))
        .route("/v1/customers/{ref}/diff", get(history::get_diff))
        .route("/v1/customers/{ref}/blame", get(history::get_blame))
        .route("/v1/customers/{ref}/events/{version}/proof", get(log::get_proof))
        .route("/v1/audit", get(history::audit))
        .route("/v1/audit/reads", get(reads::list_reads))
        .route_layer(carried(Beyond::Refused))
        .route_layer(noted())
        .route("/v1/log/head", get(log::get_head))
        .route("/v1/log/key", get(log::get_key))
        .route_layer(admitted())
        .route_layer(needs(&[Scope::Audit]));
    let admin = Router::new()
        .route("/v1/tenant/commands/{command}", post(tenant::send_tenant_command))
        .route_layer(carried(Beyond::Sent))
        .route_layer(admitted())
        .route_layer(needs(&[Scope::Admin]));
    let operator = Router::new()
        .route("/admin/audit", get(projections::list_actions))
        .route("/admin/projections", get(projections::list_projections))
        .route("/admin/projections/{name}", get(projections::get_projection))
        .route("/admin/projections/{name}/rebuild", post(projections::rebuild_projection))
        .route("/admin/projections/{name}/rebuild/cancel", post(projections::cancel_rebuild))
        .route("/admin/projections/{name}/rollback", post(projections::roll_projection_back))
        .route("/admin/projections/{name}/prune", post(projections::prune_projection))
        .route("/admin/projections/{name}/parked", get(projections::list_parked))
        .route("/admin/projections/{name}/unpark", post(projections::unpark))
        .route_layer(needs(&[Scope::Operator]));
    let keyless = |what: Keyless| from_fn_with_state((app.clone(), what), limits::admit_keyless);
    let metrics = Router::new()
        .route("/metrics", get(operations::metrics))
        .route_layer(keyless(Keyless::Metrics));
    let open = Router::new()
        .route("/openapi.json", get(openapi::serve))
        .route("/docs", get(docs::page))
        .route("/docs/style.css", get(docs::style))
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
        .merge(compat::routes(&app))
        .method_not_allowed_fallback(|| async { Problem::method_not_allowed() })
        .fallback(|| async { Problem::not_found() })
        .with_state(app.clone())
        .layer(CatchPanicLayer::custom(layers::after_panic))
        .layer(from_fn(layers::observe))
        .layer(from_fn_with_state(app, peer::identify))
}
