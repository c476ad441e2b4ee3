//! All kinds of problems, for documents.

use axum::http::StatusCode;
use domain::{customer, tenant};

use super::{Code, HeadRefusal, Problem, vendors};

/// A kind of problem.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ProblemKind {
    /// Its status.
    pub status: StatusCode,
    /// Its code, the last part of its `type`.
    pub code: &'static str,
    /// What it means, for people.
    pub meaning: String,
}

/// All kinds: first those of requests, then those of their heads, of the rules and of vendors' surfaces. A
/// code that customers and tenants share is there twice.
pub fn catalog() -> Vec<ProblemKind> {
    let kind = |(status, code, meaning)| ProblemKind { status, code, meaning };
    let own = Code::ALL.iter().map(|code| (code.status(), code.name(), code.meaning()));
    let head = HeadRefusal::ALL.iter().map(|refusal| {
        let (status, code, meaning) = refusal.parts();
        (status, code, meaning.to_owned())
    });
    let customer = customer::Refusal::ALL.iter().copied();
    let customer = customer.map(|r| (Problem::from(r).status(), r.code(), r.to_string()));
    let tenant = tenant::Refusal::ALL.iter().copied();
    let tenant = tenant.map(|r| (Problem::from(r).status(), r.code(), r.to_string()));
    let vendors = vendors::kinds();
    own.chain(head).chain(customer).chain(tenant).chain(vendors).map(kind).collect()
}
