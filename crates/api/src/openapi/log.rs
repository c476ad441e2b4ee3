//! The operations that prove something.

use super::about::LOG;
use super::operation::Operation;
use super::parameters::{METADATA_HEADERS, REF, VERSION};
use super::responses::plain;

/// What these can be answered with, beside success and what any request can.
const PROBLEMS: [u16; 6] = [401, 403, 404, 429, 500, 503];

/// Each operation with its path.
pub(super) fn operations() -> [(&'static str, Operation); 3] {
    let head = "A checkpoint (c2sp.org/tlog-checkpoint): origin, number of events, root of the Merkle tree (RFC 6962), signature.";
    let key = "A verifier key (c2sp.org/signed-note), of Ed25519.";
    let proof = "A proof (c2sp.org/tlog-proof), with the event in its `extra` line.";
    [
        (
            "/v1/log/head",
            get("getLogHead", "Reads the signed head of the log", head)
                .description("The head of the tenant's partition. Keep a copy outside the service: it reveals any later edit to the log. Needs the scope `audit`."),
        ),
        (
            "/v1/log/key",
            get("getLogKey", "Reads the public key that verifies heads", key)
                .description("The key of the tenant's partition. Keep a copy outside the service. Needs the scope `audit`."),
        ),
        (
            "/v1/customers/{ref}/events/{version}/proof",
            get("getEventProof", "Proves that an event is in the log", proof)
                .description("`dossier verify-proof` checks it offline. The proof contains the event with all metadata. Needs the scope `audit`.")
                .parameters(&[REF, VERSION]),
        ),
    ]
}

fn get(id: &str, summary: &str, description: &str) -> Operation {
    Operation::new(id, LOG, summary)
        .parameters(&METADATA_HEADERS)
        .response(200, plain(description, "text/plain"))
        .problems(&PROBLEMS)
}
