//! The commands that run and end: everything but `serve` and `test-call`.
//!
//! A command opens what it needs, asks it, and says the answer. Rules about users, groups and
//! recordings stand in the crates that own them; here stand words and exit statuses.

mod config;
mod doctor;
mod group;
mod import;
mod reconcile;
mod render;
mod rule;
mod table;
mod token;
mod user;
mod verify;

pub(crate) use config::print as print_config;
pub(crate) use doctor::{machine, run as doctor};
pub(crate) use group::run as group;
pub(crate) use import::run as import;
pub(crate) use reconcile::{Wish, run as reconcile};
pub(crate) use render::run as render;
pub(crate) use rule::run as rule;
pub(crate) use token::run as token;
pub(crate) use user::run as user;
pub(crate) use verify::run as verify;

use crate::config::Settings;
use anyhow::Context as _;
use catalogue::Catalogue;
use model::access::{Level, Principal, Rights};
use model::audit::Actor;
use model::people::UserId;
use std::collections::BTreeSet;
use std::future::Future;

/// The catalogue of the settings; made when it is not there yet. What is changed through it is
/// written down in the name of whoever runs the command.
pub(crate) fn open_catalogue(settings: &Settings) -> anyhow::Result<Catalogue> {
    let data = &settings.server.data;
    std::fs::create_dir_all(data)
        .with_context(|| format!("cannot make the data folder {}", data.display()))?;
    Ok(Catalogue::open(&settings.catalogue_url, data)?.by(actor()))
}

/// Whoever may run commands on this machine may see everything: the database is theirs to read.
pub(crate) fn operator() -> Principal {
    Principal {
        id: UserId(0),
        username: String::new(),
        level: Level::COMPLETE,
        supervises: BTreeSet::new(),
        rights: Rights::default(),
    }
}

/// Who acts, for the audit: the user of the operating system.
fn actor() -> Actor {
    let id = nix::unistd::getuid();
    let user = nix::unistd::User::from_uid(id).ok().flatten();
    let name = user.map_or_else(|| id.to_string(), |user| user.name);
    Actor::system(name, "CLI")
}

/// Runs one command's requests to their end.
pub(crate) fn wait<T>(requests: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(requests)
}
