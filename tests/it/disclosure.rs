//! What a key is shown: state needs the scope `read`, past state `audit`, on every surface.

mod customers;
mod links;
mod recorded;
mod replays;
mod requests;
mod routes;
mod vendors;
