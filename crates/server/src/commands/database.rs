//! The database that a command works on: one's own, or a private one that is started for it.

use std::path::{Path, PathBuf};
use std::str::FromStr as _;

use sqlx::postgres::PgConnectOptions;
use store::{Limits, Options};

use crate::config::{Config, count, environment};
use crate::postgres::{self, Postgres, PostgresError, Restarter};

/// Why there is no database.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// The URL can't be used.
    #[error("DATABASE_URL can't be used: it must be a PostgreSQL URL")]
    Url,
    /// There is no place for the private PostgreSQL's data.
    #[error("there is no home directory for the data: name a directory with --data-dir")]
    NoDataDir,
    /// The private PostgreSQL could not be started.
    #[error(transparent)]
    Postgres(#[from] PostgresError),
}

/// A database to work on.
#[derive(Debug)]
pub struct Database {
    options: PgConnectOptions,
    private: Option<Private>,
}

#[derive(Debug)]
struct Private {
    data_dir: PathBuf,
    /// Nothing when another process runs it.
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
            let private = Private { data_dir: data_dir(config)?, postgres: None };
            return Ok(Self { options: parse(&url)?, private: Some(private) });
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
            return Ok(Self { options: parse(url.expose())?, private: None });
        }
        let data_dir = data_dir(config)?;
        let options = postgres::Options {
            data_dir: data_dir.clone(),
            bin_dir: config.pg_bin_dir.clone(),
            user: config.pg_user.clone(),
            settings: Vec::new(),
        };
        let postgres = Postgres::start(options).await?;
        let options = parse(&postgres.url())?;
        Ok(Self { options, private: Some(Private { data_dir, postgres: Some(postgres) }) })
    }

    /// How to connect.
    #[must_use]
    pub fn options(&self) -> &PgConnectOptions {
        &self.options
    }

    /// How to open the store on it, without followers.
    #[must_use]
    pub fn store_options(&self, config: &Config) -> Options {
        Options {
            readers_max: config.database_connections_max,
            writers: Limits {
                queue_max: count(config.queue_max),
                batch_max: count(config.batch_max),
                connections_max: count(config.writer_connections_max),
            },
            last_read_bytes: count(config.history_memory_mib).saturating_mul(1 << 20),
            ..Options::new(self.options.clone())
        }
    }

    /// The directory of a private database; nothing when it is one's own.
    #[must_use]
    pub fn data_dir(&self) -> Option<&Path> {
        self.private.as_ref().map(|private| &*private.data_dir)
    }

    /// Waits until a private PostgreSQL ends by itself, and says how. For one's own: for ever.
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

    /// What restarts a private PostgreSQL that was started for this; nothing for one's own.
    #[must_use]
    pub fn restarter(&self) -> Option<Restarter> {
        let postgres = self.private.as_ref().and_then(|private| private.postgres.as_ref());
        postgres.map(Postgres::restarter)
    }

    /// Stops a private PostgreSQL that was started for this.
    ///
    /// # Errors
    ///
    /// [`PostgresError::NotStopped`]; nothing is lost by that.
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

fn data_dir(config: &Config) -> Result<PathBuf, DatabaseError> {
    let data_dir = config.data_dir.clone().or_else(|| postgres::default_data_dir(environment));
    data_dir.ok_or(DatabaseError::NoDataDir)
}
