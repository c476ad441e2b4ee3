//! Two versions of a customer beside each other.

use axum::extract::State;
use axum::response::Response;
use domain::CustomerId;
use domain::customer::{Customer, FieldChange, changes};
use http::extract::{Path, Query};
use http::parameters::Parameters;
use http::read_audit::shows;
use http::{App, Problem, reference};
use maud::{Markup, html};
use uuid::Uuid;

use super::named::name_of;
use crate::look::{Page, Place, states, value};
use crate::session::Session;
use crate::url;
use crate::words::fields::{Group, capital, group, name_with};
use crate::words::labels::Labels;
use crate::words::values;

/// `GET /console/customers/{ref}/diff?from=&to=`
pub(super) async fn show(
    State(app): State<App>,
    session: Session,
    Path(reference): Path<String>,
    Query(mut parameters): Query<Parameters>,
) -> Result<Response, Problem> {
    let tenant = session.tenant();
    let asked = "must be a version, a whole number from 1";
    let version = |found: Option<i64>, name| {
        let found = found.filter(|version| *version > 0);
        found.ok_or_else(|| Problem::parameter(name, asked))
    };
    let from = version(parameters.parsed("from", asked)?, "from")?;
    let to = version(parameters.parsed("to", asked)?, "to")?;
    parameters.finish()?;
    let now = reference::find(&app, tenant, &reference::read(&reference)?).await?;
    let wanted = [from.unsigned_abs(), to.unsigned_abs()];
    let states = app.store.past(tenant, CustomerId(now.id), wanted).await?;
    let state = |version: i64, name| {
        let state = states.get(&version.unsigned_abs());
        state.ok_or_else(|| Problem::version_not_reached(name))
    };
    let (before, after) = (state(from, "from")?, state(to, "to")?);
    let found = changes(before, after);
    let today: Customer = now.read()?;
    let name = name_of(&today);
    let title = format!("{name}, versions {from} and {to}");
    let mut labels = Labels::of(&today);
    labels.extend(Labels::of(before));
    labels.extend(Labels::of(after));
    let page = Page::new(&session, Place::Customers, &title).show(html! {
        p.crumbs { a href=(url::customer(now.id)) { (name) } " / versions " (from) " and " (to) }
        div.head {
            h1 { "What differs" }
            span.soft { (found.len()) @if found.len() == 1 { " field" } @else { " fields" } }
            div.buttons {
                a.button href=(url::diff(now.id, to, from)) { "Swap the sides" }
                a.button href=(url::at(now.id, from)) { "Version " (from) }
                a.button href=(url::at(now.id, to)) { "Version " (to) }
            }
        }
        @if found.is_empty() {
            (states::empty("Nothing differs", html! { "Both versions have the same values in every field." }))
        } @else {
            (table(now.id, (from, to), &found, &labels))
        }
    });
    Ok(shows(page, [now.id]))
}

fn table(id: Uuid, (from, to): (i64, i64), found: &[FieldChange], labels: &Labels) -> Markup {
    html! {
        div.scroll.sheet {
            table.sides.stack {
                caption.hidden { "Fields that differ" }
                thead {
                    tr {
                        th scope="col" { "Field" }
                        th scope="col" { a href=(url::event(id, from)) { "Version " (from) } }
                        th scope="col" { a href=(url::event(id, to)) { "Version " (to) } }
                    }
                }
                @for of in Group::ALL {
                    @let rows: Vec<_> = found.iter().filter(|change| group(&change.field) == of).collect();
                    @if !rows.is_empty() {
                        tbody {
                            tr.group { th colspan="3" scope="rowgroup" { (of.name()) } }
                            @for change in rows {
                                tr data-item {
                                    th scope="row" title=(change.field) { (capital(&name_with(&change.field, labels))) }
                                    td data-name={ "Version " (from) } { (side(change.old.as_ref().map(values::text).as_deref(), true)) }
                                    td data-name={ "Version " (to) } { (side(change.new.as_ref().map(values::text).as_deref(), false)) }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn side(text: Option<&str>, old: bool) -> Markup {
    html! {
        @match text {
            Some(text) if old => (value::old(text)),
            Some(text) => (value::new(text)),
            None => span.soft { "not set" },
        }
    }
}
