//! `group`: groups of people, for supervisors.

use super::{open_catalogue, table, wait};
use crate::cli::Group;
use crate::config::Settings;
use crate::say;
use serde_json::json;
use std::process::ExitCode;

/// Does what the command line says.
///
/// # Errors
/// What the catalogue refuses, in words for people.
pub(crate) fn run(settings: &Settings, command: Group) -> anyhow::Result<ExitCode> {
    let catalogue = open_catalogue(settings)?;
    match command {
        Group::Add(group) => {
            let group = wait(async { Ok(catalogue.add_group(&group.name).await?) })?;
            say::note(format_args!("group {} added", group.name));
        }
        Group::Remove(group) => {
            wait(async { Ok(catalogue.remove_group(&group.name).await?) })?;
            say::note(format_args!("group {} removed", group.name));
        }
        Group::List(how) => {
            let groups = wait(async { Ok(catalogue.groups().await?) })?;
            if how.json {
                let object = |g: &catalogue::Group| json!({"name": g.name, "members": g.members});
                let objects: Vec<_> = groups.iter().map(object).collect();
                say::result(serde_json::to_string_pretty(&objects)?);
            } else {
                let rows: Vec<Vec<String>> = groups
                    .into_iter()
                    .map(|group| vec![group.name, group.members.to_string()])
                    .collect();
                table::lines(&["NAME", "MEMBERS"], &rows)
                    .iter()
                    .for_each(say::result);
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}
