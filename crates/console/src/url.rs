//! The addresses of pages. They are permanent: people paste them into tickets.

use std::fmt::Write as _;

use uuid::Uuid;

/// The audit of the tenant.
pub(crate) const AUDIT: &str = "/console/audit";
/// Who looked at what.
pub(crate) const READS: &str = "/console/reads";
/// The keys of the tenant.
pub(crate) const KEYS: &str = "/console/keys";
/// Operations.
pub(crate) const OPERATIONS: &str = "/console/operations";

/// A customer's page.
pub(crate) fn customer(id: Uuid) -> String {
    format!("/console/customers/{id}")
}

/// The customer as it was at a version.
pub(crate) fn at(id: Uuid, version: i64) -> String {
    format!("/console/customers/{id}?version={version}")
}

/// The page of one event.
pub(crate) fn event(id: Uuid, version: i64) -> String {
    format!("/console/customers/{id}/events/{version}")
}

/// What differs between two versions.
pub(crate) fn diff(id: Uuid, from: i64, to: i64) -> String {
    format!("/console/customers/{id}/diff?from={from}&to={to}")
}

/// What can be changed of a customer.
pub(crate) fn change(id: Uuid) -> String {
    format!("/console/customers/{id}/change")
}

/// The form that undoes the event that made a version.
pub(crate) fn undo(id: Uuid, version: i64) -> String {
    format!("/console/customers/{id}/change/undo-event?version={version}")
}

/// The form that goes back to a version.
pub(crate) fn revert(id: Uuid, version: i64) -> String {
    format!("/console/customers/{id}/change/revert-to?version={version}")
}

/// The group of a customer.
pub(crate) fn group(id: Uuid) -> String {
    format!("/console/customers/{id}/group")
}

/// A path with these parameters; those without a value are left out.
pub(crate) fn query(path: &str, parameters: &[(&str, &str)]) -> String {
    let mut url = path.to_owned();
    let mut sign = if path.contains('?') { '&' } else { '?' };
    for (name, value) in parameters.iter().filter(|(_, value)| !value.is_empty()) {
        url.push(sign);
        escape(&mut url, name);
        url.push('=');
        escape(&mut url, value);
        sign = '&';
    }
    url
}

/// A text as a part of a path or a query.
pub(crate) fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    escape(&mut escaped, text);
    escaped
}

fn escape(url: &mut String, text: &str) {
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                url.push(char::from(byte));
            }
            // Writing to a string can't fail.
            byte => drop(write!(url, "%{byte:02X}")),
        }
    }
}

/// The text, if it is an address within the console.
///
/// Sign-in leads people to such addresses and to no others.
pub(crate) fn within(text: &str) -> Option<&str> {
    let rest = text.strip_prefix("/console")?;
    let begins = rest.is_empty() || rest.starts_with('/') || rest.starts_with('?');
    let plain = text.bytes().all(|byte| matches!(byte, b'!'..=b'~') && byte != b'\\');
    let whole = text.len() <= 2_000;
    let loops = rest.starts_with("/login") || rest.starts_with("/logout");
    (begins && plain && whole && !loops).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_escaped_and_empty_ones_left_out() {
        let parameters = [("actor", "Ada & Co"), ("field", ""), ("reason", "ü=1")];
        assert_eq!(query("/console?a=1", &[("b", "2")]), "/console?a=1&b=2");
        assert_eq!(
            query("/console", &parameters),
            "/console?actor=Ada%20%26%20Co&reason=%C3%BC%3D1"
        );
    }

    #[test]
    fn people_are_led_to_places_within_the_console_only() {
        for place in ["/console", "/console?q=ada", "/console/customers/1?version=2#x"] {
            assert_eq!(within(place), Some(place));
        }
        for place in [
            "//evil.example/console",
            "https://evil.example",
            "/consoles",
            "/console\\@evil",
            "/v1/customers",
            "/console/login?to=/console",
            "/console/\r\nSet-Cookie: a=b",
            "",
        ] {
            assert_eq!(within(place), None, "{place}");
        }
    }
}
