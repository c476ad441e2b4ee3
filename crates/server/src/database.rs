//! The database that a command works on: a configured one, or a private one that is started for it.

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::str::FromStr as _;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgSslMode};
use store::cqrs::make_view_tables;
use store::{Limits, Options, OutageCause, ReplicaOptions, Schema, StoreError};

use crate::config::{Config, count, environment};
use crate::postgres::{self, Data, Postgres, PostgresError, Restarter};

/// Why there is no database.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// The URL is not valid.
    #[error("DATABASE_URL must be a PostgreSQL URL: postgres://user:password@host/database")]
    Url,
    /// The replica's URL is not valid.
    #[error(
        "DATABASE_REPLICA_URL must be a PostgreSQL URL: postgres://user:password@host/database"
    )]
    ReplicaUrl,
    /// A private PostgreSQL has no replica.
    #[error("DATABASE_REPLICA_URL needs DATABASE_URL: the private PostgreSQL has no standby")]
    ReplicaOfPrivate,
    /// There is no directory for the private PostgreSQL's data.
    #[error("there is no home directory for the data: name a directory with --data-dir")]
    NoDataDir,
    /// The private PostgreSQL could not be started.
    #[error(transparent)]
    Postgres(#[from] PostgresError),
    /// The service's login could not be created on it.
    #[error("creating the service's login failed")]
    Login(#[source] StoreError),
    /// Its schema can't be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// It has data, which a restore never replaces.
    #[error("the database is not empty: restore into a new one; nothing was changed")]
    NotEmpty,
    /// There is none, or it lacks migrations. The text says what to run. Nothing was changed.
    #[error("{0}")]
    Unprepared(String),
}

impl DatabaseError {
    /// Whether there is no database to work on, or it lacks migrations.
    pub(crate) fn is_no_database(&self) -> bool {
        matches!(self, Self::Unprepared(_) | Self::Postgres(PostgresError::NoData { .. }))
    }
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
    /// or else started now. It must exist and be migrated: only `serve` creates one.
    ///
    /// # Errors
    ///
    /// A [`DatabaseError`] that says what to do.
    pub async fn open(config: &Config) -> Result<Self, DatabaseError> {
        let database = Box::pin(Self::open_existing(config)).await?;
        database.with_schema(&[Schema::Current]).await
    }

    /// Closes the database if its schema is none of `accepted`.
    async fn with_schema(self, accepted: &[Schema]) -> Result<Self, DatabaseError> {
        match self.require_schema(accepted).await {
            Ok(()) => Ok(self),
            Err(error) => {
                // The first error is the one to report; this one is logged.
                let _ = self.close().await;
                Err(error)
            }
        }
    }

    /// Refuses a database whose schema is none of `accepted`.
    ///
    /// # Errors
    ///
    /// [`DatabaseError::Unprepared`], or those of [`store::schema`].
    pub async fn require_schema(&self, accepted: &[Schema]) -> Result<(), DatabaseError> {
        let found = match store::schema(&self.owner).await {
            Ok(found) => found,
            Err(StoreError::Unavailable(outage)) if outage.cause() == OutageCause::NoDatabase => {
                let name = self.owner.get_database().unwrap_or_default();
                return Err(DatabaseError::Unprepared(format!(
                    "there is no database {name} on the server: run `create database {name}` there as its \
                     later owner, then `dossier migrate`"
                )));
            }
            Err(error) => return Err(error.into()),
        };
        if accepted.contains(&found) {
            return Ok(());
        }
        let private = self.data_dir().map(|data_dir| data_dir.display());
        Err(DatabaseError::Unprepared(match (found, private) {
            (Schema::Missing, Some(data_dir)) => {
                format!(
                    "the database in {data_dir} is empty: run `dossier serve`, which completes it"
                )
            }
            (Schema::Missing, None) => {
                "the database is empty: run `dossier migrate` as the login that is to own it"
                    .to_owned()
            }
            (Schema::Older | Schema::Current, _) => {
                "the database lacks migrations: run `dossier migrate` as its owner".to_owned()
            }
        }))
    }

    /// Like [`Database::open`], with a schema of any version or, on a configured one, without.
    ///
    /// # Errors
    ///
    /// A [`DatabaseError`] that says what to do.
    pub async fn open_to_migrate(config: &Config) -> Result<Self, DatabaseError> {
        let database = Box::pin(Self::open_existing(config)).await?;
        let mut accepted = vec![Schema::Older, Schema::Current];
        if database.private.is_none() {
            accepted.push(Schema::Missing);
        }
        database.with_schema(&accepted).await
    }

    /// The configured database, or a private one that exists.
    async fn open_existing(config: &Config) -> Result<Self, DatabaseError> {
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
        Self::connect(config, Data::Existing).await
    }

    /// The configured database, or a private one that is started now. The private one is created the first
    /// time.
    ///
    /// # Errors
    ///
    /// A [`DatabaseError`] that says what to do.
    pub async fn start(config: &Config) -> Result<Self, DatabaseError> {
        Self::connect(config, Data::Created).await
    }

    /// The standby that answers reads, if one is configured.
    ///
    /// # Errors
    ///
    /// [`DatabaseError::ReplicaUrl`] and [`DatabaseError::ReplicaOfPrivate`].
    pub fn replica(config: &Config) -> Result<Option<ReplicaOptions>, DatabaseError> {
        let Some(url) = &config.database_replica_url else { return Ok(None) };
        if config.database_url.is_none() {
            return Err(DatabaseError::ReplicaOfPrivate);
        }
        let database = parse(url.expose()).map_err(|_| DatabaseError::ReplicaUrl)?;
        let database = encrypted(database, url.expose(), config);
        if let Some(problem) = unverified(&database) {
            tracing::warn!(host = database.get_host(), "{problem}");
        }
        let lag_max = Duration::from_millis(config.database_replica_lag_ms.into());
        Ok(Some(ReplicaOptions { database, lag_max }))
    }

    async fn connect(config: &Config, data: Data) -> Result<Self, DatabaseError> {
        if let Some(url) = &config.database_url {
            let options = encrypted(parse(url.expose())?, url.expose(), config);
            if let Some(problem) = unverified(&options) {
                tracing::warn!(host = options.get_host(), "{problem}");
            }
            return Ok(Self { owner: options.clone(), options, private: None });
        }
        let data_dir = data_dir(config)?;
        let options = postgres::Options { data, ..private_options(config)? };
        let postgres = Postgres::start(options).await?;
        let owner = parse(&postgres.url())?;
        let options = parse(&postgres.service_login().1)?;
        let private = Some(Private { data_dir, postgres: Some(postgres) });
        let database = Self { options, owner, private };
        if let Err(error) = database.prepare_login().await {
            // The first error is the one to report; this one is logged.
            let _ = database.close().await;
            return Err(DatabaseError::Login(error));
        }
        Ok(database)
    }

    /// A private database that was just copied from a backup, started now.
    ///
    /// # Errors
    ///
    /// A [`DatabaseError`] that says what to do.
    pub async fn start_restored(config: &Config) -> Result<Self, DatabaseError> {
        Self::connect(config, Data::Restored).await
    }

    /// The configured database, which must have no schema yet.
    ///
    /// # Errors
    ///
    /// [`DatabaseError::NotEmpty`], and those of [`store::schema`].
    pub async fn open_empty(config: &Config) -> Result<Self, DatabaseError> {
        let database = Box::pin(Self::open_existing(config)).await?;
        match store::schema(&database.owner).await? {
            Schema::Missing => Ok(database),
            Schema::Older | Schema::Current => Err(DatabaseError::NotEmpty),
        }
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
        match self.postgres() {
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
            lower_priority: self.postgres().map(Postgres::lowering_priority),
            writers: Limits {
                queue_max: count(config.queue_max),
                batch_max: count(config.batch_max),
                connections_max: count(config.writer_connections_max),
            },
            projections: config.projections.clone(),
            last_read_bytes: count(config.history_memory_mib).saturating_mul(1 << 20),
            read_memory_bytes: count(config.read_memory_mib).saturating_mul(1 << 20),
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
        let died = self.postgres().map(Postgres::died);
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
        self.postgres().map(Postgres::restarter)
    }

    /// The private PostgreSQL, if it was started here.
    fn postgres(&self) -> Option<&Postgres> {
        self.private.as_ref()?.postgres.as_ref()
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

/// How a private PostgreSQL is run by default.
///
/// # Errors
///
/// [`DatabaseError::NoDataDir`].
pub(crate) fn private_options(config: &Config) -> Result<postgres::Options, DatabaseError> {
    Ok(postgres::Options {
        data_dir: data_dir(config)?,
        bin_dir: config.pg_bin_dir.clone(),
        user: config.pg_user.clone(),
        memory_mib: config.pg_memory_mib,
        ..postgres::Options::default()
    })
}

/// The directory of a private database.
///
/// # Errors
///
/// [`DatabaseError::NoDataDir`].
pub(crate) fn data_dir(config: &Config) -> Result<PathBuf, DatabaseError> {
    let data_dir = config.data_dir.clone().or_else(|| postgres::default_data_dir(environment));
    data_dir.ok_or(DatabaseError::NoDataDir)
}

#[cfg(test)]
mod tests;
