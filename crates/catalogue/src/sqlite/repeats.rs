//! Requests that may be repeated: one key, one request, one answer for a day.

use super::Writer;
use crate::error::Error;
use crate::secrets::{Repeat, StoredAnswer};
use jiff::SignedDuration;
use model::Sha256;
use model::people::UserId;
use rusqlite::params;

/// For how long an answer is kept.
const KEPT: SignedDuration = SignedDuration::from_hours(24);
/// A request that is being done for longer was cut off, and may be done again.
const DONE_WITHIN: SignedDuration = SignedDuration::from_mins(15);

pub(super) const REQUEST: &str = "
    SELECT request, begun_ms, status, headers, body FROM requests
     WHERE user_id = ?1 AND key = ?2";

/// Announces a request.
pub(crate) fn begin(
    writer: &Writer<'_>,
    user: UserId,
    key: &str,
    request: Sha256,
) -> Result<Repeat, Error> {
    let rows = writer.rows;
    let now = writer.now.as_millisecond();
    let ago = |age: SignedDuration| now.saturating_sub(age.as_secs() * 1000);
    rows.execute("DELETE FROM requests WHERE begun_ms <= ?1", [ago(KEPT)])?;
    let mut statement = rows.prepare_cached(REQUEST)?;
    let mut found = statement.query(params![user.0, key])?;
    if let Some(row) = found.next()? {
        if row.get::<_, [u8; 32]>(0)? != request.0 {
            return Ok(Repeat::Conflict);
        }
        if let Some(status) = row.get::<_, Option<u16>>(2)? {
            let headers: String = row.get(3)?;
            let headers = serde_json::from_str(&headers);
            let bad = |_| Error::Inconsistent("an answer has no valid headers".to_owned());
            return Ok(Repeat::Done(StoredAnswer {
                status,
                headers: headers.map_err(bad)?,
                body: row.get(4)?,
            }));
        }
        if row.get::<_, i64>(1)? > ago(DONE_WITHIN) {
            return Ok(Repeat::Running);
        }
    }
    rows.execute(
        "INSERT INTO requests (user_id, key, request, begun_ms, headers, body)
         VALUES (?1, ?2, ?3, ?4, '[]', x'')
         ON CONFLICT DO UPDATE SET begun_ms = excluded.begun_ms",
        params![user.0, key, request.0, now],
    )?;
    Ok(Repeat::First)
}

/// Keeps the answer.
pub(crate) fn finish(
    writer: &Writer<'_>,
    user: UserId,
    key: &str,
    answer: &StoredAnswer,
) -> Result<(), Error> {
    let headers: Vec<_> = answer.headers.iter().map(|(n, v)| vec![n, v]).collect();
    writer.rows.execute(
        "UPDATE requests SET status = ?3, headers = ?4, body = ?5
          WHERE user_id = ?1 AND key = ?2",
        params![
            user.0,
            key,
            answer.status,
            serde_json::json!(headers).to_string(),
            answer.body,
        ],
    )?;
    Ok(())
}

/// Forgets a request that did not work.
pub(crate) fn forget(writer: &Writer<'_>, user: UserId, key: &str) -> Result<(), Error> {
    writer.rows.execute(
        "DELETE FROM requests WHERE user_id = ?1 AND key = ?2",
        params![user.0, key],
    )?;
    Ok(())
}
