//! The commands that run and end: everything but `serve` and `test-call`.
//!
//! A command opens what it needs, asks it, and says the answer. Rules about users, groups and
//! recordings stand in the crates that own them; here stand words and exit statuses.

mod config;
mod doctor;
mod group;
mod table;
mod user;
mod verify;

pub(crate) use config::print as print_config;
pub(crate) use doctor::run as doctor;
pub(crate) use group::run as group;
pub(crate) use user::run as user;
pub(crate) use verify::run as verify;

use crate::config::Settings;
use anyhow::Context as _;
use catalogue::Catalogue;
use std::future::Future;

/// The catalogue of the settings; made when it is not there yet.
fn open_catalogue(settings: &Settings) -> anyhow::Result<Catalogue> {
    let data = &settings.server.data;
    std::fs::create_dir_all(data)
        .with_context(|| format!("cannot make the data folder {}", data.display()))?;
    Ok(Catalogue::open(&settings.catalogue_url, data)?)
}

/// Runs one command's requests to their end.
fn wait<T>(requests: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(requests)
}
