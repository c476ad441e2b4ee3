//! The feed: a tenant's events as they happen, in pages and as a stream.

mod pages;
mod streams;
