//! Who may see which pages, and which of them are recorded as reads.

use axum::Router;
use axum::middleware::from_fn_with_state;
use http::limits::Beyond;
use http::read_audit::Recording;
use http::{App, layers};
use store::api_keys::Scope;

use crate::authenticate::authenticate;
use crate::posted::take_posted;

/// The routes of pages, put together by what a key must be allowed to do. A page passes the layers that a request of
/// the API passes, behind its session.
pub(crate) struct Routes<'a> {
    app: &'a App,
    router: Router<App>,
}

impl<'a> Routes<'a> {
    pub(crate) fn new(app: &'a App) -> Self {
        Self { app, router: Router::new() }
    }

    /// Pages for everybody who is signed in. They show no customers.
    pub(crate) fn signed_in(self, routes: Router<App>) -> Self {
        let routes = self.carried(routes, Beyond::Refused);
        self.with(routes, &Scope::ALL)
    }

    /// Pages that show customers.
    pub(crate) fn read(self, routes: Router<App>) -> Self {
        self.recorded(routes, Recording::Reads, &[Scope::Read])
    }

    /// Pages that show who did what to customers.
    pub(crate) fn audit(self, routes: Router<App>) -> Self {
        self.recorded(routes, Recording::Reads, &[Scope::Audit])
    }

    /// Pages that change customers. Those that show one say so.
    pub(crate) fn write(self, routes: Router<App>) -> Self {
        self.recorded(routes, Recording::Commands, &[Scope::Write])
    }

    /// Pages about what applies to all customers of the tenant.
    pub(crate) fn admin(self, routes: Router<App>) -> Self {
        let routes = self.carried(routes, Beyond::Sent);
        self.with(routes, &[Scope::Admin])
    }

    /// Pages for operators of the service, for all tenants.
    pub(crate) fn operator(self, routes: Router<App>) -> Self {
        self.with(routes, &[Scope::Operator])
    }

    /// All of them.
    pub(crate) fn done(self) -> Router<App> {
        self.router
    }

    fn recorded(self, routes: Router<App>, recording: Recording, scopes: &'static [Scope]) -> Self {
        let beyond = match recording {
            Recording::Reads => Beyond::Refused,
            Recording::Commands => Beyond::Sent,
        };
        let routes = self.carried(routes, beyond);
        let record = from_fn_with_state((self.app.clone(), recording), layers::record_read);
        self.with(routes.route_layer(record), scopes)
    }

    /// The routes, whose answers keep their permits until they are sent.
    fn carried(&self, routes: Router<App>, beyond: Beyond) -> Router<App> {
        routes.route_layer(from_fn_with_state((self.app.clone(), beyond), layers::carry))
    }

    fn with(self, routes: Router<App>, scopes: &'static [Scope]) -> Self {
        let posted = from_fn_with_state(self.app.clone(), take_posted);
        let admitted = from_fn_with_state(self.app.clone(), layers::admit);
        let entered = from_fn_with_state((self.app.clone(), scopes), authenticate);
        let routes = routes.route_layer(posted).route_layer(admitted).route_layer(entered);
        Self { router: self.router.merge(routes), ..self }
    }
}
