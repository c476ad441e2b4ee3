//! How a surface is described: its endpoints, and the objects that its tables make.

use serde_json::Value;

use crate::members::Member;

/// What a surface has, as its document tells it.
#[derive(Debug)]
pub(crate) struct Description {
    /// The system whose API it is.
    pub(crate) title: &'static str,
    /// Every endpoint, in the order of the documents.
    pub(crate) endpoints: &'static [Endpoint],
    /// Objects by their names, made of the surface's tables.
    pub(crate) objects: &'static [Object],
    /// Schemas that no table says: lists, envelopes, failures. One is called `Failure`.
    pub(crate) schemas: fn() -> Value,
}

/// One endpoint.
#[derive(Debug)]
pub(crate) struct Endpoint {
    pub(crate) method: &'static str,
    /// Below the surface's base.
    pub(crate) path: &'static str,
    pub(crate) summary: &'static str,
    /// Parameters of the query, and what each says.
    pub(crate) query: &'static [(&'static str, &'static str)],
    /// The schema of its body.
    pub(crate) body: Option<&'static str>,
    pub(crate) status: u16,
    /// The schema of its answer; nothing when that has no body.
    pub(crate) answer: Option<&'static str>,
}

impl Endpoint {
    /// An endpoint that takes nothing and answers 200 without a body.
    pub(crate) const fn new(
        method: &'static str,
        path: &'static str,
        summary: &'static str,
    ) -> Self {
        Self { method, path, summary, query: &[], body: None, status: 200, answer: None }
    }

    /// With these parameters in its query.
    pub(crate) const fn with_query(self, query: &'static [(&'static str, &'static str)]) -> Self {
        Self { query, ..self }
    }

    /// With a body of this schema.
    pub(crate) const fn taking(self, schema: &'static str) -> Self {
        Self { body: Some(schema), ..self }
    }

    /// Answering with this schema.
    pub(crate) const fn answering(self, schema: &'static str) -> Self {
        Self { answer: Some(schema), ..self }
    }

    /// Answering with this status when all is well.
    pub(crate) const fn with(self, status: u16) -> Self {
        Self { status, ..self }
    }
}

/// An object that tables describe.
#[derive(Debug)]
pub(crate) struct Object {
    pub(crate) name: &'static str,
    /// Whether it is sent by callers; else it is answered.
    pub(crate) sent: bool,
    /// The members that are always there; nothing if all are.
    pub(crate) required: Option<&'static [&'static str]>,
    /// The object in our document of which it is made: `Customer`, or the type of an item.
    pub(crate) of: &'static str,
    pub(crate) tables: &'static [&'static [Member]],
}

impl Object {
    /// An object that callers send, with what it must have.
    pub(crate) const fn sent(
        name: &'static str,
        of: &'static str,
        tables: &'static [&'static [Member]],
        required: &'static [&'static str],
    ) -> Self {
        Self { name, sent: true, required: Some(required), of, tables }
    }

    /// An object that callers send, with every member of its tables.
    pub(crate) const fn whole(
        name: &'static str,
        of: &'static str,
        tables: &'static [&'static [Member]],
    ) -> Self {
        Self { name, sent: true, required: None, of, tables }
    }

    /// An object in answers: all of its members are always there.
    pub(crate) const fn answered(
        name: &'static str,
        of: &'static str,
        tables: &'static [&'static [Member]],
    ) -> Self {
        Self { name, sent: false, required: None, of, tables }
    }
}
