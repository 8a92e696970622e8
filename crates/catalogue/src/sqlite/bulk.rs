//! Millions of recordings at once, into a catalogue that has none.
//!
//! They go into a copy of the file, without the indexes, which are made at the end from what
//! is there: row by row, millions would take hours. The copy takes the catalogue's place when
//! it is whole and on the disk; until then nothing has changed. It must never run beside a
//! server, whose open file would be the old one.

use super::database::{cannot_open, connect};
use super::{Writer, edit, migrate, register, texts};
use crate::error::Error;
use crate::recordings::Stored;
use jiff::Timestamp;
use jiff::tz::Offset;
use model::Draft;
use model::audit::{Actor, AuditAction};
use rusqlite::{Connection, params};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

/// Rows of one transaction.
const BATCH: usize = 50_000;
/// Memory for pages while it runs, in KiB.
const CACHE_KIB: i64 = 512 * 1024;
/// Memory in which the text index gathers trigrams before it writes them, and how much it has
/// usually, in bytes.
const GATHER_BYTES: [i64; 2] = [128 << 20, 1 << 20];

/// What stands round the rows and is made anew at the end: indexes before triggers.
const AROUND: &str = "
    SELECT type, name, sql FROM sqlite_master
     WHERE tbl_name IN ('recordings', 'recording_texts') AND type IN ('index', 'trigger')
       AND sql IS NOT NULL
     ORDER BY type, name";

/// Brings them in; says how many there are by now after each batch.
pub(crate) fn load(
    path: &Path,
    recordings: &mut dyn Iterator<Item = (Draft, Stored)>,
    progress: &mut dyn FnMut(u64),
) -> Result<u64, Error> {
    let copy = beside(path);
    begin(path, &copy)?;
    let mut connection = connect(&copy)?;
    connection.execute_batch(&format!(
        "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA foreign_keys = OFF;
         PRAGMA cache_size = -{CACHE_KIB}; PRAGMA temp_store = FILE; PRAGMA threads = 4"
    ))?;
    let around = take_down(&connection)?;
    let count = rows(&mut connection, recordings, progress)?;
    finish(&connection, &around)?;
    note(&mut connection, count)?;
    connection.execute_batch("PRAGMA synchronous = FULL")?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    drop(connection);
    replace(path, &copy).map_err(|e| cannot_open(path, e))?;
    Ok(count)
}

fn beside(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".loading");
    PathBuf::from(name)
}

/// Makes sure that there are no recordings yet, and copies the file.
fn begin(path: &Path, copy: &Path) -> Result<(), Error> {
    let mut connection = connect(path)?;
    migrate::migrate(&mut connection, path)?;
    let known = connection.query_row("SELECT EXISTS (SELECT 1 FROM recordings)", [], |row| {
        row.get(0)
    })?;
    if known {
        return Err(Error::NotEmpty);
    }
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_row| Ok(()))?;
    drop(connection);
    // The copy has the rights of the original.
    let copied = fs::copy(path, copy).map(drop);
    copied.map_err(|e| cannot_open(copy, e))
}

fn take_down(connection: &Connection) -> Result<Vec<String>, Error> {
    let mut statement = connection.prepare(AROUND)?;
    let found = statement.query_map([], |row| {
        let (kind, name, sql) = (row.get(0)?, row.get(1)?, row.get(2)?);
        Ok::<(String, String, String), _>((kind, name, sql))
    })?;
    let found: Vec<_> = found.collect::<Result<_, _>>()?;
    for (kind, name, _sql) in &found {
        connection.execute_batch(&format!("DROP {kind} {name}"))?;
    }
    Ok(found.into_iter().map(|(_kind, _name, sql)| sql).collect())
}

fn rows(
    connection: &mut Connection,
    recordings: &mut dyn Iterator<Item = (Draft, Stored)>,
    progress: &mut dyn FnMut(u64),
) -> Result<u64, Error> {
    let actor = Actor::system("earwitness", "Earwitness");
    let mut counters = BTreeMap::new();
    let mut count = 0;
    loop {
        let transaction = connection.transaction()?;
        let writer = Writer {
            rows: &transaction,
            actor: &actor,
            now: Timestamp::now(),
        };
        let before = count;
        for (draft, stored) in (&mut *recordings).take(BATCH) {
            row(&writer, &mut counters, &draft, &stored)?;
            count += 1;
        }
        transaction.commit()?;
        if count == before {
            break;
        }
        progress(count);
    }
    for (year, next) in counters {
        connection.execute(
            "INSERT INTO reference_counters (year, next) VALUES (?1, ?2)",
            params![year, next],
        )?;
    }
    Ok(count)
}

fn row(
    writer: &Writer<'_>,
    counters: &mut BTreeMap<i16, i64>,
    draft: &Draft,
    stored: &Stored,
) -> Result<(), Error> {
    let year = Offset::UTC.to_datetime(draft.start_time).year();
    let next = counters.entry(year).or_insert(1);
    let reference_number = register::numbered(year, *next)?;
    *next = next.saturating_add(1);
    register::put(writer, register::INSERT, &reference_number, draft, stored)?;
    let number = writer.rows.last_insert_rowid();
    for mark in &draft.details.marks {
        edit::insert_mark(writer.rows, number, mark)?;
    }
    let text = texts::of(draft, &reference_number, "", &[]);
    let mut statement = writer
        .rows
        .prepare_cached("INSERT INTO recording_texts (number, text) VALUES (?1, ?2)")?;
    statement.execute(params![number, text])?;
    Ok(())
}

/// Counts, indexes and texts, from the rows.
fn finish(connection: &Connection, around: &[String]) -> Result<(), Error> {
    connection.execute_batch(
        "INSERT INTO recording_counts
         SELECT coalesce(owner_id, 0), deleted_ms IS NOT NULL, direction, quality, masked,
                COUNT(*)
           FROM recordings GROUP BY 1, 2, 3, 4, 5",
    )?;
    let [much, usual] = GATHER_BYTES;
    let gather = "INSERT INTO recording_search (recording_search, rank) VALUES ('hashsize', ?1)";
    connection.execute(gather, [much])?;
    let rebuild = "INSERT INTO recording_search (recording_search) VALUES ('rebuild')";
    connection.execute(rebuild, [])?;
    connection.execute(gather, [usual])?;
    for sql in around {
        connection.execute_batch(sql)?;
    }
    Ok(())
}

fn note(connection: &mut Connection, count: u64) -> Result<(), Error> {
    let actor = Actor::system("earwitness", "Earwitness");
    let transaction = connection.transaction()?;
    let writer = Writer {
        rows: &transaction,
        actor: &actor,
        now: Timestamp::now(),
    };
    let details = format!("{count} recordings brought in at once");
    writer.record(AuditAction::UploadRecording, None, details)?;
    Ok(transaction.commit()?)
}

fn replace(path: &Path, copy: &Path) -> io::Result<()> {
    File::open(copy)?.sync_all()?;
    // The last connection has emptied and removed what stands beside the file.
    fs::rename(copy, path)?;
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or_else(|| Path::new(".")))?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conformance::{draft, everything, stored};
    use crate::{Catalogue, Page};
    use model::filter::{Filter, Sort, Text};

    const URL: &str = "sqlite:catalogue.db";

    fn schema(folder: &Path) -> Vec<(String, String)> {
        let connection = connect(&folder.join("catalogue.db")).unwrap();
        let sql = "SELECT name, coalesce(sql, '') FROM sqlite_master ORDER BY type, name";
        let mut statement = connection.prepare(sql).unwrap();
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)));
        rows.unwrap().collect::<Result<_, _>>().unwrap()
    }

    #[tokio::test]
    async fn what_is_brought_in_at_once_is_what_is_registered_one_by_one() {
        let drafts: Vec<(Draft, Stored)> = (1..200)
            .map(|number| {
                (
                    draft(number, i64::from(number) * 1_000, None),
                    stored(number),
                )
            })
            .collect();
        let (one, all) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let registered = Catalogue::open(URL, one.path()).unwrap();
        for (draft, stored) in drafts.clone() {
            registered.register(&draft, stored).await.unwrap();
        }
        let mut told = Vec::new();
        let mut progress = |count| told.push(count);
        let mut rows = drafts.clone().into_iter();
        let count = Catalogue::load(URL, all.path(), &mut rows, &mut progress).unwrap();
        assert_eq!((count, told), (199, vec![199]));
        assert!(
            schema(one.path()) == schema(all.path()),
            "what stands round the rows"
        );

        let loaded = Catalogue::open(URL, all.path()).unwrap();
        let part = |text: &str| Filter {
            remote_number: Some(Text::Contains(text.to_owned())),
            ..Filter::default()
        };
        let text = |text: &str| Filter {
            text: Some(text.to_owned()),
            ..Filter::default()
        };
        let filters = [
            Filter::default(),
            part("9432"),
            text("call-17"),
            text("nothing"),
        ];
        for filter in filters {
            let mut lists = Vec::new();
            for catalogue in [&registered, &loaded] {
                let page = Page {
                    index: 1,
                    size: Some(5),
                };
                let list = catalogue
                    .recordings_filtered(&everything(), &filter, Sort::NEWEST, page)
                    .await
                    .unwrap();
                let ids: Vec<_> = list
                    .recordings
                    .iter()
                    .map(|row| row.draft.clone())
                    .collect();
                lists.push((list.total, ids));
            }
            assert_eq!(lists[0], lists[1], "{filter:?}");
        }
        // The next one gets the next number, and is found too.
        let (next, bytes) = (draft(250, 900_000, None), stored(250));
        let next = loaded.register(&next, bytes).await.unwrap();
        assert_eq!(next.reference_number, "2026000000200");
        drop(loaded);
        let again = Catalogue::load(URL, all.path(), &mut drafts.into_iter(), &mut |_| ());
        assert!(matches!(again, Err(Error::NotEmpty)));
    }
}
