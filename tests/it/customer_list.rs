//! What lists of customers are made of, and lists over HTTP.

mod rows;
