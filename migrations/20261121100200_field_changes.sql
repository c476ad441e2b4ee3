-- Purpose:    every change of every field of every customer: from what to what, who, when, by which
--             event.
-- Locks:      none (a new table).
-- Old code:   unaffected.
-- Undo:       delete from projections where name = 'field_changes'; drop table field_changes;

create table field_changes (
    partition    smallint          not null check (partition between 0 and 31),
    tenant_id    uuid              not null,
    customer_id  uuid              not null,
    version      bigint            not null check (version > 0),
    field        text collate "C"  not null,
    old_value    text,
    new_value    text,
    position     bigint            not null check (position > 0),
    event_type   text collate "C"  not null,
    recorded_at  timestamptz       not null,
    actor        text              not null,
    reason       text,

    constraint field_changes_pkey primary key (partition, tenant_id, customer_id, version, field)
);

comment on column field_changes.field is
    'A JSON pointer into the customer''s document; members of lists that have an id go by their id.';
comment on column field_changes.old_value is
    'JSON, null when the field was absent. Not of that type: this is written only by what wrote it as '
    'JSON, and to read it once more took a fifth of the time of a rebuild.';

select register_projection('field_changes', 1, 'field_changes');
