//! The settings: one TOML file, the environment above it, defaults below.
//!
//! This is the only parser of settings. It hands out typed values that are ready to use, knows
//! where each came from, and refuses what this build does not contain. It must never print a
//! secret: what people see of values goes through [`Source`]s and masked texts.

mod fault;
mod layers;
mod reader;
mod settings;
mod units;

pub(crate) use fault::Faults;
pub(crate) use layers::{Line, Source};
pub(crate) use settings::{Accept, Certificates, Client, KeepJournal, Settings};
pub(crate) use units::{DURATIONS, duration};

use model::network::Network;
use std::path::{Path, PathBuf};

/// What surrounds the process, as arguments, so that loading is a function.
pub(crate) struct Surroundings {
    /// `--config`, or else `EARWITNESS_CONFIG`.
    pub(crate) file: Option<PathBuf>,
    /// Every environment variable whose name and value are text.
    pub(crate) environment: Vec<(String, String)>,
    /// What relative paths are relative to where there is no settings file.
    pub(crate) directory: PathBuf,
    /// This machine's name, the default of `[server] node`.
    pub(crate) host: String,
}

impl Surroundings {
    /// The surroundings of this process; `file` is what `--config` said.
    pub(crate) fn of_process(file: Option<PathBuf>) -> Self {
        let file = file.or_else(|| {
            std::env::var_os("EARWITNESS_CONFIG")
                .filter(|value| !value.is_empty())
                .map(Into::into)
        });
        let environment = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect();
        let host = nix::unistd::gethostname()
            .ok()
            .and_then(|name| name.into_string().ok())
            .unwrap_or_else(|| "earwitness".to_owned());
        let directory = std::env::current_dir().unwrap_or_else(|_| Path::new(".").to_owned());
        Self {
            file,
            environment,
            directory,
            host,
        }
    }
}

/// Reads the settings in force.
///
/// # Errors
/// Every fault found, each naming where it stands, the key, the value and what is accepted.
pub(crate) fn load(surroundings: &Surroundings) -> Result<Settings, Faults> {
    let layers = layers::Layers::read(surroundings)?;
    reader::settings(layers, surroundings)
}

#[cfg(test)]
mod tests;
