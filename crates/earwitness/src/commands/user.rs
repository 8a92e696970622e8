//! `user`: people who may sign in, and whose calls are whose.
//!
//! A password is shown once, when it was made here, and never otherwise.

use super::{open_catalogue, table, wait};
use crate::cli::{Password, User, UserChange, UserFields, UserImport, UserRemove};
use crate::config::Settings;
use crate::{FAILED, say};
use anyhow::Context as _;
use api::{BadTable, passwords};
use catalogue::{Catalogue, Changes, NewUser};
use serde_json::json;
use std::io::BufRead as _;
use std::process::ExitCode;

/// Does what the command line says.
///
/// # Errors
/// What the catalogue or the rules for passwords refuse, in words for people.
pub(crate) fn run(settings: &Settings, command: User) -> anyhow::Result<ExitCode> {
    let catalogue = open_catalogue(settings)?;
    match command {
        User::Add(fields) => add(&catalogue, fields),
        User::Set(change) => set(&catalogue, change),
        User::List(how) => list(&catalogue, how.json),
        User::Password(options) => password(&catalogue, &options),
        User::Remove(options) => remove(&catalogue, &options),
        User::Import(options) => return import(&catalogue, &options),
    }?;
    Ok(ExitCode::SUCCESS)
}

fn add(catalogue: &Catalogue, fields: UserFields) -> anyhow::Result<()> {
    let secret = Secret::take(fields.password_stdin)?;
    let hash = passwords::hash(secret.text())?;
    let blank = NewUser::new(fields.name.clone(), hash);
    let user = NewUser {
        first_name: fields.first_name.unwrap_or_default(),
        last_name: fields.last_name.unwrap_or_default(),
        numbers: without_empty(fields.number).unwrap_or_default(),
        group: fields.group,
        supervises: without_empty(fields.supervises).unwrap_or_default(),
        department: fields.department.unwrap_or_default(),
        level: fields.level.unwrap_or(blank.level),
        numeric_id: fields.numeric_id,
        ..blank
    };
    let user = wait(async { Ok(catalogue.add_user(user).await?) })?;
    let level = user.level.name();
    say::note(format_args!(
        "user {} added with level {level}",
        user.person.username
    ));
    secret.show_if_random();
    Ok(())
}

fn set(catalogue: &Catalogue, change: UserChange) -> anyhow::Result<()> {
    let UserChange { fields, force } = change;
    let hash = match fields.password_stdin {
        true => Some(passwords::hash(Secret::take(true)?.text())?),
        false => None,
    };
    let changes = Changes {
        first_name: fields.first_name,
        last_name: fields.last_name,
        numbers: without_empty(fields.number),
        group: fields.group,
        supervises: without_empty(fields.supervises),
        department: fields.department,
        level: fields.level,
        numeric_id: fields.numeric_id.map(Some),
        only_if: None,
    };
    let user = wait(async {
        let user = catalogue.set_user(&fields.name, changes, force).await?;
        if let Some(hash) = hash {
            catalogue.set_password(&fields.name, &hash, None).await?;
        }
        Ok(user)
    })?;
    say::note(format_args!("user {} changed", user.person.username));
    Ok(())
}

fn list(catalogue: &Catalogue, json: bool) -> anyhow::Result<()> {
    let users = wait(async { Ok(catalogue.users().await?) })?;
    if json {
        let object = |user: &model::people::User| {
            json!({
                "username": user.person.username,
                "level": user.level.name(),
                "numbers": user.numbers,
                "group": user.person.group,
                "supervises": user.supervises,
                "firstName": user.person.first_name,
                "lastName": user.person.last_name,
                "department": user.person.department,
                "numericId": user.numeric_id,
            })
        };
        let objects: Vec<_> = users.iter().map(object).collect();
        say::result(serde_json::to_string_pretty(&objects)?);
        return Ok(());
    }
    let row = |user: model::people::User| {
        let name = format!("{} {}", user.person.first_name, user.person.last_name);
        vec![
            user.person.username,
            user.level.name(),
            user.numbers.join(","),
            user.person.group,
            user.supervises.join(","),
            name.trim().to_owned(),
            user.person.department,
        ]
    };
    let head = [
        "USER",
        "LEVEL",
        "NUMBERS",
        "GROUP",
        "SUPERVISES",
        "NAME",
        "DEPARTMENT",
    ];
    let rows: Vec<Vec<String>> = users.into_iter().map(row).collect();
    table::lines(&head, &rows).iter().for_each(say::result);
    Ok(())
}

fn password(catalogue: &Catalogue, options: &Password) -> anyhow::Result<()> {
    let secret = Secret::take(options.password_stdin)?;
    let hash = passwords::hash(secret.text())?;
    wait(async { Ok(catalogue.set_password(&options.name, &hash, None).await?) })?;
    say::note(format_args!("user {} has a new password", options.name));
    secret.show_if_random();
    Ok(())
}

fn remove(catalogue: &Catalogue, options: &UserRemove) -> anyhow::Result<()> {
    wait(async { Ok(catalogue.remove_user(&options.name, options.force).await?) })?;
    say::note(format_args!("user {} removed", options.name));
    Ok(())
}

/// All of a table or nothing, on the code of the API's bulk import.
fn import(catalogue: &Catalogue, options: &UserImport) -> anyhow::Result<ExitCode> {
    let path = options.file.display();
    let table = std::fs::read(&options.file).with_context(|| format!("cannot read {path}"))?;
    let imported = wait(async { Ok(api::import_users(catalogue, table, options.dry_run).await) })?;
    let imported = match imported {
        Ok(imported) => imported,
        Err(BadTable::Rows(faults)) => {
            for fault in faults {
                say::fault(format_args!("{path}: {fault}"));
            }
            return Ok(ExitCode::from(FAILED));
        }
        Err(error) => return Err(error.into()),
    };
    let groups = match imported.groups.as_slice() {
        [] => String::new(),
        names => format!(", groups added: {}", names.join(", ")),
    };
    let would = if options.dry_run {
        "; nothing is changed by --dry-run"
    } else {
        ""
    };
    say::note(format_args!(
        "users added: {}, changed: {}{groups}{would}",
        imported.added, imported.changed
    ));
    Ok(ExitCode::SUCCESS)
}

/// A list as typed: `--number ""` is an empty one.
fn without_empty(list: Option<Vec<String>>) -> Option<Vec<String>> {
    list.map(|entries| {
        entries
            .into_iter()
            .filter(|entry| !entry.trim().is_empty())
            .collect()
    })
}

enum Secret {
    Chosen(String),
    Random(String),
}

impl Secret {
    fn take(from_stdin: bool) -> anyhow::Result<Self> {
        if !from_stdin {
            return Ok(Self::Random(passwords::random()?));
        }
        let mut line = String::new();
        let read = std::io::stdin().lock().read_line(&mut line);
        read.context("the password could not be read from stdin")?;
        Ok(Self::Chosen(line.trim_end_matches(['\r', '\n']).to_owned()))
    }

    fn text(&self) -> &str {
        match self {
            Self::Chosen(text) | Self::Random(text) => text,
        }
    }

    /// The one time that a password made here is seen: alone on stdout, for scripts.
    fn show_if_random(&self) {
        if let Self::Random(text) = self {
            say::note("password, shown only this once:");
            say::result(text);
        }
    }
}
