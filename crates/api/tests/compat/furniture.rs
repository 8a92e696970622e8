//! What stands in the small company's house: six users, five recordings.
//!
//! An example puts the same furniture into the data folder of the real program, so it knows
//! nothing of the tests around it.

use archive::Archive;
use catalogue::{Catalogue, Edit, NewUser, Stored};
use model::access::Level;
use model::audit::Actor;
use model::people::UserId;
use model::{Direction, Draft, Format, Recording, RecordingId, SessionId, Sha256, State};
use sha2::Digest;
use std::sync::LazyLock;

/// John's; the id of the published page, as printed there.
pub(crate) const JOHNS: &str = "75A90276-E47E-4e9e-B463-E3C743D5FF3A";
/// John's too, with fractions of seconds and nothing known of the call.
pub(crate) const PLAIN: &str = "019338a0-0000-7000-8000-000000000001";
/// Of the chief, who is in no group.
pub(crate) const CHIEFS: &str = "019338a0-0000-7000-8000-000000000002";
/// Nobody's.
pub(crate) const ORPHAN: &str = "019338a0-0000-7000-8000-000000000003";
/// John's, and could not be rendered.
pub(crate) const FAILED: &str = "019338a0-0000-7000-8000-000000000004";

/// Everybody's password, but for `nopass`, who has none.
pub(crate) const PASSWORD: &str = "pass:wörd 1";

/// Sound of a thousand different bytes, near enough.
pub(crate) static SOUND: LazyLock<Vec<u8>> = LazyLock::new(|| {
    (0..1000_u32)
        .flat_map(|n| (n as u16).to_le_bytes())
        .collect()
});

static HASH: LazyLock<String> = LazyLock::new(|| api::passwords::hash(PASSWORD).unwrap());

/// Puts groups and users in.
pub(crate) async fn people(catalogue: &Catalogue) {
    catalogue.add_group("Sales").await.unwrap();
    for (username, level, group, numbers) in [
        ("john_doe", Level::BASE, "Sales", &["225"] as &[&str]),
        ("jane_roe", Level::BASE, "", &["226"]),
        ("chief", Level::COMPLETE, "", &["200", "+390584200"]),
        ("recorder", Level::RECORD, "Sales", &[]),
        ("outsider", Level::NONE, "", &[]),
        ("nopass", Level::COMPLETE, "", &[]),
    ] {
        let hash = if username == "nopass" {
            ""
        } else {
            HASH.as_str()
        };
        let mut user = NewUser::new(username, hash);
        user.level = level;
        user.group = Some(group.to_owned());
        user.numbers = numbers.iter().map(|number| (*number).to_owned()).collect();
        if username == "john_doe" {
            user.first_name = "John".to_owned();
            user.last_name = "Doe".to_owned();
            user.department = "EMEA".to_owned();
        }
        if username == "jane_roe" {
            user.supervises = vec!["Sales".to_owned()];
        }
        catalogue.add_user(user).await.unwrap();
    }
}

/// Puts recordings in.
pub(crate) async fn recordings(catalogue: &Catalogue, archive: &Archive) {
    let (john, chief) = (
        user(catalogue, "john_doe").await,
        user(catalogue, "chief").await,
    );
    let mut johns = draft(JOHNS, "2019-01-30T10:15:00Z", Some(john));
    johns.duration_ms = 192_000;
    johns.direction = Direction::Outgoing;
    johns.remote_number = "+390584943232".to_owned();
    johns.pbx_call_id = Some("28349101".to_owned());
    store(catalogue, archive, &johns, &SOUND).await;
    let note = Edit::Note(Some("Customer said \"yes\" – twice".to_owned()));
    for (username, edit) in [("jane_roe", note), ("chief", Edit::Preserve)] {
        let found = catalogue.sign_in(username).await.unwrap().unwrap();
        let actor = Actor::user(found.principal, None, "test");
        let edits = vec![edit];
        catalogue
            .by(actor)
            .edit(johns.id, edits, None)
            .await
            .unwrap();
    }

    let mut plain = draft(PLAIN, "2024-11-17T08:00:00.250Z", Some(john));
    plain.duration_ms = 90_500;
    store(catalogue, archive, &plain, &SOUND[..10]).await;
    let mut chiefs = draft(CHIEFS, "2024-11-17T09:00:00Z", Some(chief));
    chiefs.local_number = "200".to_owned();
    store(catalogue, archive, &chiefs, b"chief").await;
    let mut orphan = draft(ORPHAN, "2024-11-17T10:00:00Z", None);
    orphan.local_number = "299".to_owned();
    orphan.duration_ms = 0;
    store(catalogue, archive, &orphan, b"").await;
    let mut failed = draft(FAILED, "2024-11-17T11:00:00Z", Some(john));
    failed.state = State::Failed;
    let stored = Stored {
        size: 0,
        sha256: sha256(b""),
        format: Format::Wav,
        object_key: String::new(),
    };
    catalogue.register(&failed, stored).await.unwrap();
}

/// The id of a user.
pub(crate) async fn user(catalogue: &Catalogue, username: &str) -> UserId {
    catalogue
        .sign_in(username)
        .await
        .unwrap()
        .unwrap()
        .principal
        .id
}

/// Archives and registers.
pub(crate) async fn store(
    catalogue: &Catalogue,
    archive: &Archive,
    draft: &Draft,
    bytes: &[u8],
) -> Recording {
    let key = format!("{}.wav", draft.id);
    archive.put_bytes(&key, bytes).await.unwrap();
    let stored = Stored {
        size: bytes.len() as u64,
        sha256: sha256(bytes),
        format: Format::Wav,
        object_key: key,
    };
    catalogue.register(draft, stored).await.unwrap()
}

pub(crate) fn sha256(bytes: &[u8]) -> Sha256 {
    Sha256(sha2::Sha256::digest(bytes).into())
}

pub(crate) fn draft(id: &str, start: &str, owner: Option<UserId>) -> Draft {
    let id = RecordingId::parse(id).unwrap();
    Draft {
        id,
        session: SessionId::from_bytes(id.to_bytes()),
        pbx_call_id: None,
        start_time: start.parse().unwrap(),
        duration_ms: 1000,
        direction: Direction::Unknown,
        local_number: "225".to_owned(),
        remote_number: String::new(),
        owner,
        sides_assumed: false,
        state: State::Available,
        reason: String::new(),
        answered_at: start.parse().unwrap(),
        ended_at: start.parse().unwrap(),
        undecoded: Vec::new(),
        oddities: Vec::new(),
        details: model::Details::default(),
    }
}
