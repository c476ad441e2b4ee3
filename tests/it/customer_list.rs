//! Lists of customers: what they are made of, and what is asked of them over HTTP.

mod filters;
mod requests;
mod rows;
