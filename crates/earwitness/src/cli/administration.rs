//! `token`, `import`, `user import`, `reconcile` and `render`: what they take.

use super::{Json, recording};
use crate::commands::Wish;
use crate::config;
use clap::{Args, Subcommand, ValueEnum};
use jiff::tz::TimeZone;
use std::path::PathBuf;
use std::time::Duration;

/// `token`.
#[derive(Debug, Subcommand)]
pub(crate) enum Token {
    /// Make a token; it is printed once, alone on stdout
    Add(TokenAdd),
    /// List all tokens, without what makes them work
    List(Json),
    /// End a token at once
    Revoke(TokenRevoke),
}

/// `token add`.
#[derive(Args, Debug)]
pub(crate) struct TokenAdd {
    /// The user whose rights the token has
    #[arg(value_name = "USERNAME")]
    pub(crate) username: String,
    /// What the token is for
    #[arg(long, value_name = "N")]
    pub(crate) name: String,
    /// How long it lasts (like 90d or 12h) [default: until it is revoked]
    #[arg(long, value_name = "D", value_parser = lifetime)]
    pub(crate) expires: Option<Duration>,
    /// What it may be used for; none: whatever the user may do
    #[arg(long, value_name = "S[,S…]", value_delimiter = ',')]
    pub(crate) scope: Vec<String>,
}

/// `token revoke`.
#[derive(Args, Debug)]
pub(crate) struct TokenRevoke {
    /// The token's id, as `token list` shows it
    #[arg(value_name = "ID")]
    pub(crate) id: i64,
}

/// `import`.
#[derive(Args, Debug)]
pub(crate) struct Import {
    /// The sound: WAV (PCM-8, PCM-16, A-law, µ-law) or MP3, at most 256 MiB
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// What is known about it: JSON with the fields of the API's upload
    #[arg(long, value_name = "FILE.json")]
    pub(crate) metadata: PathBuf,
}

/// `user import`.
#[derive(Args, Debug)]
pub(crate) struct UserImport {
    /// A table of users, its first line names the columns
    #[arg(value_name = "FILE.csv")]
    pub(crate) file: PathBuf,
    /// Say what would be done, and do nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// `reconcile`.
#[derive(Args, Debug)]
pub(crate) struct Reconcile {
    /// The table: who called whom, when, and for how long
    #[arg(value_name = "FILE.csv")]
    pub(crate) file: PathBuf,
    /// Which column is what: start, end, duration, caller, called, call-id; NAME+NAME for a
    /// date and a time apart [default: told from their names]
    #[arg(long, value_name = "ROLE=NAME[,…]", value_delimiter = ',', value_parser = Wish::parse)]
    pub(crate) columns: Vec<Wish>,
    /// What separates cells: one character, or tab [default: told from the first line]
    #[arg(long, value_name = "C", value_parser = delimiter)]
    pub(crate) delimiter: Option<u8>,
    /// The zone of times that do not say theirs, like Europe/Rome
    #[arg(long, value_name = "ZONE", default_value = "UTC", value_parser = zone)]
    pub(crate) time_zone: TimeZone,
    /// The form of dates, like "%d/%m/%Y %H:%M:%S" [default: what means the same everywhere]
    #[arg(long, value_name = "FORM")]
    pub(crate) date_format: Option<String>,
    /// How far the start of a recording may be from that of its call
    #[arg(long, value_name = "D", default_value = "60s", value_parser = span)]
    pub(crate) within: Duration,
    /// How much longer or shorter than its call a recording may be
    #[arg(long, value_name = "D", default_value = "5s", value_parser = span)]
    pub(crate) duration_within: Duration,
    /// Show the calls that are recorded, too; JSON always does
    #[arg(long)]
    pub(crate) all: bool,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// `render`.
#[derive(Args, Debug)]
pub(crate) struct Render {
    /// The recording
    #[arg(value_name = "ID", value_parser = recording)]
    pub(crate) id: model::RecordingId,
    /// Where the sound goes; nothing that is there is overwritten, and nothing is stored
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// The form of the file
    #[arg(long, value_enum, value_name = "F", default_value_t = OutFormat::Wav,
          requires = "out")]
    pub(crate) format: OutFormat,
}

/// The forms that a recording can be rendered in.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum OutFormat {
    /// RIFF WAVE, PCM 16 bit, two channels
    Wav,
}

fn lifetime(text: &str) -> Result<Duration, String> {
    let lifetime = config::duration(text).filter(|lifetime| !lifetime.is_zero());
    lifetime.ok_or_else(|| format!("accepted: {}", config::DURATIONS))
}

fn span(text: &str) -> Result<Duration, String> {
    config::duration(text).ok_or_else(|| format!("accepted: {}", config::DURATIONS))
}

fn delimiter(text: &str) -> Result<u8, String> {
    match text.as_bytes() {
        b"tab" | b"\\t" => Ok(b'\t'),
        [one] if one.is_ascii() && !b"\"\r\n".contains(one) => Ok(*one),
        _ => Err("accepted: one character, or tab".to_owned()),
    }
}

fn zone(text: &str) -> Result<TimeZone, String> {
    if text == "UTC" {
        return Ok(TimeZone::UTC);
    }
    TimeZone::get(text).map_err(|_| "accepted: UTC, or a zone like Europe/Rome".to_owned())
}
