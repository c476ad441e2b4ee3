//! Who may use which routes of a surface, and which answers are recorded.

use axum::Router;
use axum::middleware::from_fn_with_state;
use http::App;
use http::layers::{self, authorize};
use http::limits::Beyond;
use http::read_audit::Recording;
use store::api_keys::Scope;

/// The routes of a surface, put together by what a key must be allowed to do.
pub(super) struct Routes<'a> {
    app: &'a App,
    router: Router<App>,
}

impl<'a> Routes<'a> {
    pub(super) fn new(app: &'a App) -> Self {
        Self { app, router: Router::new() }
    }

    /// Routes that show customers.
    pub(super) fn read(self, routes: Router<App>) -> Self {
        self.recorded(routes, Recording::Reads, &[Scope::Read])
    }

    /// Routes that show who did what to customers.
    pub(super) fn audit(self, routes: Router<App>) -> Self {
        self.recorded(routes, Recording::Reads, &[Scope::Audit])
    }

    /// Routes that change customers, and show a customer to keys with `read`.
    pub(super) fn write(self, routes: Router<App>) -> Self {
        self.recorded(routes, Recording::Commands, &[Scope::Write])
    }

    /// Routes that change what applies to all customers.
    pub(super) fn admin(self, routes: Router<App>) -> Self {
        let routes = carried(self.app, routes, Beyond::Sent);
        self.with(routes, &[Scope::Admin])
    }

    /// All of them.
    pub(super) fn done(self) -> Router<App> {
        self.router
    }

    fn recorded(self, routes: Router<App>, recording: Recording, scopes: &'static [Scope]) -> Self {
        let beyond = match recording {
            Recording::Reads => Beyond::Refused,
            Recording::Commands => Beyond::Sent,
        };
        let routes = carried(self.app, routes, beyond);
        let record = from_fn_with_state((self.app.clone(), recording), layers::record_read);
        self.with(routes.route_layer(record), scopes)
    }

    fn with(self, routes: Router<App>, scopes: &'static [Scope]) -> Self {
        let admitted = from_fn_with_state(self.app.clone(), layers::admit);
        let needs = from_fn_with_state((self.app.clone(), scopes), authorize);
        let routes = routes.route_layer(admitted).route_layer(needs);
        Self { router: self.router.merge(routes), ..self }
    }
}

/// The routes, whose answers keep their permits until they are sent.
fn carried(app: &App, routes: Router<App>, beyond: Beyond) -> Router<App> {
    routes.route_layer(from_fn_with_state((app.clone(), beyond), layers::carry))
}
