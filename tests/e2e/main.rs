//! The binary, from outside: started, called, stopped, killed.

mod database_url;
mod operator;
mod serve;
mod service;
mod torture;
mod verify;
