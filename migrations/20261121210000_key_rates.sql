-- Purpose:    keys that may send so many requests in a second.
-- Locks:      api_keys, for an instant: a column without a default.
-- Old code:   unaffected; it reads the columns that it knows.
-- Undo:       alter table api_keys drop column requests_per_second, after read_api_key is as it was.

alter table api_keys add column requests_per_second int check (requests_per_second > 0);

drop function read_api_key;

create function read_api_key(p_key_id text)
    returns table (key_id text, partition smallint, tenant_id uuid, name text, secret_hash bytea,
                   scopes text[], requests_per_second int, created_at timestamptz,
                   expires_at timestamptz, revoked_at timestamptz, read_at timestamptz)
    language sql stable security definer set search_path = public as $$
    select k.key_id, k.partition, k.tenant_id, k.name, k.secret_hash, k.scopes,
           k.requests_per_second, k.created_at, k.expires_at, k.revoked_at, clock_timestamp()
      from api_keys as k
     where k.key_id = p_key_id
$$;

revoke execute on function read_api_key from public;
grant execute on function read_api_key to dossier_reader;
