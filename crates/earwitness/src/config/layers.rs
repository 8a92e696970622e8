//! Defaults, settings file and environment, laid over each other.
//!
//! Knows which keys exist and where each value came from; what a value means is not known here.

use super::Surroundings;
use super::fault::{Fault, Faults};
use std::fmt;
use std::path::{Path, PathBuf};
use toml::{Table, Value};

const DEFAULTS: &str = include_str!("defaults.toml");
/// Variables of ours that are no settings.
const NOT_SETTINGS: [&str; 3] = [
    "EARWITNESS_CONFIG",
    "EARWITNESS_LOG",
    "EARWITNESS_LOG_FORMAT",
];
/// Keys whose values people never see, and which `KEY_file` may name the file of.
const SECRETS: [(&str, &str); 3] = [
    ("archive", "access_key_id"),
    ("archive", "secret_access_key"),
    ("catalogue", "url"),
];

/// Where a value came from.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Source {
    /// Nobody said otherwise.
    Default,
    /// The settings file.
    File(PathBuf),
    /// An environment variable.
    Environment(String),
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => write!(f, "default"),
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Environment(name) => write!(f, "environment {name}"),
        }
    }
}

/// One setting in force.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    /// The section it stands in.
    pub(crate) section: String,
    /// Its name there.
    pub(crate) key: String,
    /// Its value.
    pub(super) value: Value,
    /// Where the value came from.
    pub(crate) source: Source,
}

impl Line {
    /// Whether it is this setting.
    pub(super) fn is(&self, section: &str, key: &str) -> bool {
        self.section == section && self.key == key
    }

    /// Section and key, joined by a dot.
    pub(crate) fn name(&self) -> String {
        format!("{}.{}", self.section, self.key)
    }

    /// The value as people may see it, in TOML syntax.
    pub(crate) fn shown(&self) -> String {
        match (self.key.as_str(), &self.value) {
            (_, Value::String(text)) if text.is_empty() => "\"\"".to_owned(),
            ("url", Value::String(text)) => Value::String(without_password(text)).to_string(),
            _ if self.is_secret() => "\"***\"".to_owned(),
            (_, value) => value.to_string(),
        }
    }

    fn is_secret(&self) -> bool {
        SECRETS.contains(&(self.section.as_str(), self.key.as_str()))
    }
}

/// A `[[client]]` table as it stands.
pub(super) struct ClientTable {
    pub(super) table: Table,
    pub(super) source: Source,
}

/// Every setting with its value in force, in the order of the defaults, and the clients.
pub(super) struct Layers {
    pub(super) lines: Vec<Line>,
    pub(super) clients: Vec<ClientTable>,
    /// What paths in settings are relative to.
    pub(super) directory: PathBuf,
}

impl Layers {
    /// Reads all layers; every unknown key is a fault.
    pub(super) fn read(surroundings: &Surroundings) -> Result<Self, Faults> {
        let mut layers = Self {
            lines: defaults(),
            clients: Vec::new(),
            directory: surroundings.directory.clone(),
        };
        let mut faults = Faults::default();
        if let Some(path) = &surroundings.file {
            let path = surroundings.directory.join(path);
            if let Some(parent) = path.parent() {
                layers.directory = parent.to_owned();
            }
            layers.lay_file(&path, &mut faults)?;
        }
        for (name, text) in &surroundings.environment {
            if let Err(fault) = layers.lay_variable(name, text, &surroundings.directory) {
                faults.push(fault);
            }
        }
        faults.none().map(|()| layers)
    }

    fn lay_file(&mut self, path: &Path, faults: &mut Faults) -> Result<(), Fault> {
        let source = Source::File(path.to_owned());
        let bad = |error: String| Fault::other(source.clone(), "", error);
        let text = std::fs::read_to_string(path)
            .map_err(|error| bad(format!("the settings file cannot be read: {error}")))?;
        let table: Table = text.parse().map_err(|error: toml::de::Error| {
            bad(format!("not TOML: {}", error.to_string().trim_end()))
        })?;
        for (section, value) in table {
            let laid = match (section.as_str(), value) {
                ("client", value) => self.lay_clients(value, &source),
                (_, Value::Table(keys)) => {
                    for (key, value) in keys {
                        let base = self.directory.clone();
                        if let Err(fault) = self.lay(&section, &key, value, &source, &base) {
                            faults.push(fault);
                        }
                    }
                    Ok(())
                }
                (name, _) => Err(self.unknown_section(name, name, &source)),
            };
            if let Err(fault) = laid {
                faults.push(fault);
            }
        }
        Ok(())
    }

    fn lay_clients(&mut self, value: Value, source: &Source) -> Result<(), Fault> {
        let wrong = || {
            let problem = "accepted: tables, each begun by [[client]]".to_owned();
            Fault::other(source.clone(), "client", problem)
        };
        let Value::Array(tables) = value else {
            return Err(wrong());
        };
        self.clients.clear();
        for value in tables {
            let Value::Table(table) = value else {
                return Err(wrong());
            };
            self.clients.push(ClientTable {
                table,
                source: source.clone(),
            });
        }
        Ok(())
    }

    fn lay_variable(&mut self, name: &str, text: &str, directory: &Path) -> Result<(), Fault> {
        let Some(rest) = name.strip_prefix("EARWITNESS_") else {
            return Ok(());
        };
        if NOT_SETTINGS.contains(&name) {
            return Ok(());
        }
        let source = Source::Environment(name.to_owned());
        let rest = rest.to_ascii_lowercase();
        if rest == "client" {
            return self.lay_clients(from_toml(text).unwrap_or(Value::Boolean(false)), &source);
        }
        let Some((section, key)) = rest.split_once("__") else {
            return self.check_single_underscore(&rest, &source);
        };
        let expected = self.line(section, key).map(|line| &line.value);
        // Where a text is wanted, `7` and `true` are texts.
        let wants_text = matches!(expected, Some(Value::String(_)) | None);
        let value = match from_toml(text) {
            Some(value @ (Value::String(_) | Value::Array(_))) => value,
            Some(value) if !wants_text => value,
            _ => Value::String(text.to_owned()),
        };
        self.lay(section, key, value, &source, directory)
    }

    /// Other programs set variables with our prefix (a Kubernetes service of our name does), so
    /// that only what would be a setting with one more underscore is a mistake.
    fn check_single_underscore(&self, rest: &str, source: &Source) -> Result<(), Fault> {
        let meant = self
            .lines
            .iter()
            .find(|line| format!("{}_{}", line.section, line.key) == rest);
        match meant {
            None => Ok(()),
            Some(line) => {
                let name = format!("EARWITNESS_{}__{}", line.section, line.key).to_uppercase();
                let problem = format!("there is no such setting; did you mean `{name}`?");
                Err(Fault::other(source.clone(), "", problem))
            }
        }
    }

    fn lay(
        &mut self,
        section: &str,
        key: &str,
        value: Value,
        source: &Source,
        base: &Path,
    ) -> Result<(), Fault> {
        let secret = key
            .strip_suffix("_file")
            .filter(|plain| SECRETS.contains(&(section, *plain)))
            .map(str::to_owned);
        let (key, value) = match secret {
            Some(plain) => (plain, secret_in(section, key, &value, source, base)?),
            None => (key.to_owned(), value),
        };
        let Some(index) = self
            .lines
            .iter()
            .position(|l| l.section == section && l.key == key)
        else {
            return Err(self.unknown(section, &key, source));
        };
        let line = &mut self.lines[index];
        if line.source == *source {
            let problem = format!("given twice, as {key} and as {key}_file; keep one");
            return Err(Fault::other(source.clone(), &line.name(), problem));
        }
        line.value = value;
        line.source = source.clone();
        Ok(())
    }

    fn unknown(&self, section: &str, key: &str, source: &Source) -> Fault {
        let name = format!("{section}.{key}");
        let known = self.lines.iter().filter(|line| line.section == section);
        if known.clone().next().is_none() {
            return self.unknown_section(section, &name, source);
        }
        Fault::unknown(
            source.clone(),
            &name,
            key,
            known.map(|line| line.key.as_str()),
        )
    }

    fn unknown_section(&self, section: &str, name: &str, source: &Source) -> Fault {
        if self.lines.iter().any(|line| line.section == section) {
            let problem = format!("a section is needed: [{section}]");
            return Fault::other(source.clone(), name, problem);
        }
        let mut known: Vec<&str> = self
            .lines
            .iter()
            .map(|line| line.section.as_str())
            .collect();
        known.push("client");
        known.dedup();
        Fault::unknown(source.clone(), name, section, known.into_iter())
    }

    fn line(&self, section: &str, key: &str) -> Option<&Line> {
        self.lines
            .iter()
            .find(|line| line.section == section && line.key == key)
    }
}

/// Every setting with its default, in the order people read them.
pub(super) fn defaults() -> Vec<Line> {
    let table: Table = DEFAULTS
        .parse()
        .expect("the defaults are TOML: a test reads them");
    let mut lines = Vec::new();
    for (section, value) in table {
        let Value::Table(keys) = value else { continue };
        for (key, value) in keys {
            lines.push(Line {
                section: section.clone(),
                key,
                value,
                source: Source::Default,
            });
        }
    }
    // The parser sorts; people find things in the order the file has them.
    lines.sort_by_key(|line| {
        let section = DEFAULTS
            .find(&format!("[{}]", line.section))
            .unwrap_or_default();
        (
            section,
            DEFAULTS[section..].find(&format!("\n{} =", line.key)),
        )
    });
    lines
}

/// A value in TOML syntax; `None` when the text is none.
fn from_toml(text: &str) -> Option<Value> {
    let mut table: Table = format!("value = {text}").parse().ok()?;
    let value = table.remove("value");
    value.filter(|_| table.is_empty())
}

fn secret_in(
    section: &str,
    key: &str,
    value: &Value,
    source: &Source,
    base: &Path,
) -> Result<Value, Fault> {
    let name = format!("{section}.{key}");
    let Value::String(path) = value else {
        return Err(Fault::value(
            source.clone(),
            &name,
            &value.to_string(),
            "a path in quotes",
        ));
    };
    let path = base.join(path);
    match std::fs::read_to_string(&path) {
        Ok(text) => Ok(Value::String(
            text.trim_end_matches(['\r', '\n']).to_owned(),
        )),
        Err(error) => {
            let problem = format!("{} cannot be read: {error}", path.display());
            Err(Fault::other(source.clone(), &name, problem))
        }
    }
}

/// A URL without the password it may carry.
fn without_password(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return url.to_owned();
    };
    let authority_end = rest.find('/').unwrap_or(rest.len());
    let (authority, path) = rest.split_at(authority_end);
    match authority.rsplit_once('@') {
        Some((user, host)) => {
            let user = user.split(':').next().unwrap_or_default();
            format!("{scheme}://{user}:***@{host}{path}")
        }
        None => url.to_owned(),
    }
}
