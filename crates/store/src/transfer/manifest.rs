//! The signed manifest of an export: its tenant, the number of events, and their log.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::TenantId;
use domain::tenant::{ImportSource, Provenance};

use crate::log::{LogKey, NotSigned, TreeHead, Verifier, known_signer};
use crate::partition::Partition;

/// The first line of a manifest. Heads begin differently: with a key's name and the number of a
/// partition.
const FORMAT: &str = "dossier-export/v1";

/// The contents of a file.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Contents {
    pub(super) tenant: TenantId,
    pub(super) events: u64,
    /// The SHA-256 of all lines before the last, in hexadecimal.
    pub(super) sha256: String,
    /// The positions of the first and the last event in their log.
    pub(super) positions: (i64, i64),
}

/// Which files an import accepts.
#[derive(Clone, Debug, Default)]
pub struct Trust {
    /// The keys whose signatures prove a file.
    pub verifiers: Vec<Verifier>,
    /// Whether unsigned files are refused.
    pub signed_only: bool,
    /// Whether files are accepted without a signature of a known key. Their import is marked as
    /// unproven.
    pub unproven: bool,
}

/// The signed manifest of these contents.
pub(super) fn sign(key: &LogKey, contents: &Contents, head: &TreeHead) -> String {
    let mut text = described(&key.origin(head.partition), contents);
    // Writing to a string doesn't fail.
    let _ = writeln!(text, "head {} {}", head.size, STANDARD.encode(head.root));
    key.sign_text(head.partition, &text)
}

/// A manifest without its head.
fn described(origin: &str, contents: &Contents) -> String {
    let Contents { tenant, events, sha256, positions: (first, last) } = contents;
    format!(
        "{FORMAT}\n{origin}\ntenant {tenant}\nevents {events}\npositions {first}-{last}\nsha256 {sha256}\n"
    )
}

/// The provenance of a file with these contents and this manifest; the reason if it must not be
/// imported.
pub(super) fn prove(
    contents: &Contents,
    manifest: Option<&str>,
    trust: &Trust,
) -> Result<Provenance, &'static str> {
    let mut provenance = Provenance {
        source: ImportSource::Export,
        events: contents.events,
        proven: false,
        sha256: contents.sha256.parse().ok(),
        signed_by: None,
        head_size: None,
        head_root: None,
    };
    let Some(manifest) = manifest else {
        if trust.signed_only && !trust.unproven {
            return Err("the file isn't signed, so the given keys can't prove it; \
                        --unproven imports it anyway");
        }
        return Ok(provenance);
    };
    let (text, signatures) = manifest.split_once("\n\n").ok_or(NOT_A_MANIFEST)?;
    let text = format!("{text}\n");
    let head = read(&text, contents)?;
    provenance.signed_by = head.origin.parse().ok();
    provenance.head_size = Some(head.size);
    provenance.head_root = head.root.parse().ok();
    match known_signer(&text, signatures, &trust.verifiers) {
        Ok(name) if name == head.origin => provenance.proven = true,
        Ok(_) | Err(NotSigned::Malformed) => return Err(NOT_A_MANIFEST),
        Err(NotSigned::Forged) => {
            return Err("the signature isn't one of these lines: the file was changed");
        }
        Err(NotSigned::Unknown) if trust.unproven => {}
        Err(NotSigned::Unknown) => {
            return Err(
                "no known key has signed the file: give the public keys of the service that \
                        exported it with --key, or import it with --unproven",
            );
        }
    }
    Ok(provenance)
}

const NOT_A_MANIFEST: &str = "the signed manifest can't be read";

/// The head in a manifest, and the name of the key.
struct Head<'a> {
    origin: &'a str,
    size: u64,
    root: &'a str,
}

/// Reads a manifest, which must match these contents.
fn read<'a>(text: &'a str, contents: &Contents) -> Result<Head<'a>, &'static str> {
    let origin = text.lines().nth(1).ok_or(NOT_A_MANIFEST)?;
    let head = text
        .strip_prefix(&*described(origin, contents))
        .ok_or("the signed manifest isn't one of these lines")?;
    let head = head.strip_prefix("head ").and_then(|head| head.strip_suffix('\n'));
    let (size, root) = head.and_then(|head| head.split_once(' ')).ok_or(NOT_A_MANIFEST)?;
    let partition = origin.rsplit_once('/').and_then(|(_, number)| number.parse().ok());
    partition.and_then(Partition::new).ok_or(NOT_A_MANIFEST)?;
    Ok(Head { origin, size: size.parse().map_err(|_| NOT_A_MANIFEST)?, root })
}
