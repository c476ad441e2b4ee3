//! The pages that the `type` of a problem leads to: one for each code, and a list of all.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use http::problem::{ProblemKind, catalog};

use super::html::{Html, Level};

/// What a caller can do about a status, beside what the code says.
const ADVICE: [(StatusCode, &str); 6] = [
    (StatusCode::CONFLICT, "It collides with the current state. Read it again, then decide."),
    (
        StatusCode::PRECONDITION_FAILED,
        "It was changed since you read it, or it exists already. Read it again, apply your change to what you read, \
         and send it with the new `ETag`.",
    ),
    (
        StatusCode::TOO_MANY_REQUESTS,
        "Nothing was changed. Try again after `Retry-After` seconds with the same `Idempotency-Key`.",
    ),
    (StatusCode::REQUEST_TIMEOUT, "Send it again, on a new connection."),
    (StatusCode::INTERNAL_SERVER_ERROR, "Give your operator the request id in `instance`."),
    (
        StatusCode::SERVICE_UNAVAILABLE,
        "It passes. Try again after `Retry-After` seconds with the same `Idempotency-Key`.",
    ),
];

/// The page of a code; nothing when no problem has it.
pub(super) fn render(code: &str) -> Option<String> {
    let kinds: Vec<_> = catalog().into_iter().filter(|kind| kind.code == code).collect();
    let first = kinds.first()?;
    let mut html = Html::default();
    head(&mut html, first.code);
    html.within("<p>Status ", &title(first.status), "</p>\n");
    for kind in &kinds {
        html.prose(&sentence(&kind.meaning));
    }
    let advice = ADVICE.iter().find(|(of, _)| *of == first.status);
    html.prose(advice.map_or("", |(_, advice)| advice));
    html.prose("The member `detail` of the answer says what is wrong with that request.");
    html.markup(
        "<p><a href=\"/problems\">All problems</a>, <a href=\"/docs\">the interface</a></p>\n",
    );
    html.markup("</main>\n</body>\n</html>\n");
    Some(html.finish())
}

/// The list of all codes, by status.
pub(super) fn render_all() -> String {
    let mut by_status: BTreeMap<StatusCode, Vec<ProblemKind>> = BTreeMap::new();
    for kind in catalog() {
        let of = by_status.entry(kind.status).or_default();
        if of.iter().all(|known| known.code != kind.code) {
            of.push(kind);
        }
    }
    let mut html = Html::default();
    head(&mut html, "Problems");
    html.prose("Each error has one of these codes, and a `type` that leads to the code's page.");
    for (of, kinds) in by_status {
        html.heading(Level::Group, of.as_str(), &title(of));
        html.markup("<ul>");
        for kind in kinds {
            html.within("<li><a href=\"/problems/", kind.code, "\">");
            html.name(kind.code);
            html.markup("</a>: ");
            html.inline(&kind.meaning);
            html.markup("</li>\n");
        }
        html.markup("</ul>\n");
    }
    html.markup("</main>\n</body>\n</html>\n");
    html.finish()
}

fn head(html: &mut Html, title: &str) {
    html.markup("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    html.markup("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    html.markup("<meta name=\"color-scheme\" content=\"light dark\">\n");
    html.within("<title>Dossier: ", title, "</title>\n");
    html.markup("<link rel=\"stylesheet\" href=\"/docs/style.css\">\n</head>\n<body>\n<main>\n");
    html.within("<h1>", title, "</h1>\n");
}

/// A status as people know it.
fn title(of: StatusCode) -> String {
    format!("{} {}", of.as_u16(), of.canonical_reason().unwrap_or_default())
}

/// The text as a sentence.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", letters.as_str().trim_end_matches('.'))
}
