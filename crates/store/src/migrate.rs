//! Migrations: embedded, forward only.

use sqlx::migrate::{MigrateError, Migrator};
use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection as _, PgConnection, query_scalar};

use crate::connect::{Role, connect};
use crate::error::StoreError;

/// The migrations of this version.
pub static MIGRATOR: Migrator = sqlx::migrate!("../../migrations");

/// Brings the database's schema to this version. Does nothing when it is there already.
///
/// # Errors
///
/// [`StoreError::Unfit`] when a migration fails (it is rolled back; those before it stay) or when
/// the database was migrated by a newer version.
pub async fn migrate(options: &PgConnectOptions) -> Result<(), StoreError> {
    let mut connection = connect(options, Role::Owner).await?;
    MIGRATOR.run(&mut connection).await.map_err(|error| unfit(&error))?;
    connection.close().await?;
    Ok(())
}

fn unfit(error: &MigrateError) -> StoreError {
    StoreError::Unfit(format!("the schema can't be brought to this version: {error}"))
}

/// Refuses a database whose schema isn't this version's or a later one's.
pub(crate) async fn require_schema(connection: &mut PgConnection) -> Result<(), StoreError> {
    let migrated: bool = query_scalar("select to_regclass('public._sqlx_migrations') is not null")
        .fetch_one(&mut *connection)
        .await?;
    let applied: Option<i64> = if migrated {
        query_scalar("select max(version) from _sqlx_migrations where success")
            .fetch_one(connection)
            .await?
    } else {
        None
    };
    let wanted = MIGRATOR.iter().map(|migration| migration.version).max();
    if applied >= wanted {
        return Ok(());
    }
    Err(StoreError::Unfit("the database lacks migrations: run `dossier migrate`".to_owned()))
}
