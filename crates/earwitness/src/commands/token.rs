//! `token`: bearer tokens for programs.
//!
//! A token is shown once, when it is made, and never otherwise: the catalogue keeps its hash.

use super::{open_catalogue, table, wait};
use crate::cli::{Token, TokenAdd};
use crate::config::Settings;
use crate::say;
use anyhow::Context as _;
use catalogue::{Catalogue, NewToken, TokenId};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use std::process::ExitCode;

/// Does what the command line says.
///
/// # Errors
/// What the catalogue refuses, in words for people.
pub(crate) fn run(settings: &Settings, command: Token) -> anyhow::Result<ExitCode> {
    let catalogue = open_catalogue(settings)?;
    match command {
        Token::Add(token) => add(&catalogue, token),
        Token::List(how) => list(&catalogue, how.json),
        Token::Revoke(token) => {
            let id = TokenId(token.id);
            wait(async { Ok(catalogue.revoke_token(id, None).await?) })?;
            say::note(format_args!("token {} revoked", token.id));
            Ok(())
        }
    }?;
    Ok(ExitCode::SUCCESS)
}

fn add(catalogue: &Catalogue, options: TokenAdd) -> anyhow::Result<()> {
    let bearer = api::new_token()?;
    let expires_at = match options.expires {
        None => None,
        Some(lifetime) => Some(end_of(lifetime)?),
    };
    let token = NewToken {
        username: options.username,
        name: options.name,
        secret: bearer.secret,
        prefix: bearer.prefix,
        scopes: options.scope,
        expires_at,
    };
    let token = wait(async { Ok(catalogue.add_token(token).await?) })?;
    let until = token.expires_at.map_or_else(
        || "until it is revoked".to_owned(),
        |at| format!("until {at}"),
    );
    say::note(format_args!(
        "token {} of {} is valid {until}; shown only this once:",
        token.id.0, token.username
    ));
    say::result(&bearer.text);
    Ok(())
}

fn end_of(lifetime: std::time::Duration) -> anyhow::Result<Timestamp> {
    let lifetime = SignedDuration::try_from(lifetime);
    let end = lifetime.and_then(|lifetime| Timestamp::now().checked_add(lifetime));
    end.context("--expires lies too far ahead")
}

fn list(catalogue: &Catalogue, json: bool) -> anyhow::Result<()> {
    let tokens = wait(async { Ok(catalogue.tokens(None).await?) })?;
    let time = |time: Option<Timestamp>| time.map(|time| time.to_string());
    if json {
        let object = |token: &catalogue::Token| {
            json!({
                "id": token.id.0,
                "username": token.username,
                "name": token.name,
                "prefix": token.prefix,
                "scopes": token.scopes,
                "createdAt": token.created_at.to_string(),
                "expiresAt": time(token.expires_at),
                "lastUsedAt": time(token.last_used_at),
            })
        };
        let objects: Vec<_> = tokens.iter().map(object).collect();
        say::result(serde_json::to_string_pretty(&objects)?);
        return Ok(());
    }
    let or_never = |at| time(at).unwrap_or_else(|| "never".to_owned());
    let row = |token: catalogue::Token| {
        vec![
            token.id.0.to_string(),
            token.username,
            token.name,
            token.prefix,
            token.scopes.join(","),
            or_never(token.expires_at),
            or_never(token.last_used_at),
        ]
    };
    let head = [
        "ID",
        "USER",
        "NAME",
        "BEGINS WITH",
        "SCOPES",
        "EXPIRES",
        "LAST USED",
    ];
    let rows: Vec<Vec<String>> = tokens.into_iter().map(row).collect();
    table::lines(&head, &rows).iter().for_each(say::result);
    Ok(())
}
