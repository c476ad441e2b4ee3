//! The login of a service that runs on a PostgreSQL of its own.

use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection as _, query, raw_sql};

use crate::connect::{Role, connect};
use crate::error::StoreError;

/// The role of the service on its private PostgreSQL. It owns and inherits nothing: a session can
/// do only what its current role may do.
pub const SERVICE_LOGIN: &str = "dossier_service";

/// Creates the role, or updates it, with this password. Roles that migrations have not created yet
/// are granted by a later call.
///
/// # Errors
///
/// [`StoreError::Unavailable`] when `owner` can't log in or may not make roles.
pub async fn prepare_login(owner: &PgConnectOptions, password: &str) -> Result<(), StoreError> {
    let mut connection = connect(owner, Role::Owner).await?;
    let mut transaction = connection.begin().await?;
    // `alter role` takes no parameters.
    query("select set_config('dossier.login_password', $1, true)")
        .bind(password)
        .execute(&mut *transaction)
        .await?;
    raw_sql(
        "do $$
         declare
             wanted text;
         begin
             if not exists (select from pg_roles where rolname = 'dossier_service') then
                 create role dossier_service;
             end if;
             execute format('alter role dossier_service with login noinherit nosuperuser nocreatedb
                             nocreaterole noreplication nobypassrls password %L',
                            current_setting('dossier.login_password'));
             foreach wanted in array
                 array['dossier_writer', 'dossier_reader', 'dossier_projector', 'dossier_key_manager']
             loop
                 if exists (select from pg_roles where rolname = wanted)
                    and not pg_has_role('dossier_service', wanted, 'member') then
                     execute format('grant %I to dossier_service', wanted);
                 end if;
             end loop;
         end
         $$",
    )
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await?;
    connection.close().await?;
    Ok(())
}
