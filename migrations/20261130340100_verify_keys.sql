-- Purpose:    `dossier verify --views` compares keys with the events that created and revoked them. Its role can't
--             read the hashes of the secrets.
-- Locks:      short, on api_keys. No row is rewritten or read.
-- Old code:   unaffected. It compares no keys.
-- Undo:       drop policy verifier_sees_all on api_keys;
--             revoke select (key_id, partition, tenant_id, name, scopes, actors, requests_per_second, created_at,
--             expires_at, revoked_at) on api_keys from dossier_verifier.

grant select (key_id, partition, tenant_id, name, scopes, actors, requests_per_second, created_at, expires_at,
              revoked_at)
   on api_keys to dossier_verifier;
create policy verifier_sees_all on api_keys for select to dossier_verifier using (true);
