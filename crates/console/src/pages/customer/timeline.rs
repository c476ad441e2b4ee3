//! The timeline: changes as sentences, with filters for the field, the person, the reason and the time.

use chrono::{DateTime, Duration, Utc};
use domain::CustomerId;
use http::parameters::Parameters;
use http::{App, Problem};
use maud::{Markup, html};
use store::{AuditConditions, AuditEntry, AuditQuery, Between, Current, Search, View};

use super::entry::{self, Entry};
use crate::look::{pager, states, time};
use crate::session::Session;
use crate::url;
use crate::words::fields::{Group, PARTS};
use crate::words::labels::Labels;
use crate::words::{moments, surfaces};

/// Changes on a page.
const PAGE: u16 = 50;
/// Reads for one page, at most: a read may find few entries that match.
const READS_MAX: usize = 8;

/// What the address asks for.
#[derive(Clone, Debug, Default)]
pub(super) struct Asked {
    field: String,
    actor: String,
    reason: String,
    unreasoned: String,
    surface: String,
    from: String,
    until: String,
}

/// The changes of a page.
pub(super) struct Changes {
    entries: Vec<Entry>,
    /// The address of the first page, unless this is it.
    first: Option<String>,
    next: Option<String>,
    /// Whether the latest events may be missing.
    behind: bool,
}

impl Asked {
    pub(super) fn read(parameters: &mut Parameters) -> Result<Self, Problem> {
        let mut text = |name: &'static str| {
            let text = parameters.text(name)?.unwrap_or_default();
            Ok::<_, Problem>(text.trim().to_owned())
        };
        let asked = Self {
            field: text("field")?,
            actor: text("actor")?,
            reason: text("reason")?,
            unreasoned: text("unreasoned")?,
            surface: text("surface")?,
            from: text("from")?,
            until: text("until")?,
        };
        if !asked.field.is_empty() && !asked.field.starts_with('/') {
            return Err(Problem::parameter("field", "must be a JSON pointer, as /profile/name"));
        }
        asked.recorded()?;
        asked.search()?;
        Ok(asked)
    }

    fn recorded(&self) -> Result<Between, Problem> {
        let moment = |name: &'static str, text: &str| {
            let asked = || Problem::parameter(name, "must be a date and a time");
            let filled = Some(text).filter(|text| !text.is_empty());
            filled.map(|text| moments::read(text).ok_or_else(asked)).transpose()
        };
        Ok(Between { from: moment("from", &self.from)?, until: moment("until", &self.until)? })
    }

    fn search(&self) -> Result<Option<Search>, Problem> {
        if self.reason.is_empty() {
            return Ok(None);
        }
        let asked = || Problem::parameter("reason", "must have words, and at most 200 characters");
        Search::read(&self.reason).map(Some).ok_or_else(asked)
    }

    fn parameters(&self) -> Vec<(&str, &str)> {
        vec![
            ("field", &*self.field),
            ("actor", &self.actor),
            ("reason", &self.reason),
            ("unreasoned", &self.unreasoned),
            ("surface", &self.surface),
            ("from", &self.from),
            ("until", &self.until),
        ]
    }

    fn is_everything(&self) -> bool {
        self.parameters().iter().all(|(_, value)| value.is_empty())
    }

    fn with_field<'a>(&'a self, field: &'a str) -> Vec<(&'a str, &'a str)> {
        let mut parameters = self.parameters();
        for parameter in parameters.iter_mut().filter(|(name, _)| *name == "field") {
            parameter.1 = field;
        }
        parameters
    }
}

/// The changes that the address asks for, up to the shown version if that is of the past.
pub(super) async fn read(
    app: &App,
    session: &Session,
    now: &Current,
    past: Option<&Current>,
    asked: &Asked,
    cursor: Option<&str>,
) -> Result<Changes, Problem> {
    let tenant = session.tenant();
    let list = url::query(&path(now, past), &asked.parameters());
    let cursors = app.store.cursors().await?;
    let after = cursor
        .map(|cursor| cursors.open(tenant.id, &list, cursor).ok_or_else(Problem::invalid_cursor));
    let mut after = after.transpose()?;
    let is_first = after.is_none();
    // People see here what they have just changed.
    let behind = is_first && !app.store.caught_up(View::AuditEntries, tenant).await?;
    let mut recorded = asked.recorded()?;
    if let Some(past) = past {
        let end: Option<DateTime<Utc>> =
            past.updated_at().checked_add_signed(Duration::microseconds(1));
        recorded.until = [recorded.until, end].into_iter().flatten().min();
    }
    let filled = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
    let conditions = AuditConditions {
        customer: Some(CustomerId(now.id)),
        field: filled(&asked.field),
        actor: filled(&asked.actor),
        surface: filled(&asked.surface),
        reason_search: asked.search()?,
        has_reason: (!asked.unreasoned.is_empty()).then_some(false),
        recorded,
        ..AuditConditions::default()
    };
    let mut entries = Vec::new();
    for _ in 0..READS_MAX {
        let limit = PAGE.saturating_sub(u16::try_from(entries.len()).unwrap_or(PAGE));
        let query = AuditQuery { asked: conditions.clone(), descending: true, after, limit };
        let page = app.store.audit_entries(tenant, &query, true).await?;
        let page = page.ok_or_else(Problem::cursor_ahead)?;
        // The events of one command have the same time, so the time alone does not end the past.
        let shown =
            |found: &AuditEntry| past.is_none_or(|past| found.event.version <= past.version);
        entries.extend(page.items.into_iter().filter(shown).map(|found| Entry {
            event: found.event,
            changes: found.changes.unwrap_or_default(),
            key_name: found.api_key_name,
        }));
        after = page.next;
        if after.is_none() || entries.len() >= usize::from(PAGE) {
            break;
        }
    }
    let next = after
        .map(|after| url::query(&list, &[("cursor", &cursors.seal(tenant.id, &list, &after))]));
    let first = (!is_first).then_some(list);
    Ok(Changes { entries, first, next, behind })
}

/// The address of all pages of the list. The latest version is the present, also where an instant led to it.
fn path(now: &Current, past: Option<&Current>) -> String {
    match past {
        Some(past) if past.version < now.version => url::at(now.id, past.version),
        Some(_) | None => url::customer(now.id),
    }
}

pub(super) fn show(
    session: &Session,
    now: &Current,
    past: Option<&Current>,
    asked: &Asked,
    changes: &Changes,
    labels: &Labels,
) -> Markup {
    let everything = path(now, past);
    html! {
        (filters(now, past, asked))
        @if changes.behind {
            (states::behind(html! { "The latest changes are still being read and may be missing here. Load the page again in a moment." }))
        }
        @if changes.entries.is_empty() {
            (states::empty("No such change", html! {
                @if changes.next.is_some() { "Older changes have not been searched yet." }
                @else if asked.is_everything() { "There is nothing more." } @else {
                    "No change of this customer matches the filters. " a href=(everything) { "Show all changes" }
                }
            }))
        }
        div.timeline {
            @for (nth, entry) in changes.entries.iter().enumerate() {
                @let day = time::day(session.now(), entry.event.recorded_at);
                @let before = nth.checked_sub(1).and_then(|before| changes.entries.get(before));
                @if before.is_none_or(|before| time::day(session.now(), before.event.recorded_at) != day) {
                    h3.day { (day) }
                }
                (entry::show(session, now, entry, labels, false))
            }
        }
        (pager::pages(changes.first.as_deref(), changes.next.as_deref(), "Older changes"))
    }
}

fn filters(now: &Current, past: Option<&Current>, asked: &Asked) -> Markup {
    let path = path(now, past);
    // A form leaves out the parameters of its address.
    let version = past.map(|past| past.version).filter(|version| *version < now.version);
    let chips = [
        "/profile",
        "/billing_configs",
        "/payment",
        "/tax",
        "/parent_customer_id",
        "/custom_fields",
        "/metadata",
    ];
    let narrowed = asked.with_field("").iter().any(|(_, value)| !value.is_empty());
    html! {
        ul.chips.no-print aria-label="Kinds of changes" {
            li { a.chip.on[asked.field.is_empty()] aria-current=[asked.field.is_empty().then_some("true")]
                href=(url::query(&path, &asked.with_field(""))) { "everything" } }
            @for chip in chips {
                @let on = asked.field == chip;
                li { a.chip.on[on] aria-current=[on.then_some("true")]
                    href=(url::query(&path, &asked.with_field(chip))) { (chip_name(chip)) } }
            }
        }
        form.filters action=(url::customer(now.id)) method="get" {
            @if let Some(version) = version { input type="hidden" name="version" value=(version); }
            details open[narrowed || !(asked.field.is_empty() || chips.contains(&&*asked.field))] {
                summary { "Find changes by field, person, reason, way or time" }
                div.more-filters {
                    div.field {
                        label for="field" { "Field" }
                        select #field name="field" {
                            option value="" { "any" }
                            @for of in Group::ALL {
                                optgroup label=(of.name()) {
                                    @for (_, pointer, name) in PARTS.iter().filter(|(group, _, _)| *group == of) {
                                        option value=(pointer) selected[asked.field == *pointer] { (name) }
                                    }
                                }
                            }
                            @if !asked.field.is_empty() && PARTS.iter().all(|(_, pointer, _)| *pointer != asked.field) {
                                option value=(asked.field) selected { (asked.field) }
                            }
                        }
                    }
                    (field("actor", "Person or key", ("text", asked.actor.clone())))
                    (field("reason", "Words of the reason", ("text", asked.reason.clone())))
                    div.field {
                        label for="surface" { "Through" }
                        select #surface name="surface" {
                            option value="" { "any way" }
                            @for surface in surfaces::ALL {
                                option value=(surface) selected[asked.surface == surface] { (surfaces::name(surface)) }
                            }
                        }
                    }
                    (field("from", "From (UTC)", moments::for_field(moments::read(&asked.from))))
                    (field("until", "Before (UTC)", moments::for_field(moments::read(&asked.until))))
                    label.switch {
                        input type="checkbox" name="unreasoned" value="1" checked[!asked.unreasoned.is_empty()];
                        " without a reason"
                    }
                    div.buttons {
                        button.button.main type="submit" { "Find" }
                        @if !asked.is_everything() { a.button href=(path) { "Show all changes" } }
                    }
                }
            }
        }
    }
}

fn chip_name(pointer: &str) -> &'static str {
    match pointer {
        "/profile" => "profile",
        "/billing_configs" => "billing",
        "/payment" => "payment",
        "/tax" => "tax",
        "/parent_customer_id" => "parent",
        "/custom_fields" => "custom fields",
        _ => "metadata",
    }
}

fn field(name: &str, label: &str, (kind, value): (&str, String)) -> Markup {
    html! {
        div.field {
            label for=(name) { (label) }
            input id=(name) name=(name) type=(kind) value=(value) autocomplete="off" step=[(kind != "text").then_some("any")];
        }
    }
}
