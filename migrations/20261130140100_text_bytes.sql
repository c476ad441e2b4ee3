-- Purpose:    pages of lists end early when their documents have too many bytes. Statements add sizes up
--             before they write documents as text; this says what a document takes.
-- Locks:      none.
-- Old code:   unaffected; it doesn't call this.
-- Undo:       drop function text_bytes;

-- JSON is stored as its text, so what is uncompressed takes as many bytes as it has. Only large documents are
-- compressed, perhaps a hundredfold, so those are measured. An SQL function without settings is inlined.
create function text_bytes(document json) returns integer language sql stable parallel safe as $$
    select case when pg_catalog.pg_column_compression(document) is null
                then pg_catalog.pg_column_size(document)
                else pg_catalog.octet_length(document::text) end
$$;
