-- Purpose:    the Merkle tree over each partition's log, as far as it need not be computed again: the
--             roots of its perfect subtrees over 2^8, 2^16, 2^24 and 2^32 events.
-- Locks:      none (new table).
-- Old code:   unaffected; appending doesn't touch it. It is made from the log when heads are asked for.
-- Undo:       drop table log_tree; -- it can be made again

create table log_tree (
    partition  smallint  not null check (partition between 0 and 31),
    height     smallint  not null check (height in (8, 16, 24, 32)),
    nth        bigint    not null check (nth >= 0),
    hash       bytea     not null check (octet_length(hash) = 32),

    constraint log_tree_pkey primary key (partition, height, nth)
);

comment on column log_tree.nth is
    'How many subtrees of this height are before it: it covers the positions nth * 2^height + 1 to '
    '(nth + 1) * 2^height.';

-- Neither may change or delete what is there: a head that was signed stays true.
grant select, insert on log_tree to dossier_projector;
