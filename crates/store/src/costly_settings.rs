//! Settings of PostgreSQL that make the service slow.

use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection as _, query_scalar};

use crate::connect::{Role, connect};
use crate::error::StoreError;

/// The settings of the server that cost much, each with its value and a better one. An empty list if there
/// are none.
///
/// # Errors
///
/// [`StoreError::Unavailable`] when PostgreSQL can't be asked.
pub async fn costly_settings(database: &PgConnectOptions) -> Result<Vec<String>, StoreError> {
    let mut connection = connect(database, Role::Reader).await?;
    // Memory of the machine isn't known, so buffers count as few only for a database that is much larger.
    let found = query_scalar(
        "select format('%s is %s, better %s', s.name, current_setting(s.name), w.better)
           from (values ('checkpoint_timeout', '10min or more', 600),
                        ('max_wal_size', '4GB or more', 4096),
                        ('shared_buffers', 'a quarter of the memory',
                         least(131072, pg_database_size(current_database()) / 8192 / 8)))
                as w(name, better, enough)
           join pg_settings as s on s.name = w.name
          where case when s.name = w.name then s.setting::bigint end < w.enough
          union all
         select format('%s is %s, better %s', s.name, s.setting, w.better)
           from (values ('wal_compression', 'lz4'), ('autovacuum', 'on')) as w(name, better)
           join pg_settings as s on s.name = w.name
          where s.setting = 'off'
          order by 1",
    )
    .fetch_all(&mut connection)
    .await?;
    connection.close().await?;
    Ok(found)
}
