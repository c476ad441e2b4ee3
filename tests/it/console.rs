//! The console: pages for people.

mod customer;
mod keys;
mod pages;
mod sessions;
mod sign_in;
mod timeline;
pub(crate) mod visitor;
