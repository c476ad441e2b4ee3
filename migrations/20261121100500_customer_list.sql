-- Purpose:    what lists of customers are sorted, filtered and searched by; the function that looks
--             customers up in it; the key that signs how far a caller has read in a list.
-- Locks:      none (new tables, a new function).
-- Old code:   unaffected.
-- Undo:       delete from projections where name = 'customer_list';
--             drop function list_customers; drop table customer_list, cursor_key;

create table customer_list (
    partition    smallint          not null check (partition between 0 and 31),
    tenant_id    uuid              not null,
    customer_id  uuid              not null,
    version      bigint            not null check (version > 0),
    status       text collate "C"  not null,
    name         text              not null,
    name_key     text collate "C"  not null,
    email        text collate "C"  not null,
    external_id  text collate "C"  not null,
    type         text collate "C",
    country      text collate "C",
    currency     text collate "C",
    parent_id    uuid,
    billable     text collate "C"  not null,
    created_at   timestamptz       not null,
    created_by   text              not null,
    updated_at   timestamptz       not null,
    updated_by   text              not null,
    labels       uuid[]            not null,
    words        tsvector          not null,

    constraint customer_list_pkey primary key (partition, tenant_id, customer_id)
) with (fillfactor = 85);

create index customer_list_created_at
    on customer_list (partition, tenant_id, created_at, customer_id);
create index customer_list_updated_at
    on customer_list (partition, tenant_id, updated_at, customer_id);
create index customer_list_name
    on customer_list (partition, tenant_id, name_key, customer_id);
create index customer_list_email
    on customer_list (partition, tenant_id, email, customer_id);
create index customer_list_external_id
    on customer_list (partition, tenant_id, external_id, customer_id);
-- A search reads what is pending from end to end, so little may be pending.
create index customer_list_labels
    on customer_list using gin (labels) with (gin_pending_list_limit = 256);
create index customer_list_words
    on customer_list using gin (words) with (gin_pending_list_limit = 256);

comment on column customer_list.name_key is 'The name in lower case, by which lists are sorted.';
comment on column customer_list.email is 'Empty when there is none; so is external_id.';
comment on column customer_list.labels is
    'A hash of tenant, field and value for each value that a list can be filtered by.';
comment on column customer_list.words is
    'What a search finds the customer by, each word after a tag of its tenant.';

select register_projection('customer_list', 1, 'customer_list');

-- Under row-level security PostgreSQL uses an index only for operators that are marked leakproof,
-- and those of arrays and of text search aren't. So the function below works as the tables' owner,
-- who may see all rows, and names the tenant itself.
create policy owner_lists on customer_list for select to current_user using (true);

-- The customers of the current tenant that have all the labels and words and lie within the times,
-- after the one that the caller has come to. Parameters that are null ask for nothing.
--
-- The statement is put together of what is asked for, so that it is planned for just that.
create function list_customers(p_partition smallint, p_sort text, p_descending boolean,
                               p_labels uuid[], p_words tsquery,
                               p_created_from timestamptz, p_created_until timestamptz,
                               p_updated_from timestamptz, p_updated_until timestamptz,
                               p_after_key text, p_after_id uuid, p_limit integer)
    returns table (customer_id uuid, sort_key text)
    language plpgsql stable rows 50 security definer set search_path = public, pg_temp as $$
declare
    sorted constant text := case p_sort when 'created_at'  then 'created_at'
                                        when 'updated_at'  then 'updated_at'
                                        when 'name'        then 'name_key'
                                        when 'email'       then 'email'
                                        when 'external_id' then 'external_id' end;
    kind constant text := case when p_sort in ('created_at', 'updated_at') then 'timestamptz'
                               else 'text' end;
    direction constant text := case when p_descending then 'desc' else 'asc' end;
    beyond constant text := case when p_descending then '<' else '>' end;
    asked text := 'l.partition = $1 and l.tenant_id = $2';
begin
    if p_labels is not null then
        asked := asked || ' and l.labels @> $3';
    end if;
    if p_words is not null then
        asked := asked || ' and l.words @@ $4';
    end if;
    if p_created_from is not null then
        asked := asked || ' and l.created_at >= $5';
    end if;
    if p_created_until is not null then
        asked := asked || ' and l.created_at < $6';
    end if;
    if p_updated_from is not null then
        asked := asked || ' and l.updated_at >= $7';
    end if;
    if p_updated_until is not null then
        asked := asked || ' and l.updated_at < $8';
    end if;
    if p_after_id is not null then
        asked := asked || format(' and (l.%I, l.customer_id) %s ($9::%s, $10)', sorted, beyond, kind);
    end if;
    return query execute format(
        'select l.customer_id, l.%1$I::text
           from customer_list as l
          where %2$s
          order by l.%1$I %3$s, l.customer_id %3$s
          limit $11', sorted, asked, direction)
    using p_partition, current_tenant(), p_labels, p_words, p_created_from, p_created_until,
          p_updated_from, p_updated_until, p_after_key, p_after_id, p_limit;
end
$$;

revoke execute on function list_customers from public;
grant execute on function list_customers to dossier_reader;

-- One row: 32 bytes made of two random ids.
create table cursor_key (
    only_one  boolean  not null default true check (only_one),
    secret    bytea    not null check (octet_length(secret) = 32),

    constraint cursor_key_pkey primary key (only_one)
);

insert into cursor_key (secret)
select sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()));

grant select on cursor_key to dossier_reader;
