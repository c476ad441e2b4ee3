//! The moment that a page shows.

use http::parameters::Parameters;
use http::{App, Problem};
use maud::{Markup, html};
use store::api_keys::Scope;
use store::{Current, TenantRef};

use crate::look::time;
use crate::session::Session;
use crate::url;
use crate::words::moments;

/// A moment of the past, and the parameter that names it.
pub(super) struct Moment {
    parameter: &'static str,
    moment: store::Moment,
}

/// Reads `version` or `as_of`.
///
/// # Errors
///
/// A 403 when the key may not see the past; a 400 when the text is neither.
pub(super) fn read(
    session: &Session,
    parameters: &mut Parameters,
) -> Result<Option<Moment>, Problem> {
    // A form sends its empty field, too.
    let mut text = |name| Ok::<_, Problem>(parameters.text(name)?.filter(|text| !text.is_empty()));
    let (version, as_of) = (text("version")?, text("as_of")?);
    let (parameter, moment) = match (version, as_of) {
        (None, None) => return Ok(None),
        (Some(_), Some(_)) => return Err(Problem::parameter("as_of", "can't go with version")),
        (Some(version), None) => {
            let version = version.parse().ok().filter(|version: &i64| *version > 0);
            let asked = || Problem::parameter("version", "must be a whole number from 1");
            ("version", store::Moment::Version(version.ok_or_else(asked)?))
        }
        (None, Some(at)) => {
            let at = moments::read(&at);
            let asked = || Problem::parameter("as_of", "must be a date and a time");
            ("as_of", store::Moment::Instant(at.ok_or_else(asked)?))
        }
    };
    if !session.may(Scope::Audit) {
        return Err(Problem::past_needs_audit(parameter));
    }
    Ok(Some(Moment { parameter, moment }))
}

impl Moment {
    /// Whether this is another moment than the present: an earlier version, or any requested instant.
    pub(super) fn is_past(&self, now: &Current, shown: &Current) -> bool {
        match self.moment {
            store::Moment::Version(_) => shown.version < now.version,
            store::Moment::Instant(_) => true,
        }
    }

    /// The customer as it was.
    pub(super) async fn of(
        &self,
        app: &App,
        tenant: TenantRef,
        now: &Current,
    ) -> Result<Current, Problem> {
        let then = app.store.customer_at(tenant, now, self.moment).await?;
        then.ok_or_else(|| match self.moment {
            store::Moment::Version(_) => Problem::version_not_reached(self.parameter),
            store::Moment::Instant(_) => Problem::not_registered_then(self.parameter),
        })
    }
}

/// The banner of the past, with links to the versions beside it and to now.
pub(super) fn banner(session: &Session, now: &Current, shown: &Current) -> Markup {
    let (id, version) = (now.id, shown.version);
    let before = version.checked_sub(1).filter(|before| *before > 0);
    let next = version.checked_add(1).filter(|next| *next < now.version);
    html! {
        span {
            "The past: " strong { "version " (version) " of " (now.version) }
            ", from " strong { (time::words(shown.updated_at())) } " (" (time::ago(session.now(), shown.updated_at())) ")"
        }
        @if version == now.version { span { "nothing has changed since" } }
        @if let Some(before) = before { a href=(url::at(id, before)) rel="prev" { "Version " (before) } }
        @if let Some(next) = next { a href=(url::at(id, next)) rel="next" { "Version " (next) } }
        @if version < now.version { a href=(url::diff(id, version, now.version)) { "What differs from now" } }
        a href=(url::customer(id)) { "Back to now" }
    }
}
