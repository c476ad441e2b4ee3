//! What several files of the document share.

use serde::{Serialize, Serializer};
use serde_json::{Map, Value, json};

/// Paths in the order of the documents, which isn't that of their names.
pub(crate) struct Paths(pub(crate) Vec<(String, Value)>);

impl Serialize for Paths {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(path, item)| (path, item)))
    }
}

/// A command and the schema of its body.
pub(super) struct Described {
    pub(super) name: &'static str,
    pub(super) summary: &'static str,
    pub(super) body: Value,
}

/// All that schemas say.
pub(super) struct Schemas {
    pub(super) customer: Vec<Described>,
    pub(super) tenant: Vec<Described>,
    pub(super) definitions: Map<String, Value>,
    /// The providers with a contract, each with the schema of its configuration.
    pub(super) contracts: Vec<(&'static str, Value)>,
}

/// A reference to the schema called `name`.
pub(super) fn schema(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}
