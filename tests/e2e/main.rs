//! The binary from outside: started, called, stopped, killed.

mod database_url;
mod documents;
mod feed;
mod following;
mod login;
mod operator;
mod projections;
mod serve;
mod service;
mod torture;
mod transfer;
mod upgrade;
mod verify;
