//! A filter as SQL: conditions over a recording `r`, and their values.
//!
//! Every condition is checked on the row itself. What narrows a list down at once, a *drive*,
//! comes on top and changes no answer.

use super::{keys, texts};
use crate::error::Error;
use crate::rules::without_case;
use model::State;
use model::details::Quality;
use model::filter::{Filter, Text, TimeFilter};
use rusqlite::Connection;
use rusqlite::types::Value;

/// The longest recording there is.
pub(super) const LONGEST: &str = "SELECT max(duration_ms) FROM recordings";
/// Everybody whose name contains a text without case.
pub(super) const NAMED_LIKE: &str = "
    SELECT id FROM users
     WHERE instr(folded(username), ?1) > 0
        OR instr(folded(first_name || ' ' || last_name), ?1) > 0";
const TEXT_HAS_OR_OWNER: &str = "(EXISTS (SELECT 1 FROM recording_texts t
                  WHERE t.number = r.number AND instr(t.text, ?) > 0)
     OR r.owner_id IN (SELECT value FROM json_each(?)))";
/// A text that more recordings have is common: its list is walked until a page is full, instead
/// of finding all of them first. Small in tests, so that few recordings are many.
const COMMON: u64 = if cfg!(test) { 4 } else { 100_000 };
/// A text that so few have is taken without looking through the others.
const RARE: u64 = if cfg!(test) { 2 } else { 1_000 };
pub(super) const HAVE: &str =
    "SELECT rowid FROM recording_search WHERE recording_search MATCH ?1 LIMIT ?2";
const FOUND: &str = "r.number IN (SELECT value FROM json_each(?))";
/// One set of numbers, so that it is found and sorted and no list is walked. Each half of an
/// owner's recordings has an index of its own.
const FOUND_OR_OWNER: &str = "r.number IN (
    SELECT value FROM json_each(?)
    UNION ALL
    SELECT number FROM recordings
     WHERE owner_id IN (SELECT value FROM json_each(?)) AND deleted_ms IS NULL
    UNION ALL
    SELECT number FROM recordings
     WHERE owner_id IN (SELECT value FROM json_each(?)) AND deleted_ms IS NOT NULL)";

/// Conditions joined by AND, with one `?` for each value.
#[derive(Clone, Debug, Default)]
pub(super) struct Conditions {
    pub(super) text: String,
    pub(super) values: Vec<Value>,
}

impl Conditions {
    pub(super) fn add(&mut self, condition: &str) {
        self.text.push_str(" AND ");
        self.text.push_str(condition);
    }

    pub(super) fn with(&mut self, condition: &str, value: impl Into<Value>) {
        self.add(condition);
        self.values.push(value.into());
    }

    pub(super) fn extend(&mut self, other: &Self) {
        self.text.push_str(&other.text);
        self.values.extend(other.values.iter().cloned());
    }

    pub(super) fn is_empty(&self) -> bool {
        self.text.is_empty()
    }
}

/// Rows to look at: those that are there, in some states, or those that were deleted.
#[derive(Clone, Debug)]
pub(super) struct Part {
    pub(super) deleted: bool,
    pub(super) conditions: Conditions,
}

/// What a filter asks of a row, apart from its owner.
#[derive(Debug)]
pub(super) struct Wanted {
    /// Start times, as narrow as start and end say.
    pub(super) start: Between,
    /// Who called.
    pub(super) direction: Option<i64>,
    /// How much of the sound came.
    pub(super) quality: Option<i64>,
    /// Whether a part was paused.
    pub(super) masked: Option<bool>,
    /// Conditions on everything else.
    pub(super) conditions: Conditions,
    /// What finds the rows without walking a list.
    pub(super) drive: Conditions,
    /// Texts that may find them too, see [`Wanted::choose`].
    texts: Vec<Sought>,
    /// What is there, what was deleted, or both.
    pub(super) parts: Vec<Part>,
}

/// A question to the text index, and owners whose recordings are wanted as well.
#[derive(Debug)]
struct Sought {
    question: String,
    owners: Vec<i64>,
}

/// Start times in milliseconds: from, included, to, excluded.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Between {
    pub(super) from: Option<i64>,
    pub(super) to: Option<i64>,
}

/// Reads a filter. Owner and group are not looked at: they decide whose rows are walked.
pub(super) fn wanted(connection: &Connection, filter: &Filter) -> Result<Wanted, Error> {
    let mut wanted = Wanted {
        start: start(connection, filter)?,
        direction: filter.direction.map(|direction| direction.number().into()),
        quality: filter.quality.map(Quality::number),
        masked: filter.masked,
        conditions: Conditions::default(),
        drive: Conditions::default(),
        texts: Vec::new(),
        parts: parts(&filter.states),
    };
    times(&mut wanted.conditions, filter);
    for (column, number) in [
        ("r.local_number", &filter.local_number),
        ("r.remote_number", &filter.remote_number),
    ] {
        if let Some(number) = number {
            wanted.number(column, number);
        }
    }
    if let Some(part) = &filter.number_part {
        wanted.part_of_a_number(part);
    }
    wanted.plain(filter);
    let words = filter.text.as_deref().unwrap_or_default();
    let words: Vec<String> = words.split_whitespace().map(without_case).collect();
    for word in &words {
        wanted.word(connection, word)?;
    }
    Ok(wanted)
}

/// Start times that can be inside: who ends in a time began at most one longest call earlier.
fn start(connection: &Connection, filter: &Filter) -> Result<Between, Error> {
    let (start, end) = (filter.start, filter.end);
    let mut between = Between {
        from: start.from_ms(),
        to: start.to_ms(),
    };
    if let Some(from) = end.from_ms() {
        let mut statement = connection.prepare_cached(LONGEST)?;
        let longest: Option<i64> = statement.query_row([], |row| row.get(0))?;
        let from = from.saturating_sub(longest.unwrap_or(0));
        between.from = between.from.max(Some(from));
    }
    if let Some(to) = end.to_ms() {
        between.to = Some(between.to.map_or(to, |start| start.min(to)));
    }
    Ok(between)
}

fn parts(states: &[State]) -> Vec<Part> {
    let present: Vec<&str> = states
        .iter()
        .filter(|&&state| state != State::Deleted)
        .map(|state| state.name())
        .collect();
    let mut parts = Vec::new();
    if states.is_empty() || !present.is_empty() {
        let mut conditions = Conditions::default();
        if !present.is_empty() {
            let marks = vec!["?"; present.len()].join(", ");
            conditions.add(&format!("r.state IN ({marks})"));
            let names = present.iter().map(|&name| Value::Text(name.to_owned()));
            conditions.values.extend(names);
            if !states.contains(&State::Available) {
                // Says no more than the names, but so that the index of these few is taken.
                conditions.add("r.state <> 'available'");
            }
        }
        parts.push(Part {
            deleted: false,
            conditions,
        });
    }
    if states.contains(&State::Deleted) {
        parts.push(Part {
            deleted: true,
            conditions: Conditions::default(),
        });
    }
    parts
}

fn times(conditions: &mut Conditions, filter: &Filter) {
    let mut inside = |column: &str, times: TimeFilter| {
        if let Some(from) = times.from_ms() {
            conditions.with(&format!("{column} >= ?"), from);
        }
        if let Some(to) = times.to_ms() {
            conditions.with(&format!("{column} < ?"), to);
        }
    };
    inside("r.start_ms + r.duration_ms", filter.end);
    inside("r.updated_ms", filter.updated);
    let clamped = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    if let Some(least) = filter.duration_ms.least {
        conditions.with("r.duration_ms >= ?", clamped(least));
    }
    if let Some(most) = filter.duration_ms.most {
        conditions.with("r.duration_ms <= ?", clamped(most));
    }
}

impl Wanted {
    fn number(&mut self, column: &str, number: &Text) {
        match number {
            Text::Equals(number) => {
                let equals = format!("{column} = ?");
                self.conditions.with(&equals, number.clone());
                self.drive.with(&equals, number.clone());
            }
            Text::Contains(part) => {
                let part = without_case(part);
                self.seek(&part, Vec::new());
                let contains = format!("instr({}, ?) > 0", folded(column, &part));
                self.conditions.with(&contains, part);
            }
        }
    }

    fn part_of_a_number(&mut self, part: &str) {
        let part = without_case(part);
        self.seek(&part, Vec::new());
        let (local, remote) = (
            folded("r.local_number", &part),
            folded("r.remote_number", &part),
        );
        self.conditions.add(&format!(
            "(instr({local}, ?) > 0 OR instr({remote}, ?) > 0)"
        ));
        let twice = [Value::Text(part.clone()), Value::Text(part)];
        self.conditions.values.extend(twice);
    }

    fn plain(&mut self, filter: &Filter) {
        if let Some(mode) = filter.trigger {
            self.conditions.with("r.mode = ?", mode.name().to_owned());
        }
        if let Some(client) = &filter.client {
            self.conditions
                .with("folded(r.client) = ?", without_case(client));
        }
        for (column, flag) in [
            ("r.hold_ms", filter.on_hold),
            ("r.preserved_ms", filter.preserved),
            ("r.note_text", filter.has_note),
        ] {
            match flag {
                Some(true) => self.conditions.add(&format!("{column} IS NOT NULL")),
                Some(false) => self.conditions.add(&format!("{column} IS NULL")),
                None => {}
            }
        }
        for (column, text) in [
            ("r.pbx_call_id", &filter.pbx_call_id),
            ("r.reference_number", &filter.reference_number),
        ] {
            if let Some(text) = text {
                let equals = format!("{column} = ?");
                self.conditions.with(&equals, text.clone());
                self.drive.with(&equals, text.clone());
            }
        }
        if let Some(tag) = &filter.tag {
            let tag = without_case(tag);
            let has = "EXISTS (SELECT 1 FROM tags t WHERE t.number = r.number AND t.tag_key = ?)";
            self.conditions.with(has, tag.clone());
            let found = "r.number IN (SELECT number FROM tags WHERE tag_key = ?)";
            self.drive.with(found, tag);
        }
    }

    /// A word of the free text: in the texts of the recording, or in a name of its owner.
    fn word(&mut self, connection: &Connection, word: &str) -> Result<(), Error> {
        let mut statement = connection.prepare_cached(NAMED_LIKE)?;
        let named = statement.query_map([word], |row| row.get::<_, i64>(0))?;
        let named: Vec<i64> = named.collect::<Result<_, _>>()?;
        self.conditions.add(TEXT_HAS_OR_OWNER);
        let word_value = Value::Text(word.to_owned());
        self.conditions.values.extend([word_value, json(&named)]);
        self.seek(word, named);
        Ok(())
    }

    /// A text that may find the rows, unless it is too short for the index.
    fn seek(&mut self, text: &str, owners: Vec<i64>) {
        let question = texts::question(text);
        let sought = question.map(|question| Sought { question, owners });
        self.texts.extend(sought);
    }

    /// Whether something could find the rows.
    pub(super) fn may_be_found(&self) -> bool {
        !self.drive.is_empty() || !self.texts.is_empty()
    }

    /// Lets the rarest text find the rows, unless all are common. Looking at all of `reach`
    /// rows is as good as finding half as many.
    pub(super) fn choose(&mut self, connection: &Connection, reach: u64) -> Result<bool, Error> {
        let common = COMMON.min(reach / 2);
        let mut rounds = vec![RARE.min(common), common];
        rounds.dedup();
        for most in rounds {
            let mut rarest: Option<Found> = None;
            for sought in &self.texts {
                let most = rarest.as_ref().map_or(most, |found| found.have.min(most));
                rarest = sought.find(connection, most)?.or(rarest);
            }
            if let Some(found) = rarest {
                self.drive(found);
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn drive(
        &mut self,
        Found {
            numbers, owners, ..
        }: Found,
    ) {
        if owners.is_empty() {
            self.drive.add(FOUND);
            self.drive.values.push(json(&numbers));
        } else {
            self.drive.add(FOUND_OR_OWNER);
            let values = [json(&numbers), json(&owners), json(&owners)];
            self.drive.values.extend(values);
        }
    }
}

/// What a text finds: rows by their numbers, and all of some owners.
struct Found {
    numbers: Vec<i64>,
    owners: Vec<i64>,
    have: u64,
}

impl Sought {
    /// What it finds, if that is not more than `most` rows.
    fn find(&self, connection: &Connection, most: u64) -> Result<Option<Found>, Error> {
        let mut owned: u64 = 0;
        let mut statement = connection.prepare_cached(keys::COUNTED)?;
        for owner in &self.owners {
            for deleted in [false, true] {
                let any = None::<i64>;
                let values = (owner, deleted, any, any, any);
                let count: u64 = statement.query_row(values, |row| row.get(0))?;
                owned = owned.saturating_add(count);
            }
            if owned > most {
                return Ok(None);
            }
        }
        let room = most - owned;
        let mut statement = connection.prepare_cached(HAVE)?;
        let found = statement.query_map((&self.question, room.saturating_add(1)), |row| row.get(0));
        let numbers: Vec<i64> = found?.collect::<Result<_, _>>()?;
        let have = numbers.len() as u64;
        Ok((have <= room).then(|| Found {
            numbers,
            owners: self.owners.clone(),
            have: owned + have,
        }))
    }
}

/// A column without case, as far as that makes a difference to finding `part` in it: digits and
/// signs are the same in every case, and no letter becomes one of them.
fn folded(column: &str, part: &str) -> String {
    let caseless = |byte: u8| byte.is_ascii() && !byte.is_ascii_alphabetic();
    if part.bytes().all(caseless) {
        column.to_owned()
    } else {
        format!("folded({column})")
    }
}

fn json(numbers: &[i64]) -> Value {
    Value::Text(serde_json::Value::from(numbers.to_vec()).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folding_makes_no_digits_and_no_signs() {
        for letter in char::MIN..=char::MAX {
            let folded = without_case(&letter.to_string());
            let caseless = |c: char| c.is_ascii() && !c.is_ascii_alphabetic();
            if caseless(letter) {
                assert_eq!(folded, letter.to_string());
            } else {
                assert!(!folded.contains(caseless), "{letter:?} becomes {folded:?}");
            }
        }
    }
}
