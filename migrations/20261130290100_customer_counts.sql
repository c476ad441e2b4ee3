-- Purpose:    the number of a tenant's customers by status is kept with the list of customers, so that a list
--             with its total doesn't count them. It took 0.5 s with a million customers.
-- Locks:      none (new table and functions).
-- Old code:   unaffected: it follows the list that it has made, whose customers are counted as before. The next
--             migration reads the numbers, which logic 4 of the list keeps.
-- Undo:       index_generation by the same replacement the other way round;
--             delete from projection_tables where table_name = 'customer_counts';
--             drop function count_listed, customer_label; drop table customer_counts;

-- One row for each status that a customer of the tenant has. The projection changes it in the transaction that
-- changes the list, once for each batch.
create table customer_counts (
    partition  smallint          not null check (partition between 0 and 31),
    tenant_id  uuid              not null,
    status     text collate "C"  not null,
    customers  bigint            not null,

    constraint customer_counts_pkey primary key (partition, tenant_id, status)
) with (fillfactor = 50);

insert into projection_tables (projection, table_name) values ('customer_list', 'customer_counts');
alter table customer_counts enable row level security;
alter table customer_counts force row level security;
create policy projector_sees_all on customer_counts to dossier_projector using (true) with check (true);
create policy reader_sees_its_tenant on customer_counts for select to dossier_reader
    using (tenant_id = current_tenant());
-- As for customer_list: the functions that search work as the tables' owner and name the tenant.
create policy owner_lists on customer_counts for select to current_user using (true);
grant select, insert, update, delete on customer_counts to dossier_projector;
grant select on customer_counts to dossier_reader;

-- Counts the customers of a loaded list. Its rows come by COPY, many chunks at a time; they are counted at the
-- end, so that no chunk waits for another.
create function count_listed(p_home text)
    returns void language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
    execute format('truncate %I.customer_counts', p_home);
    execute format(
        'insert into %1$I.customer_counts (partition, tenant_id, status, customers)
         select partition, tenant_id, status, count(*) from %1$I.customer_list group by 1, 2, 3', p_home);
end
$$;

revoke execute on function count_listed from public;

do $do$
declare
    old constant text := pg_get_functiondef('public.index_generation'::regproc);
    new constant text := replace(old, $a$begin
    for indexed in$a$, $a$begin
    if p_name = 'customer_list' then
        perform public.count_listed(home);
    end if;
    for indexed in$a$);
begin
    if new = old then
        raise 'index_generation has another text than this migration expects';
    end if;
    execute new;
end
$do$;

-- The label by which a list finds a value: the same as the service makes of a field without a key.
create function customer_label(p_tenant uuid, p_field text, p_value text)
    returns uuid language sql immutable set search_path = pg_catalog, public, pg_temp as $$
    select encode(substring(sha256(uuid_send(p_tenant) || int8send(octet_length(p_field))
                                   || convert_to(p_field, 'UTF8') || int8send(0)
                                   || convert_to(p_value, 'UTF8'))
                            from 1 for 16), 'hex')::uuid
$$;

revoke execute on function customer_label from public;
