//! Requests that change something, read as vendors' clients send them.

use axum::extract::{FromRequest, FromRequestParts as _, Request};
use domain::check::Violation;
use domain::customer::Command;
use serde_json::{Map, Value};
use store::{Expected, Idempotency};

use super::members::Member;
use super::{Surface, members, parts};
use crate::app::App;
use crate::commands::{Order, request_hash};
use crate::problem::Problem;
use crate::request::Context;
use crate::{body, headers};

/// A request of a surface, its body read to its end. A request without a body is one with `{}`.
pub(crate) struct Sent {
    pub(crate) surface: &'static Surface,
    pub(crate) order: Order,
    pub(crate) body: Map<String, Value>,
}

impl Sent {
    /// The commands that register a customer as the body says, by the surface's table.
    ///
    /// # Errors
    ///
    /// All that is wrong in the body, each with its place there.
    pub(crate) fn registration(&self, table: &[Member]) -> Result<Vec<Command>, Problem> {
        self.read(table, parts::registration)
    }

    /// The commands that change a customer as the body says, by the surface's table.
    ///
    /// # Errors
    ///
    /// As for [`Sent::registration`].
    pub(crate) fn changes(&self, table: &[Member]) -> Result<Vec<Command>, Problem> {
        self.read(table, parts::changes)
    }

    fn read(
        &self,
        table: &[Member],
        commands: fn(Map<String, Value>) -> Result<Vec<Command>, Vec<Violation>>,
    ) -> Result<Vec<Command>, Problem> {
        let document = members::take(table, self.surface.blank, &self.body)?;
        commands(document).map_err(|found| members::in_request(table, found).into())
    }
}

impl FromRequest<App> for Sent {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Self, Problem> {
        let (mut parts, body) = request.into_parts();
        let surface = parts.extensions.get::<&'static Surface>().copied();
        let surface = surface.ok_or_else(Problem::internal)?;
        let context = Context::from_request_parts(&mut parts, app).await?;
        let key = headers::idempotency_key(&parts.headers, surface.idempotency_key)?;
        let bytes = body::read(body, app.settings).await?;
        let target = parts.uri.path_and_query().map_or("", |target| target.as_str());
        let head = [surface.name, parts.method.as_str(), target];
        let idempotency =
            key.map(|key| Idempotency { key, request_hash: request_hash(&head, &bytes) });
        let body = if bytes.is_empty() {
            Map::new()
        } else {
            body::require_type(&parts.headers, &["application/json"])?;
            domain::json::read(domain::json::parse(&bytes)?)?
        };
        let order = Order { context, expected: Expected::Any, idempotency, dry_run: false };
        Ok(Self { surface, order, body })
    }
}
