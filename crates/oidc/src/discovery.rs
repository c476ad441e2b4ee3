//! What a provider says about itself (`OpenID` Connect Discovery).

use serde::Deserialize;

use crate::address::{Address, may_be_used};

/// Where the document is, below the issuer.
pub(crate) const PATH: &str = "/.well-known/openid-configuration";

/// The provider's addresses.
#[derive(Debug, Deserialize)]
pub(crate) struct Document {
    issuer: String,
    /// Where people sign in.
    pub(crate) authorization_endpoint: String,
    /// Where a code is exchanged.
    pub(crate) token_endpoint: String,
    /// Where the keys are.
    pub(crate) jwks_uri: String,
    /// Where people sign out.
    pub(crate) end_session_endpoint: Option<String>,
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
}

impl Document {
    /// Reads the document of this issuer. An error says what is wrong with it.
    pub(crate) fn parse(text: &[u8], issuer: &Address) -> Result<Self, String> {
        let mut document: Self = serde_json::from_slice(text)
            .map_err(|error| format!("its configuration can't be read: {error}"))?;
        if document.issuer != issuer.as_str() {
            return Err("its configuration names another issuer".to_owned());
        }
        let Self { authorization_endpoint, token_endpoint, jwks_uri, .. } = &document;
        for address in [authorization_endpoint, token_endpoint, jwks_uri] {
            if !may_be_used(address, issuer) {
                return Err("its configuration names an address without https".to_owned());
            }
        }
        document.end_session_endpoint.take_if(|address| !may_be_used(address, issuer));
        Ok(document)
    }

    /// Whether a client's secret is sent in the header `Authorization`; otherwise it is in the form.
    pub(crate) fn takes_basic(&self) -> bool {
        let methods = self.token_endpoint_auth_methods_supported.as_ref();
        // The default of the standard.
        methods.is_none_or(|all| all.iter().any(|one| one == "client_secret_basic"))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(change: (&str, &str), expected: Result<(), &str>) {
        let at = |path: &str| format!("https://login.example.com/{path}");
        let mut document = json!({
            "issuer": "https://login.example.com",
            "authorization_endpoint": at("auth"), "token_endpoint": at("token"), "jwks_uri": at("keys"),
        });
        document[change.0] = change.1.into();
        let issuer = "https://login.example.com".parse().expect("an address");
        let parsed = Document::parse(document.to_string().as_bytes(), &issuer).map(drop);
        assert_eq!(parsed, expected.map_err(str::to_owned), "{change:?}");
    }

    #[test]
    fn a_document_is_that_of_its_issuer_and_names_secure_addresses() {
        check(("end_session_endpoint", "https://login.example.com/end"), Ok(()));
        let insecure = Err("its configuration names an address without https");
        for name in ["authorization_endpoint", "token_endpoint", "jwks_uri"] {
            check((name, "http://login.example.com/a"), insecure);
            check((name, "http://127.0.0.1/a"), insecure);
            check((name, "javascript:alert(1)"), insecure);
        }
        for issuer in ["https://login.example.com/", "https://evil.example"] {
            check(("issuer", issuer), Err("its configuration names another issuer"));
        }
    }
}
