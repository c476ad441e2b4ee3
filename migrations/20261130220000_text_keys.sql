-- Purpose:    searches compare texts as the service does: by their normal form, and where they ask for a part of a
--             text without case, accents and width. Lists of customers are made by logic 3: their words and names
--             are folded, their e-mail addresses, external ids and labels are keys.
-- Locks:      short, on projections.
-- Old code:   unaffected: it goes on with the rows of logic 2 until the new code has rebuilt them.
-- Undo:       rebuild customer_list with the old code; customer_search_clause as in
--             20261121190000_customer_search.sql; drop function text_key, text_folded.

-- A text in normal form, as `domain::text::key` makes it.
create function text_key(p_text text)
    returns text language sql immutable
    return case when octet_length(p_text) = char_length(p_text) then p_text else normalize(p_text, nfc) end;

-- A text without case, accents and width, to be compared with another one. In upper case no letter depends on its
-- neighbours. Without ICU the case is that of the database's locale.
do $do$
declare
    folding constant text := coalesce(
        (select format('%I', collname) from pg_catalog.pg_collation
          where collname = 'und-x-icu' and collnamespace = 'pg_catalog'::regnamespace), '"default"');
begin
    execute format($create$
        create function text_folded(p_text text)
            returns text language sql immutable
            return case when octet_length(p_text) = char_length(p_text) then upper(p_text collate "C")
                        else regexp_replace(normalize(upper(normalize(p_text, nfkd) collate %s), nfkd),
                                            '[\u0300-\u036f]', '', 'g') collate "C" end
    $create$, folding);
end
$do$;

create or replace function customer_search_clause(p_asked jsonb)
    returns text language plpgsql immutable as $$
declare
    clause text := 'l.partition = $1 and l.tenant_id = $2';
    asked jsonb;
    value text;
    -- What is compared of the value. The list's columns are keys already.
    key text;
    kind text;
    one text;
    every text;
begin
    for nth in 0 .. jsonb_array_length(p_asked) - 1 loop
        asked := p_asked -> nth;
        value := customer_search_value(asked, format('$3 #>> ''{%s,path}''', nth));
        key := case when asked ? 'column' then value else format('public.text_key(%s)', value) end;
        kind := case when asked ->> 'column' in ('customer_id', 'parent_id', 'labels') then 'uuid'
                     when asked ->> 'column' in ('created_at', 'updated_at') then 'timestamptz'
                     else 'text' end;
        one := format('$4[%s]::%s', (asked ->> 'first')::integer, kind);
        every := format('($4[%s:%s])::%s[]', (asked ->> 'first')::integer,
                        (asked ->> 'last')::integer, kind);
        clause := clause || ' and ' || case asked ->> 'test'
            when 'is'           then format('%s = %s', key, one)
            when 'in'           then format('%s = any (%s)', key, every)
            when 'not_in'       then format('(%s = any (%s)) is not true', key, every)
            when 'has'          then format('%s @> %s', value, every)
            when 'before'       then format('%s < %s', value, one)
            when 'until'        then format('%s <= %s', value, one)
            when 'after'        then format('%s > %s', value, one)
            when 'from'         then format('%s >= %s', value, one)
            when 'contains'     then format('strpos(public.text_folded(%s), public.text_folded(%s)) > 0',
                                            value, one)
            when 'not_contains' then format('strpos(public.text_folded(%s), public.text_folded(%s)) = 0',
                                            value, one)
        end;
    end loop;
    return clause;
end
$$;

revoke execute on function text_key, text_folded from public;

-- Where nothing has happened yet there is nothing to rebuild.
update projections
   set logic_version = 3
 where name = 'customer_list' and logic_version = 2
   and not exists (select from log_heads where position > 0);
