//! What an answer shows: state needs the scope `read`, past state `audit`, in every API.

mod customers;
mod links;
mod recorded;
mod replays;
mod requests;
mod routes;
mod vendors;
