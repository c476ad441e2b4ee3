//! Which role of a person acts by which API key.

use std::fmt;
use std::str::FromStr;

/// The length of a key's id, in hexadecimal digits.
const KEY_ID_DIGITS: usize = 16;

/// Roles with the ids of API keys, in the order in which they are looked for.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Roles(Vec<(String, String)>);

/// The text is no list of roles and keys.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("must be roles with the ids of API keys, separated by commas: support=0123456789abcdef")]
pub struct NotRoles;

impl Roles {
    /// The key of the first role that a person has.
    pub(crate) fn key_of(&self, has: impl Fn(&str) -> bool) -> Option<&str> {
        self.0.iter().find(|(role, _)| has(role)).map(|(_, key_id)| &**key_id)
    }

    /// Whether a role acts by this key.
    #[must_use]
    pub fn names_key(&self, key_id: &str) -> bool {
        self.0.iter().any(|(_, known)| known == key_id)
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromStr for Roles {
    type Err = NotRoles;

    fn from_str(text: &str) -> Result<Self, NotRoles> {
        let roles = text.split(',').map(|pair| {
            let (role, key_id) = pair.rsplit_once('=')?;
            let (role, key_id) = (role.trim(), key_id.trim());
            let digits = key_id.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
            let valid = !role.is_empty() && key_id.len() == KEY_ID_DIGITS && digits;
            valid.then(|| (role.to_owned(), key_id.to_owned()))
        });
        roles.collect::<Option<_>>().map(Self).ok_or(NotRoles)
    }
}

impl fmt::Display for Roles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (nth, (role, key_id)) in self.0.iter().enumerate() {
            let before = if nth == 0 { "" } else { ", " };
            write!(f, "{before}{role}={key_id}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_role_in_the_list_that_a_person_has_counts() {
        let text = "admin=00000000000000aa, a=b=00000000000000bb,read=00000000000000cc";
        let roles: Roles = text.parse().expect("roles");
        assert_eq!(roles.key_of(|role| ["read", "a=b"].contains(&role)), Some("00000000000000bb"));
        assert_eq!(roles.key_of(|role| role == "Admin"), None);
        assert!(roles.names_key("00000000000000cc") && !roles.names_key("00000000000000dd"));
        assert_eq!(roles.to_string().parse(), Ok(roles));
        for text in [
            "",
            "admin",
            "admin=",
            "=00000000000000aa",
            "admin=00000000000000AA",
            "admin=aa",
            "a=00000000000000aa,",
        ] {
            assert_eq!(text.parse::<Roles>(), Err(NotRoles), "{text}");
        }
    }
}
