//! Bringing in users and groups from a table.

use super::{manager, table};
use crate::app::App;
use crate::auth::Caller;
use crate::passwords;
use crate::refusal::Refusal;
use crate::v1::extract::{self, Query};
use crate::v1::types::ImportResult;
use axum::Json;
use axum::extract::{Request, State};
use catalogue::{Catalogue, Imported};
use serde::Deserialize;
use std::collections::HashMap;

/// Most bytes of a table.
const TABLE_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Whether to change anything.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct ImportQuery {
    /// True only says what would be done.
    #[serde(default)]
    #[param(example = true)]
    dry_run: bool,
}

/// Bring in users and groups from a table
///
/// Comma-separated values with a first line of column names: `username` and any of `firstName`,
/// `lastName`, `numbers`, `group`, `supervises`, `department`, `level`, `numericId`, `password`;
/// lists in a cell are separated by `;`. Who is there is changed to what the table says and
/// keeps what it says nothing about; others and missing groups are added. All of the table is
/// taken or nothing.
#[utoipa::path(
    post,
    path = "/api/v1/users/import",
    operation_id = "importUsers",
    tag = "users",
    params(ImportQuery),
    request_body(content = String, content_type = "text/csv",
        example = "username,firstName,numbers,group,level\njohn_doe,John,225,Sales,base\n"),
    responses(
        (status = 200, description = "What was done, or would be", body = ImportResult),
        (status = 409, description = "The last administrator",
            body = crate::v1::types::Problem, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn import_table(
    State(app): State<App>,
    caller: Caller,
    query: Result<Query<ImportQuery>, Refusal>,
    request: Request,
) -> Result<Json<ImportResult>, Refusal> {
    manager(&caller)?;
    let dry_run = query?.0.dry_run;
    if !extract::is(request.headers(), "text/csv") {
        return Err(Refusal::UnsupportedType("the body has to be text/csv"));
    }
    let table = extract::whole(request, TABLE_BYTES_MAX).await?;
    let catalogue = app.catalogue.by(caller.actor());
    let imported = import_users(&catalogue, table.to_vec(), dry_run).await;
    let imported = imported.map_err(|error| match error {
        BadTable::Rows(rows) => Refusal::BadRows(rows),
        BadTable::Catalogue(error) => error.into(),
        BadTable::Hash(error) => Refusal::fault(&error),
    })?;
    Ok(Json(ImportResult {
        dry_run,
        added: imported.added,
        changed: imported.changed,
        groups: imported.groups,
    }))
}

/// Why a table of users was not taken.
#[derive(Debug, thiserror::Error)]
pub enum BadTable {
    /// What is wrong with it, a sentence for each fault that names its line.
    #[error("{}", .0.join("\n"))]
    Rows(Vec<String>),
    /// The catalogue failed, or nobody would be left who has complete access.
    #[error(transparent)]
    Catalogue(#[from] catalogue::Error),
    /// A password could not be hashed.
    #[error(transparent)]
    Hash(#[from] passwords::Error),
}

/// Brings in users and groups from comma-separated values, all of the table or nothing;
/// `dry_run` changes nothing in any case and says the same. For the columns see the
/// description of `POST /api/v1/users/import`.
///
/// # Errors
/// [`BadTable`] says what is wrong with which line.
pub async fn import_users(
    catalogue: &Catalogue,
    table: Vec<u8>,
    dry_run: bool,
) -> Result<Imported, BadTable> {
    let known = catalogue.users().await?;
    let reading = tokio::task::spawn_blocking(move || {
        let name = |username: &str| username.to_lowercase();
        let known: HashMap<_, _> = known
            .iter()
            .map(|user| (name(&user.person.username), user))
            .collect();
        let rows = table::read(&table).map_err(BadTable::Rows)?;
        let mut users = Vec::with_capacity(rows.len());
        for mut row in rows {
            if let Some(known) = known.get(&name(&row.user.username)) {
                row.keep(known);
            }
            // Trying it out needs no hashes, which take long.
            if let Some(password) = row.password.filter(|_| !dry_run) {
                row.user.password_hash = passwords::hash(&password)?;
            }
            users.push((row.line, row.user));
        }
        Ok::<_, BadTable>(users)
    });
    let read = reading.await.map_err(|_| passwords::Error::Unavailable)?;
    let (lines, users): (Vec<usize>, Vec<_>) = read?.into_iter().unzip();
    let imported = catalogue.import_users(users, dry_run).await?;
    if imported.faults.is_empty() {
        return Ok(imported);
    }
    let faults = imported.faults.into_iter().map(|(place, fault)| {
        let line = lines.get(place).copied().unwrap_or_default();
        format!("line {line}: {fault}")
    });
    Err(BadTable::Rows(faults.collect()))
}
