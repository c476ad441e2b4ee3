//! Migrations: embedded, forward only.

use sqlx::migrate::{MigrateError, Migrator};
use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection as _, Executor as _, PgConnection, query_scalar};

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
    let database: String =
        query_scalar("select current_database()").fetch_one(&mut connection).await?;
    restrict_temporary(&mut connection, &database).await?;
    connection.close().await?;
    Ok(())
}

/// Lets nobody make temporary tables in `database` but its owner and [`Role::Verifier`]. PostgreSQL lets
/// everybody at first. A temporary view can take a table's name, and run its maker's functions as whoever
/// reads it. The right is the database's own: neither a copy nor a dump of a database has it.
///
/// Only the database's owner can change it. Anybody else is warned in the log.
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
