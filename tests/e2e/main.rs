//! The binary, from outside: started, called, stopped, killed.

mod database_url;
mod feed;
mod operator;
mod serve;
mod service;
mod torture;
