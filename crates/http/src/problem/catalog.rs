//! All kinds of problems, for documents.

use axum::http::StatusCode;
use domain::{customer, tenant};

use super::{Code, HeadRefusal, Problem, pages, vendors};

/// A kind of problem.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ProblemKind {
    /// Its status.
    pub status: StatusCode,
    /// Its code, the last part of its `type`.
    pub code: &'static str,
    /// What it means, for people.
    pub meaning: String,
    /// Whether the native API answers with it.
    pub native: bool,
}

/// All kinds: first those of requests, then those of their heads and of the rules, at last those that only
/// vendors' surfaces and pages for people have. A code that customers and tenants share is there twice.
pub fn catalog() -> Vec<ProblemKind> {
    let own = Code::ALL.iter().map(|code| (code.status(), code.name(), code.meaning()));
    let head = HeadRefusal::ALL.iter().map(|refusal| {
        let (status, code, meaning) = refusal.parts();
        (status, code, meaning.to_owned())
    });
    let customer = customer::Refusal::ALL.iter().copied();
    let customer = customer.map(|r| (Problem::from(r).status(), r.code(), r.to_string()));
    let tenant = tenant::Refusal::ALL.iter().copied();
    let tenant = tenant.map(|r| (Problem::from(r).status(), r.code(), r.to_string()));
    let native = own.chain(head).chain(customer).chain(tenant).map(|parts| kind(parts, true));
    let others = vendors::kinds().into_iter().chain(pages::kinds());
    native.chain(others.map(|parts| kind(parts, false))).collect()
}

fn kind(parts: (StatusCode, &'static str, String), native: bool) -> ProblemKind {
    let (status, code, meaning) = parts;
    ProblemKind { status, code, meaning, native }
}
