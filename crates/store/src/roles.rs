//! The roles that the service works as. Migrations create them; a dump of a database has none.

use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection as _, raw_sql};

use crate::connect::{Role, connect};
use crate::error::StoreError;

/// Creates the roles that are missing, with the memberships that migrations give them. For a server to
/// which a dump is restored.
///
/// # Errors
///
/// [`StoreError::Unavailable`] when the login may not create roles.
pub async fn create_roles(owner: &PgConnectOptions) -> Result<(), StoreError> {
    let mut connection = connect(owner, Role::Owner).await?;
    raw_sql(
        "do $$
         declare
             wanted text;
         begin
             foreach wanted in array array['dossier_writer', 'dossier_reader', 'dossier_projector',
                                           'dossier_verifier', 'dossier_key_admin', 'dossier_key_manager']
             loop
                 if not exists (select from pg_roles where rolname = wanted) then
                     execute format('create role %I nologin', wanted);
                 end if;
                 if not pg_has_role(current_user, wanted, 'member') then
                     execute format('grant %I to %I', wanted, current_user);
                 end if;
             end loop;
             if not pg_has_role('dossier_verifier', 'dossier_projector', 'member') then
                 grant dossier_projector to dossier_verifier;
             end if;
             if not pg_has_role('dossier_key_admin', 'dossier_writer', 'member') then
                 grant dossier_writer to dossier_key_admin;
             end if;
             if not pg_has_role('dossier_key_manager', 'dossier_writer', 'member') then
                 grant dossier_writer to dossier_key_manager;
             end if;
         end
         $$",
    )
    .execute(&mut connection)
    .await?;
    connection.close().await?;
    Ok(())
}
