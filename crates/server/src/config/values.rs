//! The types of settings: how their text is read, and how they are shown.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr as _;

use oidc::{ActorClaim, Address, NotAnActorClaim, NotAnAddress, NotRoles, Roles};
use sqlx::postgres::PgConnectOptions;

use super::setting::Setting;

/// How an absent value is shown.
pub(super) const NOT_SET: &str = "(not set)";
/// How a secret is shown.
const HIDDEN: &str = "(hidden)";

/// A setting's value.
pub(super) trait Value: Sized {
    /// Reads it. An error says what the text must be, and does not repeat it.
    fn parse(text: &str, setting: &Setting) -> Result<Self, String>;

    /// The value of a setting that nobody set and that has no default.
    fn absent() -> Option<Self> {
        None
    }

    /// How `dossier config check` shows it.
    fn show(&self) -> String;
}

impl<T: Value> Value for Option<T> {
    fn parse(text: &str, setting: &Setting) -> Result<Self, String> {
        T::parse(text, setting).map(Some)
    }

    fn absent() -> Option<Self> {
        Some(None)
    }

    fn show(&self) -> String {
        self.as_ref().map_or_else(|| NOT_SET.to_owned(), T::show)
    }
}

impl Value for u32 {
    fn parse(text: &str, setting: &Setting) -> Result<Self, String> {
        let range = setting.range.clone().unwrap_or(0..=Self::MAX);
        text.parse().ok().filter(|number| range.contains(number)).ok_or_else(|| {
            format!("must be a whole number from {} to {}", range.start(), range.end())
        })
    }

    fn show(&self) -> String {
        self.to_string()
    }
}

impl Value for String {
    fn parse(text: &str, _: &Setting) -> Result<Self, String> {
        Ok(text.to_owned())
    }

    fn show(&self) -> String {
        self.clone()
    }
}

impl Value for PathBuf {
    fn parse(text: &str, _: &Setting) -> Result<Self, String> {
        Ok(text.into())
    }

    fn show(&self) -> String {
        self.display().to_string()
    }
}

impl Value for SocketAddr {
    fn parse(text: &str, _: &Setting) -> Result<Self, String> {
        text.parse().map_err(|_| "must be an IP address and a port: 127.0.0.1:8080".to_owned())
    }

    fn show(&self) -> String {
        self.to_string()
    }
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// A line of text for people.
    Text,
    /// A line of JSON for programs.
    Json,
}

impl Value for LogFormat {
    fn parse(text: &str, _: &Setting) -> Result<Self, String> {
        match text {
            "text" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            _ => Err("must be text or json".to_owned()),
        }
    }

    fn show(&self) -> String {
        match self {
            Self::Text => "text",
            Self::Json => "json",
        }
        .to_owned()
    }
}

/// What is logged: a filter that [`tracing_subscriber::EnvFilter`] accepts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogFilter(String);

impl LogFilter {
    /// The filter's text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Value for LogFilter {
    fn parse(text: &str, _: &Setting) -> Result<Self, String> {
        match tracing_subscriber::EnvFilter::builder().parse(text) {
            Ok(_) => Ok(Self(text.to_owned())),
            Err(_) => Err("must be a filter such as info or info,sqlx=warn".to_owned()),
        }
    }

    fn show(&self) -> String {
        self.0.clone()
    }
}

/// Blocks of addresses.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Networks(pub Vec<http::Network>);

impl Value for Networks {
    fn parse(text: &str, _: &Setting) -> Result<Self, String> {
        let networks: Result<_, _> = text.split(',').map(|one| one.trim().parse()).collect();
        networks
            .map(Self)
            .map_err(|_| "must be IP addresses or networks: 10.0.0.0/8, 192.0.2.7".to_owned())
    }

    fn absent() -> Option<Self> {
        Some(Self::default())
    }

    fn show(&self) -> String {
        let networks: Vec<_> = self.0.iter().map(ToString::to_string).collect();
        networks.join(", ")
    }
}

impl Value for Address {
    fn parse(text: &str, _: &Setting) -> Result<Self, String> {
        text.parse().map_err(|error: NotAnAddress| error.to_string())
    }

    fn show(&self) -> String {
        self.to_string()
    }
}

impl Value for ActorClaim {
    fn parse(text: &str, _: &Setting) -> Result<Self, String> {
        text.parse().map_err(|error: NotAnActorClaim| error.to_string())
    }

    fn show(&self) -> String {
        self.to_string()
    }
}

impl Value for Roles {
    fn parse(text: &str, _: &Setting) -> Result<Self, String> {
        text.parse().map_err(|error: NotRoles| error.to_string())
    }

    fn absent() -> Option<Self> {
        Some(Self::default())
    }

    fn show(&self) -> String {
        self.to_string()
    }
}

/// A value that is never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// The value itself. Give it to what needs it, and to nothing that prints.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(HIDDEN)
    }
}

/// The only secrets are URLs of databases.
impl Value for Secret {
    fn parse(text: &str, _: &Setting) -> Result<Self, String> {
        let is_postgres = text.starts_with("postgres://") || text.starts_with("postgresql://");
        if is_postgres && PgConnectOptions::from_str(text).is_ok() {
            Ok(Self(text.to_owned()))
        } else {
            Err("must be a PostgreSQL URL: postgres://user:password@host/database".to_owned())
        }
    }

    fn show(&self) -> String {
        HIDDEN.to_owned()
    }
}
