//! The rules with users and groups already resolved, and the text they are kept as.
//!
//! Capture works from a snapshot and keeps the last one in a file, so that it can start
//! without the catalogue. The text is one line for each user and rule, its fields separated
//! by tabs, with `\\`, `\t` and `\n` for those characters.

use super::{Pattern, Rule, RuleId, Times};
use crate::mode::{Mode, Pause};
use crate::people::UserId;
use crate::recording::Direction;
use jiff::civil::Weekday;
use std::collections::{BTreeMap, BTreeSet};

/// First line of the text: what it is, and the version of its form.
const HEADER: &str = "earwitness-rules\t1";

/// The text is no snapshot of this version.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("line {line} is not one of a snapshot of the recording rules")]
pub struct BadSnapshot {
    /// Which line, from 1.
    pub line: usize,
}

/// The rules at one instant, with whose number is whose.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Snapshot {
    /// The rules, first one first.
    pub rules: Vec<SnapshotRule>,
    /// The user of each number and address, by [`crate::party::key`].
    pub users: BTreeMap<String, UserId>,
}

/// A rule with its users resolved.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct SnapshotRule {
    /// The rule.
    pub rule: Rule,
    /// Whom its user and group mean; `None`: it has neither.
    pub members: Option<BTreeSet<UserId>>,
}

impl Snapshot {
    /// The user one of these keys belongs to. A whole address goes before a number.
    #[must_use]
    pub fn user(&self, keys: &[String]) -> Option<UserId> {
        let (addresses, numbers): (Vec<_>, Vec<_>) = keys.iter().partition(|k| k.contains('@'));
        let mut keys = addresses.into_iter().chain(numbers);
        keys.find_map(|key| self.users.get(key).copied())
    }

    /// The snapshot as a text.
    #[must_use]
    pub fn encode(&self) -> String {
        let mut text = String::from(HEADER);
        text.push('\n');
        for (key, user) in &self.users {
            line(&mut text, &["user", &user.0.to_string(), key]);
        }
        for SnapshotRule { rule, members } in &self.rules {
            let members = members.as_ref().map(|members| {
                let ids: Vec<String> = members.iter().map(|id| id.0.to_string()).collect();
                ids.join(",")
            });
            let times: Vec<String> = rule.times.iter().map(times_text).collect();
            line(
                &mut text,
                &[
                    "rule",
                    &rule.id.0.to_string(),
                    &rule.position.to_string(),
                    &rule.name,
                    &option(rule.number.as_ref().map(Pattern::as_str)),
                    &option(rule.user.as_deref()),
                    &option(rule.group.as_deref()),
                    &option(rule.direction.map(|d| d.number().to_string()).as_deref()),
                    &option(rule.client.as_deref()),
                    &times.join(";"),
                    rule.mode.name(),
                    rule.pause.name(),
                    &option(members.as_deref()),
                ],
            );
        }
        text
    }

    /// The snapshot of a text.
    ///
    /// # Errors
    /// [`BadSnapshot`] names the first line that is not understood.
    pub fn decode(text: &str) -> Result<Self, BadSnapshot> {
        let mut snapshot = Self::default();
        let mut lines = text.lines().zip(1..);
        match lines.next() {
            Some((HEADER, _)) => {}
            _ => return Err(BadSnapshot { line: 1 }),
        }
        for (text, number) in lines {
            let fields: Option<Vec<String>> = text.split('\t').map(unescaped).collect();
            let fields = fields.unwrap_or_default();
            let known = match fields.first().map(String::as_str) {
                Some("user") => user(&fields).map(|(key, user)| {
                    snapshot.users.insert(key, user);
                }),
                Some("rule") => rule(&fields).map(|rule| snapshot.rules.push(rule)),
                _ => None,
            };
            known.ok_or(BadSnapshot { line: number })?;
        }
        Ok(snapshot)
    }
}

fn line(text: &mut String, fields: &[&str]) {
    let escaped = fields.iter().map(|field| {
        field
            .replace('\\', "\\\\")
            .replace('\t', "\\t")
            .replace('\n', "\\n")
            .replace('\r', "\\r")
    });
    text.push_str(&escaped.collect::<Vec<_>>().join("\t"));
    text.push('\n');
}

fn unescaped(field: &str) -> Option<String> {
    let mut text = String::with_capacity(field.len());
    let mut letters = field.chars();
    while let Some(letter) = letters.next() {
        if letter != '\\' {
            text.push(letter);
            continue;
        }
        text.push(match letters.next()? {
            '\\' => '\\',
            't' => '\t',
            'n' => '\n',
            'r' => '\r',
            _ => return None,
        });
    }
    Some(text)
}

/// `-` is nothing, `=` comes before something.
fn option(value: Option<&str>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| format!("={value}"))
}

fn optional(field: &str) -> Option<Option<&str>> {
    if field == "-" {
        return Some(None);
    }
    field.strip_prefix('=').map(Some)
}

fn user(fields: &[String]) -> Option<(String, UserId)> {
    let [_, id, key] = fields else { return None };
    Some((key.clone(), UserId(id.parse().ok()?)))
}

fn rule(fields: &[String]) -> Option<SnapshotRule> {
    let [
        _,
        id,
        position,
        name,
        number,
        user,
        group,
        direction,
        client,
        times,
        mode,
        pause,
        members,
    ] = fields
    else {
        return None;
    };
    let number = match optional(number)? {
        Some(pattern) => Some(Pattern::parse(pattern).ok()?),
        None => None,
    };
    let direction = match optional(direction)? {
        Some(number) => Some(Direction::from_number(number.parse().ok()?)?),
        None => None,
    };
    let times = times.split(';').filter(|text| !text.is_empty());
    let members = match optional(members)? {
        Some(ids) => {
            let ids = ids.split(',').filter(|id| !id.is_empty());
            let ids: Option<BTreeSet<UserId>> = ids.map(|id| id.parse().ok().map(UserId)).collect();
            Some(ids?)
        }
        None => None,
    };
    Some(SnapshotRule {
        rule: Rule {
            id: RuleId(id.parse().ok()?),
            name: name.clone(),
            position: position.parse().ok()?,
            number,
            user: optional(user)?.map(str::to_owned),
            group: optional(group)?.map(str::to_owned),
            direction,
            client: optional(client)?.map(str::to_owned),
            times: times.map(times_of).collect::<Option<_>>()?,
            mode: Mode::from_name(mode)?,
            pause: Pause::from_name(pause)?,
        },
        members,
    })
}

/// `1234567 540 1020 Europe/Rome`: weekdays from Monday, minutes, zone.
fn times_text(times: &Times) -> String {
    let days = times.weekdays().into_iter();
    let days: String = days
        .map(|day| char::from(b'0'.wrapping_add_signed(day.to_monday_one_offset())))
        .collect();
    format!("{days} {} {} {}", times.from(), times.to(), times.zone())
}

fn times_of(text: &str) -> Option<Times> {
    let mut parts = text.split(' ');
    let days = parts.next()?.bytes();
    let days: Option<Vec<Weekday>> = days
        .map(|digit| Weekday::from_monday_one_offset(i8::try_from(digit).ok()? - 0x30).ok())
        .collect();
    let (from, to) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    Times::new(&days?, from, to, parts.next()?).ok()
}
