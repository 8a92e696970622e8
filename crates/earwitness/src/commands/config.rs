//! `config`: the settings in force, each with where it came from.

use crate::config::{Line, Settings};
use crate::say;
use serde_json::json;
use std::process::ExitCode;

/// Prints the settings as a settings file, or as JSON.
///
/// # Errors
/// None that a reader could meet.
pub(crate) fn print(settings: &Settings, json: bool) -> anyhow::Result<ExitCode> {
    if json {
        say::result(serde_json::to_string_pretty(&objects(settings)?)?);
    } else {
        text(settings).iter().for_each(say::result);
    }
    Ok(ExitCode::SUCCESS)
}

fn objects(settings: &Settings) -> anyhow::Result<Vec<serde_json::Value>> {
    let mut objects = Vec::new();
    for line in &settings.lines {
        let value = json_of(&shown(line, settings))?;
        let source = line.source.to_string();
        objects.push(json!({"key": line.name(), "value": value, "source": source}));
    }
    for (client, source) in settings.clients.iter().zip(&settings.client_sources) {
        let networks: Vec<String> = client.networks.iter().map(ToString::to_string).collect();
        let value = json!({
            "name": client.name,
            "address": networks,
            "strict": client.strict,
            "caller": client.caller.to_string(),
        });
        objects.push(json!({"key": "client", "value": value, "source": source.to_string()}));
    }
    Ok(objects)
}

fn text(settings: &Settings) -> Vec<String> {
    let mut lines = Vec::new();
    let mut section = "";
    for line in &settings.lines {
        if line.section != section {
            section = &line.section;
            if !lines.is_empty() {
                lines.push(String::new());
            }
            lines.push(format!("[{section}]"));
        }
        let assignment = format!("{} = {}", line.key, shown(line, settings));
        lines.push(format!("{assignment:<40}  # {}", line.source));
    }
    for (client, source) in settings.clients.iter().zip(&settings.client_sources) {
        let networks: Vec<String> = client
            .networks
            .iter()
            .map(|network| quoted(&network.to_string()))
            .collect();
        lines.push(String::new());
        lines.push(format!("[[client]]  # {source}"));
        lines.push(format!("name = {}", quoted(&client.name)));
        lines.push(format!("address = [{}]", networks.join(", ")));
        lines.push(format!("strict = {}", client.strict));
        lines.push(format!("caller = {}", quoted(&client.caller.to_string())));
    }
    lines
}

/// The value in force: for the two that depend on the surroundings, what became of them.
fn shown(line: &Line, settings: &Settings) -> String {
    match line.name().as_str() {
        "server.data" => quoted(&settings.server.data.to_string_lossy()),
        "server.node" => quoted(&settings.server.node),
        _ => line.shown(),
    }
}

fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

fn json_of(toml_text: &str) -> anyhow::Result<serde_json::Value> {
    let table: toml::Table = format!("value = {toml_text}").parse()?;
    Ok(serde_json::to_value(table.get("value"))?)
}
