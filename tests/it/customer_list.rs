//! Lists of customers: their rows, and their requests over HTTP.

mod filters;
mod requests;
mod rows;
