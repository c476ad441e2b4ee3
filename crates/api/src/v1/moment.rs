//! Time travel: the customer as it was at a version, or as of an instant.

use domain::Timestamp;
use http::auth::Caller;
use http::parameters::Parameters;
use http::{App, Problem};
use store::api_keys::Scope;
use store::{Current, Moment, TenantRef};

/// A moment that a request asks for, and the parameter that says which.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RequestedMoment {
    parameter: &'static str,
    moment: Moment,
}

const A_VERSION: &str = "must be a version, a whole number from 1";
const AN_INSTANT: &str = "must be a time as in RFC 3339";

impl RequestedMoment {
    /// Reads `version` or `as_of`; `None` means the present.
    ///
    /// # Errors
    ///
    /// A 403 when the caller may not see the past, a 400 when the text is neither.
    pub(crate) fn read(
        caller: &Caller,
        parameters: &mut Parameters,
    ) -> Result<Option<Self>, Problem> {
        for parameter in ["version", "as_of"] {
            permit_past(caller, parameters, parameter)?;
        }
        let version = parameters.text("version")?;
        let as_of: Option<Timestamp> = parameters.parsed("as_of", AN_INSTANT)?;
        match (version, as_of) {
            (Some(_), Some(_)) => Err(Problem::parameter("as_of", "can't go with version")),
            (Some(text), None) => {
                let moment = version_of(&text);
                let moment = moment.ok_or_else(|| Problem::parameter("version", A_VERSION))?;
                Ok(Some(Self { parameter: "version", moment }))
            }
            (None, Some(at)) => {
                Ok(Some(Self { parameter: "as_of", moment: Moment::Instant(at.to_utc()) }))
            }
            (None, None) => Ok(None),
        }
    }

    /// Reads a parameter that is either a version or an instant.
    pub(super) fn either(
        parameters: &mut Parameters,
        parameter: &'static str,
    ) -> Result<Option<Self>, Problem> {
        let Some(text) = parameters.text(parameter)? else { return Ok(None) };
        let instant = || text.parse().ok().map(|at: Timestamp| Moment::Instant(at.to_utc()));
        let asked = "must be a version, a whole number from 1, or a time as in RFC 3339";
        let moment = version_of(&text).or_else(instant);
        let moment = moment.ok_or_else(|| Problem::parameter(parameter, asked))?;
        Ok(Some(Self { parameter, moment }))
    }

    /// What the customer that is `now` so was then.
    ///
    /// # Errors
    ///
    /// A 404 that names the parameter when it hasn't come to that version, or wasn't there yet.
    pub(crate) async fn of(
        self,
        app: &App,
        tenant: TenantRef,
        now: &Current,
    ) -> Result<Current, Problem> {
        let then = app.store.customer_at(tenant, now, self.moment).await?;
        then.ok_or_else(|| match self.moment {
            Moment::Version(_) => Problem::version_not_reached(self.parameter),
            Moment::Instant(_) => Problem::not_registered_then(self.parameter),
        })
    }
}

/// Refuses a parameter that asks for the past, unless the caller has the scope `audit`.
pub(crate) fn permit_past(
    caller: &Caller,
    parameters: &Parameters,
    parameter: &str,
) -> Result<(), Problem> {
    if parameters.has(parameter) && !caller.may(Scope::Audit) {
        return Err(Problem::past_needs_audit(parameter));
    }
    Ok(())
}

/// A version as it is written in a query. One that no customer will ever come to is a version, too.
fn version_of(text: &str) -> Option<Moment> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let version = text.parse().unwrap_or(i64::MAX);
    (digits && version > 0).then_some(Moment::Version(version))
}
