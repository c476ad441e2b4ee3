//! The audit: all that has happened in a tenant, found by who, when, how, and what it was about.

mod follower;
mod model;
mod requests;
