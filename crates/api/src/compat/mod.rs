//! The compatible API: paths, JSON and small print as published for the product whose place
//! this one takes. Everything about its wire format lives below here.

pub(crate) mod dates;
mod handlers;
mod list;
mod query;
mod routes;
mod types;

pub(crate) use routes::{canonical, routes};
