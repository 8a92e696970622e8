//! Tables of users: all of a table or nothing.

use super::{Writer, groups, people};
use crate::error::Error;
use crate::people::{Changes, Imported, NewUser};
use model::audit::AuditAction;

/// Brings in users.
pub(crate) fn users(
    writer: &Writer<'_>,
    users: &[NewUser],
    dry_run: bool,
) -> Result<Imported, Error> {
    let rows = writer.rows;
    rows.execute_batch("SAVEPOINT import")?;
    let mut imported = Imported::default();
    free_numbers(writer, users)?;
    for (place, user) in users.iter().enumerate() {
        rows.execute_batch("SAVEPOINT one")?;
        match one(writer, user, &mut imported) {
            Ok(()) => {}
            Err(error @ (Error::Unavailable { .. } | Error::Database { .. })) => return Err(error),
            Err(error) => {
                imported.faults.push((place, error.to_string()));
                rows.execute_batch("ROLLBACK TO one")?;
            }
        }
        rows.execute_batch("RELEASE one")?;
    }
    if dry_run || !imported.faults.is_empty() {
        rows.execute_batch("ROLLBACK TO import")?;
    } else {
        let details = format!("{} added, {} changed", imported.added, imported.changed);
        writer.record(AuditAction::ImportUsers, None, details)?;
    }
    rows.execute_batch("RELEASE import")?;
    Ok(imported)
}

/// Whoever is in the table gets the numbers the table says, so that a number may move from one
/// of them to another.
fn free_numbers(writer: &Writer<'_>, users: &[NewUser]) -> Result<(), Error> {
    for user in users {
        if let Some(known) = people::named(writer.rows, &user.username)? {
            writer
                .rows
                .execute("DELETE FROM numbers WHERE user_id = ?1", [known.id.0])?;
        }
    }
    Ok(())
}

fn one(writer: &Writer<'_>, user: &NewUser, imported: &mut Imported) -> Result<(), Error> {
    for group in user.group.iter().chain(&user.supervises) {
        let missing = matches!(groups::id(writer.rows, group), Err(Error::NoSuchGroup(_)));
        if !group.is_empty() && missing {
            groups::add(writer, group)?;
            imported.groups.push(group.clone());
        }
    }
    if people::named(writer.rows, &user.username)?.is_none() {
        people::add(writer, user)?;
        imported.added += 1;
        return Ok(());
    }
    let changes = Changes {
        first_name: Some(user.first_name.clone()),
        last_name: Some(user.last_name.clone()),
        numbers: Some(user.numbers.clone()),
        group: Some(user.group.clone().unwrap_or_default()),
        supervises: Some(user.supervises.clone()),
        department: Some(user.department.clone()),
        level: Some(user.level),
        numeric_id: Some(user.numeric_id),
        only_if: None,
    };
    // Whoever locks everybody out by a table has to say so user by user.
    people::change(writer, &user.username, &changes, false)?;
    if !user.password_hash.is_empty() {
        people::set_password(writer, &user.username, &user.password_hash, None)?;
    }
    imported.changed += 1;
    Ok(())
}
