//! Lists of customers: their rows, and their requests over HTTP.

mod counts;
mod filters;
mod layout;
mod requests;
mod rows;
