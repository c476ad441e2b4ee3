//! Requests that change something, read as vendors' clients send them.

use axum::extract::{FromRequest, FromRequestParts as _, Request};
use axum::http::header::CONTENT_TYPE;
use domain::CustomerId;
use domain::check::Violation;
use domain::customer::Command;
use http::commands::{CommandRequest, request_hash};
use http::context::Context;
use http::in_progress::InProgress;
use http::{App, Problem, body, headers};
use serde_json::{Map, Value};
use store::api_keys::Scope;
use store::{Expected, Idempotency};

use crate::ids;
use crate::members::Member;
use crate::places;
use crate::submit::Shows;
use crate::surface::Surface;
use crate::{members, parts};

/// The largest body of a route in bytes, if it is more than the setting.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BodyBytesMax(pub(crate) usize);

/// A request of a surface, its body read to its end. A request without a body is one with `{}`.
pub(crate) struct VendorRequest {
    pub(crate) surface: &'static Surface,
    pub(crate) request: CommandRequest,
    pub(crate) body: Map<String, Value>,
}

impl VendorRequest {
    /// Requires that no other request with its idempotency key is being answered, for as long as the result
    /// is held.
    ///
    /// # Errors
    ///
    /// A 409 when there is one.
    pub(crate) fn enter(&self, app: &App) -> Result<Option<InProgress>, Problem> {
        let tenant = self.request.context.caller.tenant().id;
        app.in_progress.enter(tenant, self.request.idempotency.as_ref())
    }

    /// Requires that the body has these members.
    ///
    /// # Errors
    ///
    /// Each that is missing or blank.
    pub(crate) fn require(&self, names: &[&str]) -> Result<(), Problem> {
        let blank = |value| self.surface.blank.is(value);
        let missing = |name: &&&str| self.body.get(**name).is_none_or(blank);
        let missing: Vec<_> = names
            .iter()
            .filter(missing)
            .map(|name| Violation::invalid("is required").under(name))
            .collect();
        if missing.is_empty() { Ok(()) } else { Err(missing.into()) }
    }

    /// The customer whose id, with this prefix, is the member called `name`.
    ///
    /// # Errors
    ///
    /// When it is missing, or no id.
    pub(crate) fn customer(&self, name: &str, prefix: &str) -> Result<CustomerId, Problem> {
        self.require(&[name])?;
        let id = self.body.get(name).and_then(Value::as_str);
        let id = id.and_then(|text| ids::read_id(prefix, text)).map(CustomerId);
        id.ok_or_else(|| Violation::invalid("must be the id of a customer").under(name).into())
    }

    /// Reads a native command, whose body is what the table takes of this one. Every member of the table is
    /// required.
    ///
    /// # Errors
    ///
    /// All that is wrong in it, each with its place in the body.
    pub(crate) fn command<C>(
        &self,
        table: &[Member],
        read: impl FnOnce(Value) -> Option<Result<C, Vec<Violation>>>,
    ) -> Result<C, Problem> {
        let names: Vec<_> = table.iter().map(|member| member.theirs).collect();
        self.require(&names)?;
        self.read_as(table, read)
    }

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
    /// As for [`VendorRequest::registration`].
    pub(crate) fn changes(&self, table: &[Member]) -> Result<Vec<Command>, Problem> {
        self.read(table, parts::changes)
    }

    /// The native command called `name`, whose body is what the table takes of this one.
    ///
    /// # Errors
    ///
    /// As for [`VendorRequest::registration`].
    pub(crate) fn one(&self, table: &[Member], name: &str) -> Result<Command, Problem> {
        self.read_as(table, |body| Command::read(name, body))
    }

    /// What the answer to a request shows that was read by the surface's table: the customer, or to a
    /// key that may not read it what the request itself said of it.
    ///
    /// # Errors
    ///
    /// As for [`VendorRequest::registration`].
    pub(crate) fn shows(&self, table: &[Member]) -> Result<Shows, Problem> {
        if self.request.context.caller.may(Scope::Read) {
            return Ok(Shows::Customer);
        }
        let said = members::take(table, self.surface.blank, &self.body)?;
        Ok(Shows::Said(said.into()))
    }

    fn read_as<C>(
        &self,
        table: &[Member],
        read: impl FnOnce(Value) -> Option<Result<C, Vec<Violation>>>,
    ) -> Result<C, Problem> {
        let body = members::take(table, self.surface.blank, &self.body)?;
        let command = read(body.into()).ok_or_else(Problem::unknown_command)?;
        command.map_err(|found| places::in_request(table, found).into())
    }

    fn read(
        &self,
        table: &[Member],
        commands: impl FnOnce(Map<String, Value>) -> Result<Vec<Command>, Vec<Violation>>,
    ) -> Result<Vec<Command>, Problem> {
        let document = members::take(table, self.surface.blank, &self.body)?;
        commands(document).map_err(|found| places::in_request(table, found).into())
    }
}

impl FromRequest<App> for VendorRequest {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Self, Problem> {
        let (mut parts, body) = request.into_parts();
        let surface = parts.extensions.get::<&'static Surface>().copied();
        let surface = surface.ok_or_else(Problem::internal)?;
        let context = Context::from_request_parts(&mut parts, app).await?;
        let key = headers::idempotency_key(&parts.headers, surface.idempotency_key)?;
        let mut settings = app.settings;
        if let Some(BodyBytesMax(max)) = parts.extensions.get() {
            settings.body_bytes_max = settings.body_bytes_max.max(*max);
        }
        let bytes = body::read(body, settings).await?;
        let target = parts.uri.path_and_query().map_or("", |target| target.as_str());
        let values = surface.same_headers.iter().flat_map(|name| parts.headers.get_all(name));
        let values: Vec<_> =
            values.map(|value| String::from_utf8_lossy(value.as_bytes())).collect();
        let mut head = vec![surface.origin.name, parts.method.as_str(), target];
        head.extend(values.iter().map(AsRef::as_ref));
        let idempotency =
            key.map(|key| Idempotency { key, request_hash: request_hash(&head, &bytes) });
        let body = if bytes.is_empty() {
            Map::new()
        } else {
            if parts.headers.contains_key(CONTENT_TYPE) {
                body::require_type(&parts.headers, &["application/json"])?;
            }
            let Value::Object(body) = domain::json::parse(&bytes)? else {
                return Err(Violation::malformed("must be an object").into());
            };
            body
        };
        let request =
            CommandRequest { context, expected: Expected::Any, idempotency, dry_run: false };
        Ok(Self { surface, request, body })
    }
}
