//! A read model on the page: its lag, what is being done to it, and what can be done.

use maud::{Markup, html};
use store::projections::Status;
use store::projections::rebuild::Comparison;

use super::figures::{ReadModel, grouped, progress};
use super::lag::Lags;
use crate::look::{form_of, time};
use crate::session::Session;
use crate::url::OPERATIONS;

/// Numbers of workers to choose from.
const WORKERS: [u16; 4] = [1, 2, 4, 8];

pub(super) fn card(session: &Session, lags: &Lags, model: &ReadModel) -> Markup {
    let name = model.name;
    html! {
        section.card.model aria-labelledby=(format!("model-{name}")) {
            div.head {
                h3 id=(format!("model-{name}")) { code { (name) } }
                @if model.outdated { span.chip.warn { "made by another version: rebuild it" } }
                @if model.live.parked > 0 {
                    a.chip.warn href=(format!("{OPERATIONS}/{name}/parked")) { (grouped(model.live.parked)) " parked" }
                }
            }
            p data-live-text=(format!("{name}.lag")) { (model.lag()) }
            (lags.plot(name))
            @if let Some(building) = &model.building { (under_way(session, model, building)) }
            @else { (actions(session, model)) }
            details {
                summary { "Generations" }
                (generations(session, model))
            }
        }
    }
}

/// The rebuild or the switch that is running.
fn under_way(session: &Session, model: &ReadModel, building: &Status) -> Markup {
    let name = model.name;
    let total = building.events_total.max(1);
    html! {
        div.building {
            p {
                b { "Generation " (building.generation) ": " }
                span data-live-text=(format!("{name}.progress")) { (progress(building)) }
            }
            progress max=(total) value=(building.events_done) data-live-value=(format!("{name}.progress"))
                aria-label=(format!("Rebuild of {name}")) {}
            (form_of(session, &format!("{OPERATIONS}/{name}/cancel"), html! {
                button.button { "Cancel the rebuild" }
                small { "The live rows stay." }
            }))
        }
    }
}

fn actions(session: &Session, model: &ReadModel) -> Markup {
    let name = model.name;
    html! {
        details.acts {
            summary.button { "Rebuild or switch" }
            (form_of(session, &format!("{OPERATIONS}/{name}/rebuild"), html! {
                p.soft { "New rows are made beside the live ones, compared with them, and then take their place." }
                label { "Workers " select name="workers" {
                    @for workers in WORKERS { option value=(workers) selected[workers == 2] { (workers) } }
                } }
                label { "Reason " input type="text" name="reason" maxlength="1000"; }
                button.button.main { "Rebuild" }
            }))
            @if let Some(retired) = model.retired() {
                (form_of(session, &format!("{OPERATIONS}/{name}/rollback"), html! {
                    p.soft { "Generation " (retired.generation) " was live before. It follows the log again, then takes the place of generation " (model.live.generation) "." }
                    label { "Reason " input type="text" name="reason" maxlength="1000"; }
                    button.button { "Switch back to generation " (retired.generation) }
                }))
            }
            @if !model.others.is_empty() {
                (form_of(session, &format!("{OPERATIONS}/{name}/prune"), html! {
                    p.soft { "After this, a switch back is impossible." }
                    label { "Reason " input type="text" name="reason" maxlength="1000"; }
                    button.button { "Drop old generations" }
                }))
            }
        }
    }
}

fn generations(session: &Session, model: &ReadModel) -> Markup {
    let all = model.others.iter().chain([&model.live]).chain(&model.building);
    html! {
        div.wide { table.plain {
            thead { tr { th { "No." } th { "State" } th { "Since" } th { "Compared with the live rows" } } }
            tbody { @for status in all { tr {
                td { (status.generation) }
                td {
                    (status.state)
                    @if let Some(phase) = &status.phase { ", " (phase) }
                    @if let Some(failure) = &status.failure { br; small { (failure) } }
                }
                td { (time::ago(session.now(), status.changed_at)) }
                td { @if let Some(comparison) = &status.comparison { (compared(comparison)) } @else { small { "not compared" } } }
            } } }
        } }
    }
}

fn compared(comparison: &Comparison) -> Markup {
    html! {
        @if comparison.equal() { (grouped(comparison.rows)) " rows, all equal" }
        @else {
            b { (grouped(comparison.differing)) " differ" } " of " (grouped(comparison.rows)) " rows"
            ul { @for difference in &comparison.listed {
                li { code { (difference.table_name) } " " code { (difference.customer_id.to_string()) } ": " (difference.columns.join(", ")) }
            } }
        }
        @if comparison.left_out > 0 { br; small { (grouped(comparison.left_out)) " changed meanwhile and were left out" } }
    }
}
