//! The pages, each in the module that its path names.

pub(crate) mod audit;
pub(crate) mod change;
pub(crate) mod customer;
pub(crate) mod customers;
pub(crate) mod group;
pub(crate) mod keys;
pub(crate) mod login;
pub(crate) mod operations;
pub(crate) mod proof;
pub(crate) mod reads;
