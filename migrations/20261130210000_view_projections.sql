-- Purpose:    read models of a program of its own: views of cqrs-es, each with a table of one row for each
--             customer.
-- Locks:      none (a new function).
-- Old code:   unaffected.
-- Undo:       drop function create_view_projection; a view is removed with
--             delete from projection_tables where projection = 'name'; delete from projections where name = 'name';
--             drop table view_name;

-- Makes the table of a view, and has it followed from the log's beginning. Does nothing if it is there.
-- The owner of the tables calls it for each view of a program.
create function create_view_projection(p_name text, p_logic integer)
    returns void language plpgsql set search_path = pg_catalog, public, pg_temp as $$
declare
    made text := 'view_' || p_name;
begin
    if p_name !~ '^[a-z][a-z0-9_]{0,39}$' then
        raise exception '% is no name of a view', p_name using errcode = 'invalid_name';
    end if;
    -- Two programs that start together make it once.
    perform pg_advisory_xact_lock(hashtextextended('view ' || p_name, 0));
    if exists (select from public.projection_tables
                where projection = p_name and table_name = made) then
        return;
    end if;
    execute format(
        'create table public.%1$I (
             partition    smallint  not null check (partition between 0 and 31),
             tenant_id    uuid      not null,
             customer_id  uuid      not null,
             version      bigint    not null check (version > 0),
             payload      json      not null,

             constraint %2$I primary key (partition, tenant_id, customer_id)
         ) with (fillfactor = 70)', made, made || '_pkey');
    perform public.register_projection(p_name, p_logic, made);
end
$$;

revoke execute on function create_view_projection from public;
