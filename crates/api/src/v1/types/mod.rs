//! The JSON of `/api/v1`: names and types of every key. Keys are camelCase, times RFC 3339 in
//! UTC, durations whole milliseconds.
//!
//! When you change a type here, run `UPDATE=1 cargo test -p api --test openapi` and review what
//! changes in `docs/openapi/v1.json`: keys are added, never renamed or taken away. Nothing else
//! in the product is written with these types.

mod audit;
mod beside;
mod bulk;
mod change;
mod clients;
mod condition;
mod listed;
mod live;
mod people;
mod period;
mod problem;
mod recording;
mod rules;
mod system;
mod words;

pub(crate) use audit::{AuditChain, AuditPage, AuditRow, Outcome};
pub(crate) use beside::{FileFacts, Message, Quality, Signalling, Verification, Waveform};
pub(crate) use bulk::{BulkAction, BulkChange, BulkRefusal, BulkResult};
pub(crate) use change::{NewMark, NoteHistory, Reason, RecordingChange};
pub(crate) use clients::{ClientList, NewTestCall, TestCallResult};
pub(crate) use condition::{Health, ListensAt, Notice, Stored, Waiting};
pub(crate) use listed::{RecordingPage, RecordingSummary};
pub(crate) use live::{
    LiveRecording, LiveRecordings, NewLiveMark, RecordingId, StartRecording, may_listen,
};
pub(crate) use people::{
    AddedToken, AddedUser, Group, GroupName, Groups, ImportResult, Me, NewToken, NewUser,
    PasswordChange, PasswordReset, PasswordSet, Preferences, Scope, Session, SignIn, Token, Tokens,
    User, UserChange, Users,
};
pub(crate) use period::{GroupCount, Period, PeriodName, Slot};
pub(crate) use problem::Problem;
pub(crate) use recording::{NoteVersion, Recording, Tombstone};
pub(crate) use rules::{DryRun, NewRule, Rule, Rules, Times, Verdict};
pub(crate) use system::{ByDirection, ByState, Counted, Statistics, System};
pub(crate) use words::{Direction, Mode, PauseBy, QualityGrade, Source, State};

use jiff::Timestamp;

/// RFC 3339 in UTC, with a fraction only when there is one.
pub(crate) fn time(time: Timestamp) -> String {
    time.to_string()
}
