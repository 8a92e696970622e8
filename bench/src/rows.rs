//! Recordings of three years: how many of whom can be computed, so that totals can be checked.

use crate::say;
use catalogue::{Catalogue, Stored};
use jiff::Timestamp;
use model::details::{Details, Participant};
use model::people::UserId;
use model::{Direction, Draft, Format, Mode, RecordingId, SessionId, Sha256, State};
use std::path::Path;

/// Groups, and users in each.
pub(crate) const GROUPS: u64 = 200;
pub(crate) const MEMBERS: u64 = 5;
/// Numbers of the other side.
const REMOTES: u64 = 50_000;
/// 2023-11-24T00:00:00Z, and three years.
const FIRST_MS: i64 = 1_700_784_000_000;
const SPAN_MS: u64 = 3 * 365 * 86_400_000;

/// The users as a table that `user import` reads.
pub(crate) fn users() -> String {
    let mut table = "username,firstname,lastname,numbers,group,level\n".to_owned();
    for user in 0..GROUPS * MEMBERS {
        let (number, group) = (2_000 + user, user / MEMBERS);
        table += &format!("u{user},Anna,Bianchi {user},{number},g{group},base\n");
    }
    table
}

/// One row: recording `index` of so many. The first user of the table has the id `first`.
fn row(index: u64, of: u64, first: i64) -> (Draft, Stored) {
    let mixed = (index + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mixed = mixed ^ (mixed >> 29);
    let user = user(index);
    let start_ms = FIRST_MS + (SPAN_MS / of * index) as i64;
    let time = |ms: i64| Timestamp::from_millisecond(start_ms + ms).unwrap_or_default();
    let duration_ms = 1_000 + mixed % 900_000;
    let mut random = [0; 10];
    random[..8].copy_from_slice(&mixed.to_be_bytes());
    let session = SessionId::mint(start_ms as u64, random);
    let id: RecordingId = session.first_recording();
    let (local, remote) = ((2_000 + user).to_string(), remote(index));
    let party = |number: &str, name: String, local| Participant {
        address: format!("sip:{number}@pbx.example"),
        number: number.to_owned(),
        name,
        local,
        ..Participant::default()
    };
    let draft = Draft {
        id,
        session,
        pbx_call_id: Some(format!("{:016x}@pbx", mixed.rotate_left(17))),
        start_time: time(0),
        duration_ms,
        direction: direction(index),
        owner: Some(UserId(first + user as i64)),
        sides_assumed: false,
        state: State::Available,
        reason: "the client ended the call".to_owned(),
        answered_at: time(-40),
        ended_at: time(duration_ms as i64),
        undecoded: Vec::new(),
        oddities: Vec::new(),
        details: Details {
            trigger: Mode::Always,
            node: "bench".to_owned(),
            client: "sbc".to_owned(),
            channels: 2,
            sample_rate: 8_000,
            codecs: vec!["PCMA".to_owned()],
            participants: vec![
                party(&local, format!("Anna Bianchi {user}"), true),
                party(&remote, String::new(), false),
            ],
            ..Details::default()
        },
        local_number: local,
        remote_number: remote,
    };
    let stored = Stored {
        size: 44 + duration_ms * 32,
        sha256: Sha256([index as u8; 32]),
        format: Format::Wav,
        object_key: format!("bench/{index}.wav"),
    };
    (draft, stored)
}

/// Which user has recording `index`.
fn user(index: u64) -> u64 {
    (index.wrapping_mul(7_919)) % (GROUPS * MEMBERS)
}

/// The other side's number.
pub(crate) fn remote(index: u64) -> String {
    format!("+3905{:08}", index.wrapping_mul(104_729) % REMOTES * 1_999)
}

fn direction(index: u64) -> Direction {
    if index.is_multiple_of(3) {
        Direction::Outgoing
    } else {
        Direction::Incoming
    }
}

/// How many of `of` recordings fulfil something.
pub(crate) fn count(of: u64, fulfils: impl Fn(u64) -> bool) -> u64 {
    (0..of).filter(|index| fulfils(*index)).count() as u64
}

/// Whether a recording's owner is in one of the groups.
pub(crate) fn is_in(index: u64, groups: &[u64]) -> bool {
    groups.contains(&(user(index) / MEMBERS))
}

/// Ids of some recordings, spread over all.
pub(crate) fn some(of: u64, count: u64) -> Vec<String> {
    let step = (of / count).max(1);
    let indices = (0..of).step_by(step as usize);
    indices
        .map(|index| row(index, of, 1).0.id.to_string())
        .collect()
}

/// Fills the catalogue of a data folder, for looking at it by hand: `bench rows FOLDER COUNT`.
pub(crate) fn main(arguments: &[String]) -> anyhow::Result<()> {
    let [folder, of] = arguments else {
        anyhow::bail!("usage: bench rows FOLDER COUNT");
    };
    load(Path::new(folder), of.parse()?, 1, &mut |count| {
        say::progress(count)
    })
}

/// Brings so many recordings into the catalogue of a data folder that has none.
pub(crate) fn load(
    data: &Path,
    of: u64,
    first: i64,
    progress: &mut dyn FnMut(u64),
) -> anyhow::Result<()> {
    let mut rows = (0..of).map(|index| row(index, of, first));
    Catalogue::load("sqlite:catalogue.db", data, &mut rows, progress)?;
    Ok(())
}
