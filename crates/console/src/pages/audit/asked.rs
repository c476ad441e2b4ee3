//! The filters of the audit, as the address has them.

use chrono::{DateTime, Days, Utc};
use domain::Timestamp;
use http::parameters::Parameters;
use http::{App, Problem, reference};
use store::{AuditConditions, Between, Search, TenantRef};

/// The filters. Absent ones match everything; so do empty ones, because forms send those.
#[derive(Debug, Default)]
pub(super) struct Asked {
    /// A field, or a group of them: a JSON pointer.
    pub(super) field: Option<String>,
    /// Who.
    pub(super) actor: Option<String>,
    /// The id of the key.
    pub(super) api_key: Option<String>,
    /// Why: words of the reason.
    pub(super) reason: Option<String>,
    /// Why: the whole reason.
    pub(super) reason_is: Option<String>,
    /// Only changes without a reason.
    pub(super) no_reason: bool,
    /// The request.
    pub(super) request_id: Option<String>,
    /// The process that it was a part of.
    pub(super) correlation_id: Option<String>,
    /// The API that took it.
    pub(super) surface: Option<String>,
    /// The customer: an id, `external:…` or `alias:…`.
    pub(super) customer: Option<String>,
    /// The name of an event.
    pub(super) event_type: Option<String>,
    /// From this day or instant on.
    pub(super) since: Option<String>,
    /// To the end of this day, or before this instant.
    pub(super) until: Option<String>,
}

impl Asked {
    pub(super) fn read(parameters: &mut Parameters) -> Result<Self, Problem> {
        let mut text = |name| Ok::<_, Problem>(filled(parameters.text(name)?));
        let asked = Self {
            field: text("field")?,
            actor: text("actor")?,
            api_key: text("api_key")?,
            reason: text("reason")?,
            reason_is: text("reason_is")?,
            no_reason: text("no_reason")?.is_some(),
            request_id: text("request_id")?,
            correlation_id: text("correlation_id")?,
            surface: text("surface")?,
            customer: text("customer")?,
            event_type: text("type")?,
            since: text("since")?,
            until: text("until")?,
        };
        if asked.field.as_ref().is_some_and(|field| !field.starts_with('/')) {
            return Err(Problem::parameter("field", "must be a JSON pointer, as /profile/name"));
        }
        // Refused here, so that no page with a wrong filter is shown.
        asked.recorded()?;
        asked.searched()?;
        Ok(asked)
    }

    /// What the address of this view has, in one order.
    pub(super) fn parameters(&self) -> Vec<(&'static str, &str)> {
        let texts = [
            ("field", &self.field),
            ("actor", &self.actor),
            ("api_key", &self.api_key),
            ("reason", &self.reason),
            ("reason_is", &self.reason_is),
            ("request_id", &self.request_id),
            ("correlation_id", &self.correlation_id),
            ("surface", &self.surface),
            ("customer", &self.customer),
            ("type", &self.event_type),
            ("since", &self.since),
            ("until", &self.until),
        ];
        let texts = texts.into_iter().filter_map(|(name, text)| Some((name, text.as_deref()?)));
        texts.chain(self.no_reason.then_some(("no_reason", "yes"))).collect()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.parameters().is_empty()
    }

    /// The conditions on events.
    pub(super) async fn conditions(
        &self,
        app: &App,
        tenant: TenantRef,
    ) -> Result<AuditConditions, Problem> {
        let customer = match &self.customer {
            Some(customer) => Some(reference::id_of(app, tenant, customer).await?),
            None => None,
        };
        Ok(AuditConditions {
            customer,
            field: self.field.clone(),
            actor: self.actor.clone(),
            api_key: self.api_key.clone(),
            event_type: self.event_type.clone(),
            request_id: self.request_id.clone(),
            correlation_id: self.correlation_id.clone(),
            surface: self.surface.clone(),
            reason: self.reason_is.clone(),
            reason_prefix: None,
            reason_search: self.searched()?,
            has_reason: self.no_reason.then_some(false),
            recorded: self.recorded()?,
        })
    }

    fn searched(&self) -> Result<Option<Search>, Problem> {
        let Some(text) = &self.reason else { return Ok(None) };
        let (chars, words) = (Search::CHARS_MAX, Search::WORDS_MAX);
        let asked = format!("must have 1 to {words} words and at most {chars} characters");
        Search::read(text).map(Some).ok_or_else(|| Problem::parameter("reason", &asked))
    }

    fn recorded(&self) -> Result<Between, Problem> {
        let from = self.since.as_deref().map(|text| instant("since", text, 0)).transpose()?;
        let until = self.until.as_deref().map(|text| instant("until", text, 1)).transpose()?;
        Ok(Between { from, until })
    }
}

fn filled(text: Option<String>) -> Option<String> {
    text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
}

/// An instant, or the beginning of the day that is `later` days after the one in `text`, in UTC.
fn instant(name: &'static str, text: &str, later: u64) -> Result<DateTime<Utc>, Problem> {
    // As an instant, so that a day is in the years that instants have.
    let day = format!("{text}T00:00:00Z").parse::<Timestamp>().ok();
    let day = day.and_then(|day| day.to_utc().checked_add_days(Days::new(later)));
    let instant = day.or_else(|| text.parse::<Timestamp>().ok().map(Timestamp::to_utc));
    let asked = "must be a day as 2026-11-30, or a time as in RFC 3339";
    instant.ok_or_else(|| Problem::parameter(name, asked))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &'static str, text: &str, later: u64, expected: &str) {
        let found = instant(name, text, later).map(|at| at.to_rfc3339());
        assert_eq!(found.ok().as_deref(), Some(expected), "{text}");
    }

    #[test]
    fn a_day_is_whole() {
        check("since", "2026-11-30", 0, "2026-11-30T00:00:00+00:00");
        check("until", "2026-11-30", 1, "2026-12-01T00:00:00+00:00");
        check("until", "2026-11-30T12:00:00+01:00", 1, "2026-11-30T11:00:00+00:00");
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in [
            "yesterday",
            "2026-02-30",
            "2026-11-30 12:00",
            "30.11.2026",
            "-262143-01-01",
            "0001-01-01",
            "",
        ] {
            assert!(instant("since", text, 0).is_err(), "{text}");
        }
    }
}
