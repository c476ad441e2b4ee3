-- What hand-written SQL needs for the same work: the events, and each customer as it is.
create table events (
    customer_id  uuid    not null,
    sequence     bigint  not null,
    payload      jsonb   not null,
    metadata     jsonb   not null,
    primary key (customer_id, sequence)
);

create table customers (
    customer_id  uuid    not null primary key,
    version      bigint  not null,
    profile      jsonb   not null
);
