//! The origin of an imported history, and what was proven about it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::check::always_valid;
use crate::object::object;
use crate::text::text;

text! {
    /// The name of a key, a hash or a root, as text.
    pub struct ProofText, chars 1..=255;
}

/// The source of an import.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ImportSource {
    /// A file of `dossier export`.
    Export,
    /// The table of a postgres-es store.
    PostgresEs,
}

always_valid!(ImportSource);

object! {
    /// The origin of an imported history, and what was proven about it.
    pub struct Provenance {
        must {
            /// The source of the import.
            source: ImportSource,
            /// How many events were imported.
            events: u64,
            /// Whether a key that the operator knows signed exactly these events.
            proven: bool,
        }
        may {
            /// The SHA-256 of the file's lines before the last, in hexadecimal.
            sha256: Option<ProofText>,
            /// The name of the key that signed the file. If nothing was proven: the name in the file.
            signed_by: Option<ProofText>,
            /// How many events the source's partition of the log had, by the signed head.
            head_size: Option<u64>,
            /// The root of the Merkle tree over them, in base64.
            head_root: Option<ProofText>,
        }
    }
}
