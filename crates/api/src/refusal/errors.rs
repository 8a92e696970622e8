//! How the catalogue's and the archive's errors are told.

use super::{Kind, Refusal};
use crate::gate;
use catalogue::Error;

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        if error.is_unavailable() {
            tracing::warn!("a request is answered 503: {error}");
            return Self::Unavailable;
        }
        let message = error.to_string();
        match error {
            Error::NoSuchRecording(_) => Self::NoRecording,
            Error::NoSuchUser(_) => Self::Missing("user does not exist"),
            Error::NoSuchMark(_) => Self::Missing("mark does not exist"),
            Error::NoSuchToken(_) => Self::Missing("token does not exist"),
            Error::NoSuchRule(_) => Self::Missing("rule does not exist"),
            Error::NoSuchGroup(name) => Self::BadRequest(format!("group {name} does not exist")),
            Error::UserExists(_)
            | Error::GroupExists(_)
            | Error::GroupNotEmpty { .. }
            | Error::NumberTaken { .. } => Self::Conflict(&Kind::CONFLICT, message),
            Error::LastComplete(name) => Self::Conflict(
                &Kind::LAST_ADMINISTRATOR,
                format!("{name} is the last user with complete access"),
            ),
            Error::Denied(denied) => gate::refused(denied),
            Error::Changed => Self::Changed,
            Error::BadUsername(_)
            | Error::BadGroupName
            | Error::BadNumber(_)
            | Error::BadText { .. }
            | Error::TooManyNumbers(_)
            | Error::TooMany { .. }
            | Error::NoReason
            | Error::Empty(_)
            | Error::BadPattern(_)
            | Error::TooLarge(_) => Self::BadRequest(message),
            Error::Unsupported { .. }
            | Error::Newer { .. }
            | Error::Foreign { .. }
            | Error::Open { .. }
            | Error::Unavailable { .. }
            | Error::Database { .. }
            | Error::Inconsistent(_)
            | Error::NoReferenceNumber(_)
            | Error::NotEmpty
            | Error::TooManyLists => Self::fault(&message),
            // A later kind of error is a fault until somebody decides how to tell it.
            _ => Self::fault(&message),
        }
    }
}

impl From<archive::Error> for Refusal {
    fn from(error: archive::Error) -> Self {
        if error.is_unavailable() {
            tracing::warn!("a request is answered 503: {error}");
            return Self::Unavailable;
        }
        Self::fault(&error)
    }
}
