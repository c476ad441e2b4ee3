//! The pages, each in the module that its path names.

pub(crate) mod customer;
pub(crate) mod customers;
pub(crate) mod login;
