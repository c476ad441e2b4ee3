//! The database that a command works on: a configured one, or a private one that is started for it.

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::str::FromStr as _;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgSslMode};
use store::cqrs::make_view_tables;
use store::{Limits, Options, StoreError};

use crate::config::{Config, count, environment};
use crate::postgres::{self, Postgres, PostgresError, Restarter};

/// Why there is no database.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// The URL is not valid.
    #[error("DATABASE_URL must be a PostgreSQL URL: postgres://user:password@host/database")]
    Url,
    /// There is no directory for the private PostgreSQL's data.
    #[error("there is no home directory for the data: name a directory with --data-dir")]
    NoDataDir,
    /// The private PostgreSQL could not be started.
    #[error(transparent)]
    Postgres(#[from] PostgresError),
    /// The service's login could not be created on it.
    #[error("creating the service's login failed")]
    Login(#[from] StoreError),
}

/// A database to work on.
#[derive(Debug)]
pub struct Database {
    /// As the service logs in.
    options: PgConnectOptions,
    /// As the owner of a private database logs in. The same as `options` for a configured one.
    owner: PgConnectOptions,
    private: Option<Private>,
}

#[derive(Debug)]
struct Private {
    data_dir: PathBuf,
    /// Absent when another process runs it.
    postgres: Option<Postgres>,
}

impl Database {
    /// The configured database, or a private one: that of a service that runs on the same directory,
    /// or else started now.
    ///
    /// # Errors
    ///
    /// A [`DatabaseError`] that says what to do.
    pub async fn open(config: &Config) -> Result<Self, DatabaseError> {
        if config.database_url.is_none()
            && let Some(url) = postgres::running_url(&data_dir(config)?).await
        {
            let owner = parse(&url)?;
            let options = match postgres::running_service_url(&data_dir(config)?).await {
                Some(url) => parse(&url)?,
                None => owner.clone(),
            };
            let private = Private { data_dir: data_dir(config)?, postgres: None };
            return Ok(Self { options, owner, private: Some(private) });
        }
        Self::start(config).await
    }

    /// The configured database, or a private one that is started now.
    ///
    /// # Errors
    ///
    /// A [`DatabaseError`] that says what to do.
    pub async fn start(config: &Config) -> Result<Self, DatabaseError> {
        if let Some(url) = &config.database_url {
            let options = encrypted(parse(url.expose())?, url.expose(), config);
            if let Some(problem) = unverified(&options) {
                tracing::warn!(host = options.get_host(), "{problem}");
            }
            return Ok(Self { owner: options.clone(), options, private: None });
        }
        let data_dir = data_dir(config)?;
        let options = postgres::Options {
            data_dir: data_dir.clone(),
            bin_dir: config.pg_bin_dir.clone(),
            user: config.pg_user.clone(),
            settings: Vec::new(),
        };
        let postgres = Postgres::start(options).await?;
        let owner = parse(&postgres.url())?;
        let options = parse(&postgres.service_login().1)?;
        let private = Some(Private { data_dir, postgres: Some(postgres) });
        let database = Self { options, owner, private };
        if let Err(error) = database.prepare_login().await {
            // The first error is the one to report; this one is logged.
            let _ = database.close().await;
            return Err(error.into());
        }
        Ok(database)
    }

    /// Brings the schema to this version, as its owner.
    ///
    /// # Errors
    ///
    /// Those of [`store::migrate`] and [`store::prepare_login`].
    pub async fn migrate(&self, config: &Config) -> Result<(), StoreError> {
        store::migrate(&self.owner).await?;
        make_view_tables(&self.owner, &config.projections).await?;
        self.prepare_login().await
    }

    /// Creates the service's login on a private PostgreSQL that was started here.
    async fn prepare_login(&self) -> Result<(), StoreError> {
        match self.private.as_ref().and_then(|private| private.postgres.as_ref()) {
            Some(postgres) => store::prepare_login(&self.owner, postgres.service_login().0).await,
            None => Ok(()),
        }
    }

    /// How to connect. On a private database, as a login that owns nothing.
    #[must_use]
    pub fn options(&self) -> &PgConnectOptions {
        &self.options
    }

    /// How to connect for what no role of the service may do, such as creating keys: as the owner of a
    /// private database, or as configured.
    #[must_use]
    pub fn owner(&self) -> &PgConnectOptions {
        &self.owner
    }

    /// How to open the store on it, without followers.
    #[must_use]
    pub fn store_options(&self, config: &Config) -> Options {
        Options {
            readers_max: config.database_connections_max,
            searches_max: config.search_connections_max,
            search_timeout: Duration::from_secs(config.search_seconds.into()),
            writers: Limits {
                queue_max: count(config.queue_max),
                batch_max: count(config.batch_max),
                connections_max: count(config.writer_connections_max),
            },
            projections: config.projections.clone(),
            last_read_bytes: count(config.history_memory_mib).saturating_mul(1 << 20),
            ..Options::new(self.options.clone())
        }
    }

    /// The directory of a private database; absent for a configured one.
    #[must_use]
    pub fn data_dir(&self) -> Option<&Path> {
        self.private.as_ref().map(|private| &*private.data_dir)
    }

    /// Waits until a private PostgreSQL ends unexpectedly, and returns how. Never resolves for a configured
    /// one.
    pub fn died(&self) -> impl Future<Output = String> + Send + use<> {
        let died =
            self.private.as_ref().and_then(|private| private.postgres.as_ref()).map(Postgres::died);
        async {
            match died {
                Some(died) => died.await,
                None => std::future::pending().await,
            }
        }
    }

    /// Restarts a private PostgreSQL that was started here; absent for a configured one.
    #[must_use]
    pub fn restarter(&self) -> Option<Restarter> {
        let postgres = self.private.as_ref().and_then(|private| private.postgres.as_ref());
        postgres.map(Postgres::restarter)
    }

    /// Stops a private PostgreSQL that was started here.
    ///
    /// # Errors
    ///
    /// [`PostgresError::NotStopped`]. No data are lost.
    pub async fn close(self) -> Result<(), PostgresError> {
        match self.private.and_then(|private| private.postgres) {
            Some(postgres) => postgres.stop().await,
            None => Ok(()),
        }
    }
}

fn parse(url: &str) -> Result<PgConnectOptions, DatabaseError> {
    PgConnectOptions::from_str(url).map_err(|_| DatabaseError::Url)
}

/// `options` with the configured root certificate. It implies `verify-full` unless the URL has an `sslmode`.
fn encrypted(options: PgConnectOptions, url: &str, config: &Config) -> PgConnectOptions {
    let Some(file) = &config.database_root_cert else { return options };
    let options = options.ssl_root_cert(file);
    let (_, parameters) = url.split_once('?').unwrap_or_default();
    let has_mode = parameters
        .split('&')
        .any(|one| one.starts_with("sslmode=") || one.starts_with("ssl-mode="));
    if has_mode { options } else { options.ssl_mode(PgSslMode::VerifyFull) }
}

/// A warning if the database is on another machine and its certificate is not verified.
fn unverified(options: &PgConnectOptions) -> Option<&'static str> {
    let host = options.get_host();
    let address = host.trim_matches(['[', ']']).parse::<IpAddr>();
    let local = options.get_socket().is_some()
        || host.starts_with('/')
        || host == "localhost"
        || address.is_ok_and(|address| address.is_loopback());
    let verified = matches!(options.get_ssl_mode(), PgSslMode::VerifyCa | PgSslMode::VerifyFull);
    (!local && !verified).then_some(
        "the database's certificate is not verified: an attacker on the network can read and \
         change everything; set sslmode=verify-full in the URL, or DOSSIER_DATABASE_ROOT_CERT",
    )
}

fn data_dir(config: &Config) -> Result<PathBuf, DatabaseError> {
    let data_dir = config.data_dir.clone().or_else(|| postgres::default_data_dir(environment));
    data_dir.ok_or(DatabaseError::NoDataDir)
}

#[cfg(test)]
mod tests;
