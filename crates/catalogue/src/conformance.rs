//! What every back end must do: async functions that a back end's tests call, each with an
//! empty catalogue of its own.

pub(crate) mod audit;
pub(crate) mod counterparts;
pub(crate) mod edits;
pub(crate) mod filters;
pub(crate) mod people;
pub(crate) mod recordings;
pub(crate) mod renderings;
pub(crate) mod rules;
pub(crate) mod scopes;
pub(crate) mod secrets;

use crate::people::NewUser;
use crate::recordings::Stored;
use crate::{Catalogue, Changes};
use jiff::Timestamp;
use model::access::{Action, Level, Principal, Rights, Scope, scope};
use model::audit::Actor;
use model::details::{Details, KeyPress, Loss, Participant, PauseSpan, Source, Span};
use model::people::UserId;
use model::{Direction, Draft, Format, Mode, RecordingId, SessionId, Sha256, State};

/// 2026-11-24 10:00 UTC.
pub(crate) const MORNING: i64 = 1_795_514_400_000;

/// A draft of recording `number`, begun so many milliseconds after [`MORNING`].
pub(crate) fn draft(number: u8, after_ms: i64, owner: Option<UserId>) -> Draft {
    let time = |ms: i64| Timestamp::from_millisecond(MORNING + after_ms + ms).unwrap();
    Draft {
        id: RecordingId::from_bytes([number; 16]),
        session: SessionId::from_bytes([number; 16]),
        pbx_call_id: Some(format!("call-{number}")),
        start_time: time(0),
        duration_ms: 90_500,
        direction: Direction::Incoming,
        local_number: "225".to_owned(),
        remote_number: "+390584943232".to_owned(),
        owner,
        sides_assumed: true,
        state: State::Available,
        reason: "the caller hung up".to_owned(),
        answered_at: time(-20),
        ended_at: time(90_600),
        undecoded: vec!["G729/8000".to_owned()],
        oddities: vec![
            "a \"quoted\" thing,\nin two lines".to_owned(),
            String::new(),
        ],
        details: details(),
    }
}

/// Something in every field.
fn details() -> Details {
    let span = Span {
        from_ms: 1000,
        to_ms: 2000,
    };
    Details {
        source: Source::Sip,
        trigger: Mode::KeepLate,
        rule: "sales".to_owned(),
        client: "sbc-milano".to_owned(),
        node: "rec1".to_owned(),
        channels: 2,
        sample_rate: 8000,
        codecs: vec!["PCMA".to_owned()],
        pauses: vec![PauseSpan {
            span,
            by: "client".to_owned(),
        }],
        gaps: vec![span],
        keys: vec![KeyPress {
            span,
            key: Some("5".to_owned()),
            left: true,
        }],
        loss: Loss {
            packets: 4500,
            lost: 3,
            discarded: 1,
            gaps: 1,
        },
        one_way: false,
        participants: vec![Participant {
            address: "sip:225@example.org".to_owned(),
            number: "225".to_owned(),
            name: "John Doe".to_owned(),
            local: true,
            present: vec![Span {
                from_ms: 0,
                to_ms: 1000,
            }],
            ..Participant::default()
        }],
        marks: Vec::new(),
        profile: 1,
        stated_duration: None,
    }
}

/// What the archive said about recording `number`.
pub(crate) fn stored(number: u8) -> Stored {
    Stored {
        size: 960_384,
        sha256: Sha256([number; 32]),
        format: Format::Wav,
        object_key: format!("2026/11/24/{number}.wav"),
    }
}

/// A user of a level, in a group unless it is empty.
pub(crate) fn user(username: &str, level: Level, group: &str) -> NewUser {
    let group = (!group.is_empty()).then(|| group.to_owned());
    NewUser {
        level,
        group,
        ..NewUser::new(username, "hash")
    }
}

/// The scope of somebody with complete access.
pub(crate) fn everything() -> Scope {
    scope(&complete(), Action::List).unwrap()
}

/// Somebody with complete access who need not be in the catalogue.
pub(crate) fn complete() -> Principal {
    Principal {
        id: UserId(-1),
        username: "admin".to_owned(),
        level: Level::COMPLETE,
        supervises: std::collections::BTreeSet::new(),
        rights: Rights::default(),
    }
}

/// Who a user is now.
pub(crate) async fn principal(catalogue: &Catalogue, username: &str) -> Principal {
    catalogue
        .sign_in(username)
        .await
        .unwrap()
        .unwrap()
        .principal
}

/// The catalogue in the hands of a user.
pub(crate) async fn hands(catalogue: &Catalogue, username: &str) -> Catalogue {
    let principal = principal(catalogue, username).await;
    let from = Some([192, 0, 2, 1].into());
    catalogue.by(Actor::user(principal, from, "test"))
}

/// The id of recording `number`.
pub(crate) fn id(number: u8) -> RecordingId {
    RecordingId::from_bytes([number; 16])
}

/// Puts a user into a group; an empty name takes the user out.
pub(crate) async fn move_to(catalogue: &Catalogue, username: &str, group: &str) {
    let changes = Changes {
        group: Some(group.to_owned()),
        ..Changes::default()
    };
    catalogue.set_user(username, changes, false).await.unwrap();
}
