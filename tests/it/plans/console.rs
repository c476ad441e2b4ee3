//! Pages of the console.

use tests::customer_id;

/// The maximum of blocks for a statement of a page that looks up something for each of many rows: the states of 2,000
/// customers at a time, or the last use of each key.
const BLOCKS_OF_MANY_ROWS: u64 = 10_000;

/// The pages whose statements may touch that many blocks.
pub(super) fn blocks_max(path: &str, usual: u64) -> u64 {
    let many = path == "/console/keys" || path.contains("as_of=");
    if many { usual.max(BLOCKS_OF_MANY_ROWS) } else { usual }
}

/// The pages, with filters that lead to different statements.
pub(super) fn pages() -> Vec<String> {
    let one = format!("/console/customers/{}", customer_id(1));
    let list = |asked: &[(&str, &str)]| tests::with_query("/console/customers", asked);
    let of_one = |asked: &[(&str, &str)]| tests::with_query(&one, asked);
    vec![
        list(&[]),
        list(&[("q", "nobody")]),
        list(&[("q", "+49 30 123456")]),
        list(&[("q", "acme"), ("country", "DE"), ("sort", "name")]),
        list(&[("status", "active"), ("sort", "-created_at")]),
        list(&[("as_of", "2026-01-01")]),
        of_one(&[]),
        of_one(&[("version", "1")]),
        of_one(&[("field", "/profile"), ("actor", "x")]),
        of_one(&[("reason", "ticket"), ("surface", "native")]),
        of_one(&[("unreasoned", "1"), ("from", "2026-01-01"), ("until", "2026-06-01")]),
        format!("{one}/events/1"),
        format!("{one}/diff?from=1&to=2"),
        format!("{one}/change"),
        format!("{one}/change/update-profile"),
        format!("{one}/group"),
        format!("{one}/events/1/proof"),
        "/console/audit".to_owned(),
        tests::with_query("/console/audit", &[("field", "/profile/address"), ("actor", "ada")]),
        tests::with_query("/console/audit", &[("reason", "TICKET-1850")]),
        tests::with_query("/console/audit", &[("no_reason", "yes"), ("since", "2026-01-01")]),
        "/console/reads".to_owned(),
        tests::with_query("/console/reads", &[("customer", &customer_id(1).to_string())]),
        "/console/keys".to_owned(),
    ]
}
