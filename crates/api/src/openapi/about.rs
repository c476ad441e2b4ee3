//! What the document says of the service as a whole.

use http::maxima::BODY_BYTES_MAX;
use serde_json::{Value, json};

/// The conventions that all operations share.
const DESCRIPTION: &str = "\
Dossier keeps the configuration of customers and its full history.

A command is validated against the customer's current state. It appends events, each with who, why and when. \
Nothing is overwritten: the current state is the sum of the events.

- **References.** `{ref}` is a customer's id (a UUID in lower case), `external:` and its external id, or \
`alias:` and one of its aliases.
- **Patches.** In a command that changes fields, an absent field stays, `null` clears it and a value sets it. \
If nothing changes: 200, `events: []`, same version.
- **Versions.** Each event creates a version, counted from 1. `ETag` is the version in quotes. Send it in \
`If-Match` to run a command only at that version.
- **Retries.** Send an `Idempotency-Key` to run a request once. A repeated request with the same key gets the \
stored answer, byte for byte, with `Idempotency-Replayed: true`.
- **Dry runs.** With `?dry_run=true` a command is validated and answered in full, but nothing is stored.
- **Problems.** Every error is `application/problem+json` (RFC 9457) with a stable `code`. `errors` names the \
wrong values in a body by JSON pointer. Errors don't repeat the values that were sent.
- **Limits.** A body, and a line of NDJSON, has at most BODY_MAX. Unknown fields, unknown query parameters and \
duplicate names are refused.
- **Times** are RFC 3339 in UTC with microseconds. Answers leave out optional members without a value.
- **Formats.** Lists also come whole, as NDJSON or CSV. Ask with `Accept`. `x-alternatives` of a response names \
these formats, and `x-itemSchema` the schema of a line.";

pub(super) const CUSTOMERS: &str = "Customers";
pub(super) const CUSTOMER_COMMANDS: &str = "Customer commands";
pub(super) const HISTORY: &str = "History";
pub(super) const TENANT: &str = "Tenant";
pub(super) const LOG: &str = "Log";
pub(super) const OPERATORS: &str = "Read models";
pub(super) const SERVICE: &str = "Service";

pub(super) fn info() -> Value {
    let body_kib = BODY_BYTES_MAX >> 10;
    let license = env!("CARGO_PKG_LICENSE");
    json!({
        "title": "Dossier",
        "summary": "Customer configuration with its full history.",
        "description": DESCRIPTION.replace("BODY_MAX", &format!("{body_kib} KiB")),
        "version": env!("CARGO_PKG_VERSION"),
        "license": {"name": license, "identifier": license},
    })
}

pub(super) fn tags() -> Value {
    json!([
        {"name": CUSTOMERS, "description": "Register and read customers. Send many commands in one request."},
        {"name": CUSTOMER_COMMANDS, "description": "One command on one customer. Needs the scope `write`."},
        {"name": HISTORY, "description": "What happened to a customer or in the tenant: who did it, why, and the values before. Also who read personal data. Needs the scope `audit`; the feed needs `audit` or `read`. To read an earlier state of a customer, use `version` or `as_of` with the scopes `read` and `audit`."},
        {"name": TENANT, "description": "Settings for all customers of the caller's tenant. Commands need the scope `admin`."},
        {"name": LOG, "description": "Proofs that the history was not edited. Keep them outside the service."},
        {"name": OPERATORS, "description": "For operators: state and rebuilds of the read models of all tenants. Needs the scope `operator`."},
        {"name": SERVICE, "description": "For operators: health, metrics and documentation. Needs no key."},
    ])
}

pub(super) fn security_schemes() -> Value {
    json!({
        "bearer": {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "dossier_<id>_<secret>",
            "description": "An API key. It belongs to one tenant and has one or more of the scopes `read`, `write`, `admin` and `audit`. An operator's key has only the scope `operator`, for all tenants.",
        },
        "key": {
            "type": "apiKey",
            "in": "header",
            "name": "X-Api-Key",
            "description": "The same API key in another header. Send one of the two headers.",
        },
    })
}
