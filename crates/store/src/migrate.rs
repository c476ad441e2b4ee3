//! Migrations: embedded, forward only.

use sqlx::migrate::{MigrateError, Migrator};
use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection as _, Executor as _, PgConnection, query_scalar};

use crate::connect::{Role, connect};
use crate::error::StoreError;
use crate::remedy;

/// The migrations of this version.
pub static MIGRATOR: Migrator = sqlx::migrate!("../../migrations");

/// Migrates the database to this version. Does nothing if it is already there.
///
/// # Errors
///
/// [`StoreError::Unfit`] if a migration fails (it is rolled back; earlier ones stay) or if a newer
/// version migrated the database.
pub async fn migrate(options: &PgConnectOptions) -> Result<(), StoreError> {
    let mut connection = connect(options, Role::Owner).await?;
    MIGRATOR.run(&mut connection).await.map_err(|error| unfit(&error, options.get_username()))?;
    let database: String =
        query_scalar("select current_database()").fetch_one(&mut connection).await?;
    restrict_temporary(&mut connection, &database).await?;
    connection.close().await?;
    Ok(())
}

/// Allows only the owner of `database` and [`Role::Verifier`] to create temporary tables. By
/// default PostgreSQL allows everybody. A temporary view can shadow a table and run its creator's
/// functions as its reader. The right belongs to the database: copies and dumps do not have it.
///
/// Only the owner can change this. PostgreSQL logs a warning for others.
///
/// # Errors
///
/// [`StoreError::Unavailable`] when PostgreSQL can't be asked.
pub async fn restrict_temporary(
    connection: &mut PgConnection,
    database: &str,
) -> Result<(), StoreError> {
    let rights: Vec<String> = query_scalar(
        "select case role
                    when 'public' then format('revoke temporary on database %I from public', d.datname)
                    else format('grant temporary on database %I to %I', d.datname, role)
                end
           from pg_database as d
           join pg_roles as o on o.oid = d.datdba
          cross join unnest(array['public', 'dossier_verifier']) with ordinality as r(role, nth)
          where d.datname = $1 and pg_has_role(o.oid, 'usage')
            and exists (select from aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) as a
                         where a.privilege_type = 'TEMPORARY'
                           and a.grantee = coalesce(to_regrole(nullif(role, 'public')), 0))
                = (role = 'public')
          order by nth",
    )
    .bind(database)
    .fetch_all(&mut *connection)
    .await?;
    for right in rights {
        connection.execute(&*right).await?;
    }
    let open: bool = query_scalar("select has_database_privilege('public', $1, 'temporary')")
        .bind(database)
        .fetch_one(connection)
        .await?;
    if open {
        tracing::warn!(
            database,
            "everybody can make temporary tables in the database {database}: as its owner, run \
             `revoke temporary on database … from public` and \
             `grant temporary on database … to dossier_verifier`"
        );
    }
    Ok(())
}

fn unfit(error: &MigrateError, login: &str) -> StoreError {
    let mut remedy = String::new();
    if let MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) = error
        && let Some(found) = remedy::of(error, login)
    {
        remedy = format!("; {found}");
    }
    StoreError::Unfit(format!("the schema can't be brought to this version: {error}{remedy}"))
}

/// Which schema a database has.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Schema {
    /// None: nothing was migrated.
    Missing,
    /// That of an older version, or an incomplete one.
    Older,
    /// That of this version or a newer one. Also if the login may not read it: then its next
    /// statement says which right it lacks.
    Current,
}

/// Which schema the database has. Works before there are tables or roles.
///
/// # Errors
///
/// [`StoreError::Unavailable`] when the login is refused or PostgreSQL can't be asked.
pub async fn schema(options: &PgConnectOptions) -> Result<Schema, StoreError> {
    let mut connection = connect(options, Role::Owner).await?;
    let readable: Option<bool> = query_scalar(
        "select has_table_privilege(to_regclass('public._sqlx_migrations'), 'select')",
    )
    .fetch_one(&mut connection)
    .await?;
    let found = match readable {
        None => Schema::Missing,
        Some(true) => applied(&mut connection).await?,
        // A login that doesn't inherit has the right only as one of its roles.
        Some(false) => {
            connection.close().await?;
            match connect(options, Role::Writer).await {
                Ok(writer) => connection = writer,
                Err(_) => return Ok(Schema::Current),
            }
            applied(&mut connection).await?
        }
    };
    connection.close().await?;
    Ok(found)
}

/// Refuses a database with an older schema.
pub(crate) async fn require_schema(connection: &mut PgConnection) -> Result<(), StoreError> {
    let migrated: bool = query_scalar("select to_regclass('public._sqlx_migrations') is not null")
        .fetch_one(&mut *connection)
        .await?;
    if migrated && applied(connection).await? == Schema::Current {
        return Ok(());
    }
    Err(StoreError::Unfit("the database lacks migrations: run `dossier migrate`".to_owned()))
}

/// Whether all migrations of this version were applied.
async fn applied(connection: &mut PgConnection) -> Result<Schema, StoreError> {
    let found: Vec<i64> = query_scalar("select version from _sqlx_migrations where success")
        .fetch_all(connection)
        .await?;
    Ok(if found.is_empty() {
        Schema::Missing
    } else if MIGRATOR.iter().all(|migration| found.contains(&migration.version)) {
        Schema::Current
    } else {
        Schema::Older
    })
}
