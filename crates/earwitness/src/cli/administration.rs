//! `token`, `import`, `user import` and `render`: what they take.

use super::{Json, recording};
use crate::config;
use clap::{Args, Subcommand};
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

/// `render`.
#[derive(Args, Debug)]
pub(crate) struct Render {
    /// The recording
    #[arg(value_name = "ID", value_parser = recording)]
    pub(crate) id: model::RecordingId,
    /// Where the sound goes; nothing that is there is overwritten, and nothing is stored
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
}

fn lifetime(text: &str) -> Result<Duration, String> {
    let lifetime = config::duration(text).filter(|lifetime| !lifetime.is_zero());
    lifetime.ok_or_else(|| format!("accepted: {}", config::DURATIONS))
}
