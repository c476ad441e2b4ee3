//! A request as a command line that can be pasted into a shell.

use serde_json::Value;

/// The command line for an operation. `DOSSIER_URL` and `DOSSIER_KEY` are the reader's.
pub(super) fn line(method: &str, path: &str, operation: &Value) -> String {
    let path = path.replace("{ref}", "external:acme-001").replace("{name}", "field_changes");
    let method = if method == "get" { "" } else { "-X POST " };
    let mut line = format!("curl {method}\"$DOSSIER_URL{path}\"");
    if operation.get("security").is_none() {
        line.push_str(" \\\n  -H \"Authorization: Bearer $DOSSIER_KEY\"");
    }
    let content = operation["requestBody"]["content"].as_object().and_then(|c| c.iter().next());
    let Some((content_type, content)) = content else { return line };
    line.push_str(" \\\n  -H 'Content-Type: ");
    line.push_str(content_type);
    let example = &content["example"];
    let body = if let Some(lines) = example.as_str() {
        lines.trim_end().to_owned()
    } else if content_type.ends_with("ndjson") {
        // A line of NDJSON is one line.
        example.to_string()
    } else {
        serde_json::to_string_pretty(example).unwrap_or_default()
    };
    line.push_str("' \\\n  --data-binary '");
    line.push_str(&body.replace('\'', r"'\''"));
    line.push('\'');
    line
}
