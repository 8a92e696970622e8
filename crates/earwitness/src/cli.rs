//! The command line: what can be said. What it does stands in `commands`, `serve` and
//! `test_call`.

mod administration;
mod rules;

pub(crate) use administration::{
    Import, OutFormat, Reconcile, Render, Token, TokenAdd, UserImport,
};
pub(crate) use rules::{Rule, RuleAdd, RuleFields, RuleSet, RuleTest};

use crate::config;
use crate::test_call::{self, Codec};
use clap::{Args, Parser, Subcommand, ValueEnum};
use model::access::Level;
use std::path::PathBuf;
use std::time::Duration;

/// Self-hosted recorder of telephone calls over SIPREC.
#[derive(Debug, Parser)]
#[command(version, propagate_version = true, max_term_width = 100)]
#[command(
    after_help = "Exit status: 0 done, 1 it ran and found or failed at something, \
                        2 wrong usage or settings."
)]
pub(crate) struct Cli {
    /// The settings file; without it, the environment and the defaults [env: EARWITNESS_CONFIG]
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// What to do
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Every command.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run the recorder in the foreground
    ///
    /// When every listener is bound, one line on stdout says so: `ready http=ADDR sip-udp=ADDR
    /// sip-tcp=ADDR`. Everything else goes to stderr. Ctrl-C or SIGTERM lets running calls end
    /// for as long as `[server] drain` says, then closes them cleanly.
    Serve(Serve),
    /// People who may sign in, and whose calls are whose
    #[command(subcommand)]
    User(User),
    /// Groups of people, for supervisors
    #[command(subcommand)]
    Group(Group),
    /// Bearer tokens for programs
    #[command(subcommand)]
    Token(Token),
    /// Which calls are recorded: the first rule that matches says how
    #[command(subcommand)]
    Rule(Rule),
    /// Bring in a recording made elsewhere
    ///
    /// The same rules as the API's upload. Prints the id of the recording.
    Import(Import),
    /// Place test calls with audible sound into a recorder
    ///
    /// A SIPREC client of our own. Exits 0 when all calls were answered and ended.
    TestCall(TestCall),
    /// Render a recording again from its kept journal
    ///
    /// With --out into a file, and nothing is stored. Without, a recording that failed, or that
    /// an earlier version could not decode whole, gets the better sound in its place.
    Render(Render),
    /// Compare a list of calls with the catalogue: recorded, missing, to review
    ///
    /// The list is a table like a PBX exports it, its first line names the columns. Prints what
    /// is not surely recorded, and exits 1 when there is something.
    Reconcile(Reconcile),
    /// Read recordings back, compare size and SHA-256, and check the audit's chain
    ///
    /// Prints one line for each fault and exits 1 when there is one.
    Verify(Verify),
    /// Print the settings in force, each with where it came from; secrets are masked
    Config(Json),
    /// Check settings, ports, disk, clock, database and storage
    ///
    /// Says what to do about each fault and exits 1 when there is one.
    Doctor(Json),
    /// Print the OpenAPI 3.1 document of `/api/v1`
    Openapi,
}

/// `serve`.
#[derive(Args, Debug)]
pub(crate) struct Serve {
    /// Fill an empty data folder with three users and two test calls
    #[arg(long)]
    pub(crate) demo: bool,
}

/// How a result is printed.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct Json {
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// `user`.
#[derive(Debug, Subcommand)]
pub(crate) enum User {
    /// Add a user; without --password-stdin a random password is printed once
    Add(UserFields),
    /// Change what is given, keep the rest
    Set(UserChange),
    /// List all users
    List(Json),
    /// Give a user a new password; without --password-stdin a random one, printed once
    Password(Password),
    /// Remove a user; recordings stay
    Remove(UserRemove),
    /// Bring in users and groups from a table
    Import(UserImport),
}

/// A user's name and everything that can be said about one.
#[derive(Args, Debug)]
pub(crate) struct UserFields {
    /// The user's name: 1 to 64 characters, no `:`
    #[arg(value_name = "NAME", value_parser = username)]
    pub(crate) name: String,
    /// First name
    #[arg(long, value_name = "F")]
    pub(crate) first_name: Option<String>,
    /// Last name
    #[arg(long, value_name = "L")]
    pub(crate) last_name: Option<String>,
    /// Numbers and addresses that are this user's, every form; the first is shown
    #[arg(long, value_name = "N[,N…]", value_delimiter = ',')]
    pub(crate) number: Option<Vec<String>>,
    /// The group the user is in
    #[arg(long, value_name = "G")]
    pub(crate) group: Option<String>,
    /// Groups whose recordings the user may see
    #[arg(long, value_name = "G[,G…]", value_delimiter = ',')]
    pub(crate) supervises: Option<Vec<String>>,
    /// Department
    #[arg(long, value_name = "D")]
    pub(crate) department: Option<String>,
    /// none, record, base, complete, or a number from 0 to 10 [new users: record]
    #[arg(long, value_name = "LEVEL", value_parser = level)]
    pub(crate) level: Option<Level>,
    /// Number of the directory the user comes from; a filter of live recordings
    #[arg(long, value_name = "N")]
    pub(crate) numeric_id: Option<i64>,
    /// Take the password from the first line of stdin
    #[arg(long)]
    pub(crate) password_stdin: bool,
}

/// `user set`.
#[derive(Args, Debug)]
pub(crate) struct UserChange {
    /// What to change
    #[command(flatten)]
    pub(crate) fields: UserFields,
    /// Even when nobody with level complete remains
    #[arg(long)]
    pub(crate) force: bool,
}

/// `user password`.
#[derive(Args, Debug)]
pub(crate) struct Password {
    /// The user's name
    #[arg(value_name = "NAME")]
    pub(crate) name: String,
    /// Take the password from the first line of stdin
    #[arg(long)]
    pub(crate) password_stdin: bool,
}

/// `user remove`.
#[derive(Args, Debug)]
pub(crate) struct UserRemove {
    /// The user's name
    #[arg(value_name = "NAME")]
    pub(crate) name: String,
    /// Even when nobody with level complete remains
    #[arg(long)]
    pub(crate) force: bool,
}

/// `group`.
#[derive(Debug, Subcommand)]
pub(crate) enum Group {
    /// Add a group
    Add(GroupName),
    /// List all groups
    List(Json),
    /// Remove a group
    Remove(GroupName),
}

/// A group's name.
#[derive(Args, Debug)]
pub(crate) struct GroupName {
    /// The group's name
    #[arg(value_name = "NAME")]
    pub(crate) name: String,
}

/// `verify`.
#[derive(Args, Debug)]
pub(crate) struct Verify {
    /// Recordings to read back; none: all
    #[arg(value_name = "ID", value_parser = recording)]
    pub(crate) ids: Vec<model::RecordingId>,
    /// All recordings
    #[arg(long, conflicts_with = "ids")]
    pub(crate) all: bool,
}

/// `test-call`.
#[derive(Args, Debug)]
pub(crate) struct TestCall {
    /// The recorder [default: the first UDP or TCP listener of the settings]
    #[arg(long, value_name = "sip:HOST:PORT")]
    pub(crate) to: Option<String>,
    /// How SIP travels
    #[arg(long, value_enum, default_value_t = Transport::Udp)]
    pub(crate) transport: Transport,
    /// Number of the recorded party
    #[arg(
        long,
        value_name = "N",
        default_value = test_call::LOCAL,
        allow_hyphen_values = true
    )]
    pub(crate) local: String,
    /// Number of the other party
    #[arg(
        long,
        value_name = "N",
        default_value = test_call::REMOTE,
        allow_hyphen_values = true
    )]
    pub(crate) remote: String,
    /// Who called: in, the remote party; out, the local one
    #[arg(long, value_enum, default_value_t = Direction::Out)]
    pub(crate) direction: Direction,
    /// How long each call lasts
    #[arg(long, value_name = "S", default_value_t = 10.0, value_parser = seconds)]
    pub(crate) seconds: f64,
    /// How many calls
    #[arg(long, value_name = "N", default_value_t = 1,
          value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(crate) calls: u32,
    /// How many calls begin in a second
    #[arg(long, value_name = "R", default_value_t = 10.0, value_parser = rate)]
    pub(crate) rate: f64,
    /// How sound travels
    #[arg(long, value_enum, default_value_t = Codec::Pcmu)]
    pub(crate) codec: Codec,
    /// Protect the sound with SRTP
    #[arg(long)]
    pub(crate) srtp: bool,
    /// Place the calls again and again, once in D (like 30s or 5m), until told to stop
    #[arg(long, value_name = "D", value_parser = period)]
    pub(crate) every: Option<Duration>,
    /// Look for each call's recording in the catalogue of the settings, and read it back; what
    /// became of it is in `/metrics` of the server, too
    #[arg(long)]
    pub(crate) verify: bool,
    /// Print one JSON object for each call
    #[arg(long)]
    pub(crate) json: bool,
}

/// How SIP travels.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum Transport {
    /// UDP
    Udp,
    /// TCP
    Tcp,
    /// TLS; the recorder must show `sip.tls_certificate` of the settings, where that is set
    #[value(hide = true)]
    Tls,
}

/// Who called.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum Direction {
    /// The remote party called
    In,
    /// The local party called
    Out,
}

fn username(text: &str) -> Result<String, String> {
    let checked = model::people::check_username(text);
    checked
        .map(|()| text.to_owned())
        .map_err(|error| error.to_string())
}

fn level(text: &str) -> Result<Level, String> {
    Level::parse(text).ok_or_else(|| {
        "accepted: none, record, base, complete, or a number from 0 to 10".to_owned()
    })
}

fn recording(text: &str) -> Result<model::RecordingId, String> {
    model::RecordingId::parse(text)
        .map_err(|_| "accepted: a GUID like 75a90276-e47e-4e9e-b463-e3c743d5ff3a".to_owned())
}

fn seconds(text: &str) -> Result<f64, String> {
    number_within(text, 0.0, 86_400.0, "accepted: seconds, from 0 to 86400")
}

fn period(text: &str) -> Result<Duration, String> {
    let period = config::duration(text).filter(|period| !period.is_zero());
    period.ok_or_else(|| format!("accepted: {}", config::DURATIONS))
}

fn rate(text: &str) -> Result<f64, String> {
    number_within(
        text,
        0.001,
        10_000.0,
        "accepted: calls a second, from 0.001 to 10000",
    )
}

fn number_within(text: &str, low: f64, high: f64, accepted: &str) -> Result<f64, String> {
    let number: Option<f64> = text.parse().ok();
    number
        .filter(|number| (low..=high).contains(number))
        .ok_or_else(|| accepted.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
