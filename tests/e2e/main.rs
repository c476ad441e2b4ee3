//! The binary from outside: started, called, stopped, killed.

mod backup;
mod database_url;
mod documents;
mod feed;
mod following;
mod grants;
mod instances;
mod login;
mod operator;
mod pipes;
mod projections;
mod serve;
mod service;
mod shell;
mod signals;
mod symbols;
mod torture;
mod transfer;
mod upgrade;
mod verify;
mod without_database;
