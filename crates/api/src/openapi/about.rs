//! What the document says of the service as a whole.

use serde_json::{Value, json};

/// The conventions that all operations share.
const DESCRIPTION: &str = "\
Dossier keeps the configuration of customers, and everything that ever happened to it.

Nothing is overwritten: a command is decided against the current state and appends events, each with \
who, why and when. The state that is read is the sum of those events.

- **Names.** `{ref}` is a customer's id (a UUID in lower case), or `external:` and its external id, or \
`alias:` and one of its aliases.
- **Three states.** In a command that changes field by field, an absent field stays, `null` clears it \
and a value sets it. Asking for what already is changes nothing and makes no event.
- **Versions.** Each event makes a version, counted from 1. `ETag` is the version in quotes; sent \
back in `If-Match`, it makes a command conditional.
- **Repeating.** A request with an `Idempotency-Key` happens once: the same request under the same \
key gets the first answer again, byte for byte, with `Idempotency-Replayed: true`.
- **Trying.** With `?dry_run=true` a command is decided and answered in full, and nothing is stored.
- **Problems.** Every failure is `application/problem+json` (RFC 9457) with a stable `code`; mistakes \
in a body are named by JSON pointer. No value that was sent is repeated in it.
- **Limits.** A body, and a line of NDJSON, has at most 64 KiB. What isn't known is refused, \
never ignored: fields, query parameters, duplicate names.
- **Times** are RFC 3339 in UTC with microseconds. Optional members without a value are left out of \
answers.";

pub(super) const CUSTOMERS: &str = "Customers";
pub(super) const CUSTOMER_COMMANDS: &str = "Customer commands";
pub(super) const HISTORY: &str = "History";
pub(super) const TENANT: &str = "Tenant";
pub(super) const LOG: &str = "Log";
pub(super) const OPERATORS: &str = "Read models";
pub(super) const SERVICE: &str = "Service";

pub(super) fn info() -> Value {
    let license = env!("CARGO_PKG_LICENSE");
    json!({
        "title": "Dossier",
        "summary": "Customer configuration, with its history.",
        "description": DESCRIPTION,
        "version": env!("CARGO_PKG_VERSION"),
        "license": {"name": license, "identifier": license},
    })
}

pub(super) fn tags() -> Value {
    json!([
        {"name": CUSTOMERS, "description": "Registering and reading customers, and many commands in one request."},
        {"name": CUSTOMER_COMMANDS, "description": "One command on one customer. The key needs the scope `write`."},
        {"name": HISTORY, "description": "What happened to a customer, and in the whole tenant, who did it and why, and what it was before; and who looked. The key needs the scope `audit`, for the feed that or `read`. What a customer was is read by `version` and `as_of`, with the scopes `read` and `audit`."},
        {"name": TENANT, "description": "What applies to all customers of the caller's tenant. Its commands need the scope `admin`."},
        {"name": LOG, "description": "What proves, to those who keep it elsewhere, that nobody changed the past."},
        {"name": OPERATORS, "description": "For operators: what is made from the log to be read, of all tenants. The key needs the scope `operator`, which no tenant's services have."},
        {"name": SERVICE, "description": "For operators and their machines. Needs no key."},
    ])
}

pub(super) fn security_schemes() -> Value {
    json!({
        "bearer": {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "dossier_<id>_<secret>",
            "description": "An API key. It belongs to one tenant and has scopes: `read`, `write`, `admin`, `audit`; or only the scope `operator`, for all tenants.",
        },
        "key": {
            "type": "apiKey",
            "in": "header",
            "name": "X-Api-Key",
            "description": "The same key, in a header of its own. One of the two, not both.",
        },
    })
}
