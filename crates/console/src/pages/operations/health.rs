//! How the database and the queues are.

use http::App;
use maud::{Markup, html};
use store::DatabaseHealth;

use super::figures::{bytes, grouped};

/// The card. If the database doesn't answer, the card says so, and the rest of the page is shown.
pub(super) async fn card(app: &App) -> Markup {
    let ready = app.store.ready().await;
    let health = app.store.database_health().await;
    let (requests, unsent) = app.limits.in_use();
    let number = |number: usize| grouped(i64::try_from(number).unwrap_or(i64::MAX));
    html! {
        section.card.health aria-labelledby="health" {
            h2 #health { "Database and queues" }
            dl.figures {
                dt { "Ready for traffic" }
                dd { @match ready { Ok(()) => { span.chip.ok { "yes" } } Err(error) => { span.chip.warn { "no: " (error.to_string()) } } } }
                dt { "Commands waiting for their commit" } dd { (number(app.store.waiting())) }
                dt { "Requests in progress" } dd { (number(requests)) }
                dt { "Answers not sent yet" } dd { (bytes(i64::try_from(unsent).unwrap_or(i64::MAX))) }
                @if let Ok(health) = health { (database(&health)) }
            }
            p.soft {
                "Whether anybody changed the log is checked by " code { "dossier verify" } ", and against kept heads by "
                code { "dossier verify --against heads" } "; " code { "dossier head" } " prints the heads to keep."
            }
        }
    }
}

fn database(health: &DatabaseHealth) -> Markup {
    html! {
        dt { "PostgreSQL" } dd { (health.version) }
        dt { "Size" } dd { (bytes(health.bytes)) small { " of them " (bytes(health.log_bytes)) " are the log" } }
        dt { "Connections" } dd { (grouped(health.connections)) small { " of " (grouped(health.connections_max)) } }
        dt { "Heads of the log" } dd { (grouped(health.events)) " events" small { " in " (grouped(health.partitions)) " partitions" } }
    }
}
