//! What free text finds: one text for each recording, without case, a line for each field.

use crate::error::Error;
use crate::rules::without_case;
use model::{Draft, Recording};
use rusqlite::{Connection, params};

/// Most trigrams that are looked up; more would narrow nothing down.
const TRIGRAMS_MAX: usize = 24;

/// Writes the text of a recording anew.
pub(super) fn refresh(
    connection: &Connection,
    number: i64,
    recording: &Recording,
) -> Result<(), Error> {
    let note = recording.note.as_ref().map_or("", |note| &note.text);
    let text = of(
        &recording.draft,
        &recording.reference_number,
        note,
        &recording.tags,
    );
    connection
        .prepare_cached(
            "INSERT INTO recording_texts (number, text) VALUES (?1, ?2)
             ON CONFLICT DO UPDATE SET text = excluded.text WHERE text <> excluded.text",
        )?
        .execute(params![number, text])?;
    Ok(())
}

/// The text of a recording.
pub(super) fn of(draft: &Draft, reference_number: &str, note: &str, tags: &[String]) -> String {
    let mut fields = vec![
        draft.local_number.as_str(),
        &draft.remote_number,
        reference_number,
        draft.pbx_call_id.as_deref().unwrap_or_default(),
        note,
    ];
    for participant in &draft.details.participants {
        fields.extend([participant.number.as_str(), &participant.name]);
    }
    fields.extend(tags.iter().map(String::as_str));
    without_case(&fields.join("\n"))
}

/// A question to the index that every text containing `needle` answers, and perhaps others;
/// `None` when the needle is too short for one.
pub(super) fn question(needle: &str) -> Option<String> {
    // The index reads a question up to the first NUL.
    if needle.contains('\0') {
        return None;
    }
    let letters: Vec<char> = needle.chars().collect();
    let mut trigrams: Vec<String> = Vec::new();
    for window in letters.windows(3) {
        let trigram: String = window.iter().collect();
        let quoted = format!("\"{}\"", trigram.replace('"', "\"\""));
        if !trigrams.contains(&quoted) && trigrams.len() < TRIGRAMS_MAX {
            trigrams.push(quoted);
        }
    }
    (!trigrams.is_empty()).then(|| trigrams.join(" AND "))
}
