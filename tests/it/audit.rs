//! The audit: all events of a tenant, found by actor, time, origin, customer and field.

mod follower;
mod model;
mod names;
mod requests;
