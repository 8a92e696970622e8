//! Checks the chain from its first row to its head, and names the first broken link.

use super::audit;
use crate::audit::{AuditCheck, AuditHead, Broken};
use crate::error::Error;
use model::Sha256;
use rusqlite::{Connection, Row};

/// What stands before the first row.
const BEGINNING: Sha256 = Sha256([0; 32]);

/// Checks the whole chain, and that an end of it known from elsewhere is still in it.
pub(crate) fn check(
    connection: &Connection,
    known: Option<AuditHead>,
) -> Result<AuditCheck, Error> {
    let head = match audit::head(connection) {
        Ok(head) => head,
        Err(error) if error.is_unavailable() => return Err(error),
        Err(_broken) => {
            return Ok(AuditCheck {
                rows: 0,
                head: AuditHead {
                    number: 0,
                    hash: BEGINNING,
                },
                broken: broken(1, "the head of the audit is missing or cannot be read"),
            });
        }
    };
    // By number: a table whose key was taken away must not be read in another order.
    let statement = format!("SELECT {}, hash FROM audit ORDER BY number", audit::COLUMNS);
    let mut statement = connection.prepare(&statement)?;
    let mut found = statement.query([])?;
    let mut walk = Walk {
        head,
        before: BEGINNING,
        rows: 0,
        known,
    };
    while let Some(row) = found.next()? {
        if let Some(broken) = walk.step(row)? {
            return Ok(walk.end(Some(broken)));
        }
    }
    let broken = walk.cut();
    Ok(walk.end(broken))
}

struct Walk {
    head: AuditHead,
    before: Sha256,
    rows: u64,
    known: Option<AuditHead>,
}

impl Walk {
    /// Takes the next row; a broken one ends the walk.
    fn step(&mut self, row: &Row<'_>) -> Result<Option<Broken>, Error> {
        let expected = self.rows + 1;
        let number = row.get_ref(0)?.as_i64().unwrap_or(0);
        let number = u64::try_from(number).unwrap_or(0);
        if number < expected {
            return Ok(broken(number, "it has no place in the chain"));
        }
        if number > expected {
            return Ok(broken(expected, "it is missing"));
        }
        if number > self.head.number {
            return Ok(broken(number, "it stands behind the head of the audit"));
        }
        let stored = row.get_ref("hash")?.as_blob().ok();
        let hash = audit::of_row(self.before, row)?;
        if stored != Some(&hash.0[..]) {
            return Ok(broken(
                expected,
                "it or its hash was changed, or moved from its place",
            ));
        }
        if let Some(known) = self.known
            && known.number == expected
            && known.hash != hash
        {
            return Ok(broken(expected, "it is not the row that was known"));
        }
        self.before = hash;
        self.rows = expected;
        Ok(None)
    }

    /// What is wrong at the end of the rows.
    fn cut(&self) -> Option<Broken> {
        let head = self.head;
        if head.number > self.rows {
            return broken(
                self.rows + 1,
                "it is missing: the end of the audit was cut off",
            );
        }
        if head.hash != self.before {
            return broken(
                self.rows.max(1),
                "the head of the audit remembers another row",
            );
        }
        if self.known.is_some_and(|known| known.number > self.rows) {
            return broken(self.rows + 1, "it is missing: the audit was longer once");
        }
        None
    }

    fn end(&self, broken: Option<Broken>) -> AuditCheck {
        AuditCheck {
            rows: self.rows + u64::from(broken.is_some()),
            head: self.head,
            broken,
        }
    }
}

fn broken(row: u64, why: &str) -> Option<Broken> {
    Some(Broken {
        row,
        why: why.to_owned(),
    })
}

#[cfg(test)]
mod tests;
