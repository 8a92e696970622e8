//! Every filter and order, alone and together, against their definition in a few lines.

use super::{MORNING, complete, principal, stored, user};
use crate::{Catalogue, Cursor, Edit, NewUser, Page};
use jiff::Timestamp;
use model::access::{Action, Level, Scope, scope};
use model::audit::Actor;
use model::details::{Loss, Quality};
use model::filter::{Filter, Range, Sort, SortBy, Text, TimeFilter};
use model::{Direction, Mode, Recording, RecordingId, State};
use proptest::prelude::*;

const GROUPS: [&str; 2] = ["Sales", "Support"];
/// Some of them hold what means something elsewhere.
const NUMBERS: [&str; 8] = [
    "225",
    "+390584943232",
    "+39058",
    "Bob%",
    "b_b",
    "a\\b",
    "o'\"hara",
    "",
];
const WORDS: [&str; 6] = ["order", "ORDER 66", "straße", "Ann", "05", "%"];

/// Packets and lost ones: nothing counted, good, fair, poor.
const LOSSES: [(u64, u64); 4] = [(0, 0), (100, 0), (97, 3), (90, 10)];

/// One recording: numbers are indices.
#[derive(Clone, Debug)]
pub(crate) struct One {
    owner: Option<usize>,
    second: i64,
    duration: u64,
    local: usize,
    remote: usize,
    direction: i64,
    mode: usize,
    note: Option<usize>,
    tag: Option<usize>,
    fate: u8,
    loss: usize,
    masked: bool,
}

/// What happened, and what is asked.
#[derive(Clone, Debug)]
pub(crate) struct Story {
    homes: Vec<usize>,
    recordings: Vec<One>,
    removed: Option<usize>,
    moved: Option<(usize, usize)>,
    filter: Filter,
    sort: Sort,
    page: u64,
}

fn one(users: usize) -> impl Strategy<Value = One> {
    let option = |most: usize| prop::option::of(0..most);
    (
        (
            option(users),
            0..6_i64,
            0..4_u64,
            0..NUMBERS.len(),
            0..NUMBERS.len(),
        ),
        (
            0..3_i64,
            0..4_usize,
            option(WORDS.len()),
            option(WORDS.len()),
            0..6_u8,
            (0..LOSSES.len(), any::<bool>()),
        ),
    )
        .prop_map(|(call, rest)| One {
            owner: call.0,
            second: call.1,
            duration: call.2 * 1000,
            local: call.3,
            remote: call.4,
            direction: rest.0,
            mode: rest.1,
            note: rest.2,
            tag: rest.3,
            fate: rest.4,
            loss: rest.5.0,
            masked: rest.5.1,
        })
}

fn times() -> impl Strategy<Value = TimeFilter> {
    let at = |second: i64| Timestamp::from_millisecond(MORNING + second * 1000).unwrap();
    prop_oneof![
        4 => Just(TimeFilter::ANY),
        1 => (0..8_i64).prop_map(move |s| TimeFilter::equals(at(s))),
        1 => (0..8_i64).prop_map(move |s| TimeFilter::before(at(s))),
        1 => (0..8_i64).prop_map(move |s| TimeFilter::after(at(s))),
        1 => (0..8_i64, 0..8_i64).prop_map(move |(a, b)| TimeFilter::between(at(a), at(b))),
    ]
}

/// Rarely something, so that several conditions together still leave rows.
fn seldom<T: Clone + std::fmt::Debug + 'static>(
    some: impl Strategy<Value = T> + 'static,
) -> impl Strategy<Value = Option<T>> {
    prop::option::weighted(0.15, some)
}

fn number() -> impl Strategy<Value = Text> {
    let part = prop_oneof![
        prop::sample::select(&NUMBERS[..]).prop_map(str::to_owned),
        "[0-9+%_'\"\\\\bB]{0,4}",
    ];
    (part, any::<bool>()).prop_map(|(part, whole)| {
        if whole {
            Text::Equals(part)
        } else {
            Text::Contains(part)
        }
    })
}

fn filters(users: usize) -> impl Strategy<Value = Filter> {
    let name = (0..=users).prop_map(move |index| match index {
        index if index == users => String::new(),
        index => format!("USER{index}"),
    });
    let group = prop::sample::select(vec!["SALES", "support", ""]).prop_map(str::to_owned);
    let states = prop_oneof![
        4 => Just(Vec::new()),
        1 => prop::collection::vec(prop::sample::select(&State::ALL[..]), 1..4),
    ];
    let word = prop::sample::select(&WORDS[..]);
    let text = prop_oneof![
        word.clone().prop_map(str::to_lowercase),
        prop::sample::select(vec![
            "0584", "STRASSE", "66 order", "user1", "2026000", "call-1"
        ])
        .prop_map(str::to_owned),
    ];
    let duration = (0..4_u64, 0..4_u64).prop_map(|(least, most)| Range {
        least: Some(least * 1000),
        most: Some(most * 1000),
    });
    let first = (
        times(),
        times(),
        seldom(number()),
        seldom(number()),
        seldom(name),
    );
    let second = (
        seldom(group),
        seldom(0..3_i64),
        states,
        seldom(word),
        seldom(duration),
    );
    let third = (
        seldom(0..4_usize),
        seldom(any::<bool>()),
        seldom(any::<bool>()),
        seldom(text),
        seldom("[0-9+%_bB]{0,3}"),
    );
    let fourth = (
        prop::option::weighted(0.3, prop::sample::select(&Quality::ALL[..])),
        prop::option::weighted(0.3, any::<bool>()),
    );
    (first, second, third, fourth).prop_map(|(first, second, third, fourth)| Filter {
        quality: fourth.0,
        masked: fourth.1,
        start: first.0,
        end: first.1,
        local_number: first.2,
        remote_number: first.3,
        owner_username: first.4,
        group: second.0,
        direction: second.1.and_then(Direction::from_number),
        states: second.2,
        tag: second.3.map(str::to_uppercase),
        duration_ms: second.4.unwrap_or_default(),
        trigger: third.0.map(|mode| Mode::ALL[mode]),
        preserved: third.1,
        has_note: third.2,
        text: third.3,
        number_part: third.4,
        ..Filter::default()
    })
}

pub(crate) fn stories() -> impl Strategy<Value = Story> {
    prop::collection::vec(0..3_usize, 1..5).prop_flat_map(|homes| {
        let users = homes.len();
        let sort = (prop::sample::select(&SortBy::ALL[..]), any::<bool>())
            .prop_map(|(by, descending)| Sort { by, descending });
        (
            Just(homes),
            prop::collection::vec(one(users), 0..20),
            prop::option::of(0..users),
            prop::option::of((0..users, 0..3_usize)),
            filters(users),
            prop_oneof![1 => Just(Sort::NEWEST), 1 => sort],
            1..7_u64,
        )
            .prop_map(
                |(homes, recordings, removed, moved, filter, sort, page)| Story {
                    homes,
                    recordings,
                    removed,
                    moved,
                    filter,
                    sort,
                    page,
                },
            )
    })
}

fn group(index: usize) -> &'static str {
    GROUPS.get(index).copied().unwrap_or_default()
}

async fn live(catalogue: &Catalogue, story: &Story) {
    for group in GROUPS {
        catalogue.add_group(group).await.unwrap();
    }
    let boss = NewUser {
        supervises: vec!["Sales".to_owned()],
        ..user("user", Level::BASE, "")
    };
    catalogue.add_user(boss).await.unwrap();
    let mut users = Vec::new();
    for (index, &home) in story.homes.iter().enumerate() {
        let user = user(&format!("user{index}"), Level::BASE, group(home));
        users.push(catalogue.add_user(user).await.unwrap().id);
    }
    let boss = principal(catalogue, "user").await;
    let mut root = boss.clone();
    root.level = Level::COMPLETE;
    let root = catalogue.by(Actor::user(root, None, "test"));
    for (number, one) in story.recordings.iter().enumerate() {
        let number = u8::try_from(number).unwrap();
        let owner = one.owner.map(|index| users[index]);
        let mut draft = super::draft(number, one.second * 1000, owner);
        draft.duration_ms = one.duration;
        draft.local_number = NUMBERS[one.local].to_owned();
        draft.remote_number = NUMBERS[one.remote].to_owned();
        draft.direction = Direction::from_number(one.direction).unwrap();
        draft.details.trigger = Mode::ALL[one.mode];
        let (packets, lost) = LOSSES[one.loss];
        draft.details.loss = Loss {
            packets,
            lost,
            ..Loss::default()
        };
        if !one.masked {
            draft.details.pauses.clear();
        }
        if one.fate == 1 {
            draft.state = State::Interrupted;
        }
        let mut stored = stored(number);
        stored.size = u64::from(number % 3);
        catalogue.register(&draft, stored).await.unwrap();
        let mut edits = Vec::new();
        edits.extend(
            one.note
                .map(|word| Edit::Note(Some(WORDS[word].to_owned()))),
        );
        edits.extend(one.tag.map(|word| Edit::Tags(vec![WORDS[word].to_owned()])));
        match one.fate {
            2 => edits.push(Edit::Preserve),
            3 => edits.push(Edit::Delete {
                reason: "old".to_owned(),
            }),
            _ => {}
        }
        root.edit(draft.id, edits, None).await.unwrap();
    }
    if let Some((index, home)) = story.moved {
        super::move_to(catalogue, &format!("user{index}"), group(home)).await;
    }
    if let Some(index) = story.removed {
        let name = format!("user{index}");
        catalogue.remove_user(&name, false).await.unwrap();
        // A namesake, in another group, has nothing to do with the one before.
        catalogue
            .add_user(user(&name, Level::BASE, "Support"))
            .await
            .unwrap();
    }
}

fn folded(text: &str) -> String {
    text.to_uppercase().to_lowercase()
}

fn has(text: &str, part: &str) -> bool {
    folded(text).contains(&folded(part))
}

fn number_is(wanted: Option<&Text>, number: &str) -> bool {
    match wanted {
        None => true,
        Some(Text::Equals(text)) => number == text,
        Some(Text::Contains(text)) => has(number, text),
    }
}

fn flag(wanted: Option<bool>, is: bool) -> bool {
    wanted.is_none_or(|wanted| wanted == is)
}

/// What each field of a filter means: the definition.
fn admits(filter: &Filter, row: &Recording) -> bool {
    let draft = &row.draft;
    let start = draft.start_time.as_millisecond();
    let end = start + i64::try_from(draft.duration_ms).unwrap();
    let owner = row.owner.clone().unwrap_or_default();
    let found = |word: &str| {
        let note = row.note.as_ref().map_or("", |note| &note.text);
        let call = draft.pbx_call_id.as_deref().unwrap_or_default();
        let people = draft.details.participants.iter();
        let mut fields = vec![
            draft.local_number.as_str(),
            &draft.remote_number,
            note,
            call,
            &row.reference_number,
            &owner.username,
        ];
        fields.extend(row.tags.iter().map(String::as_str));
        fields.extend(people.flat_map(|person| [person.number.as_str(), &person.name]));
        let whole = format!("{} {}", owner.first_name, owner.last_name);
        fields.iter().any(|field| has(field, word)) || has(&whole, word)
    };
    let states = if filter.states.is_empty() {
        draft.state != State::Deleted
    } else {
        filter.states.contains(&draft.state)
    };
    let named = |name: &String| {
        folded(name) == folded(&owner.username) && name.is_empty() == row.owner.is_none()
    };
    let grouped = |group: &String| row.owner.is_some() && folded(group) == folded(&owner.group);
    states
        && filter.start.admits(start)
        && filter.end.admits(end)
        && filter.duration_ms.admits(draft.duration_ms)
        && number_is(filter.local_number.as_ref(), &draft.local_number)
        && number_is(filter.remote_number.as_ref(), &draft.remote_number)
        && filter
            .number_part
            .as_ref()
            .is_none_or(|part| has(&draft.local_number, part) || has(&draft.remote_number, part))
        && filter.owner_username.as_ref().is_none_or(named)
        && filter.group.as_ref().is_none_or(grouped)
        && filter
            .direction
            .is_none_or(|direction| direction == draft.direction)
        && filter
            .trigger
            .is_none_or(|mode| mode == draft.details.trigger)
        && filter
            .tag
            .as_ref()
            .is_none_or(|tag| row.tags.iter().any(|t| folded(t) == folded(tag)))
        && filter
            .quality
            .is_none_or(|quality| quality == draft.details.loss.quality())
        && flag(filter.masked, !draft.details.pauses.is_empty())
        && flag(filter.preserved, row.preserving_user.is_some())
        && flag(filter.has_note, row.note.is_some())
        && filter
            .text
            .as_ref()
            .is_none_or(|text| text.split_whitespace().all(found))
}

/// Lives through the story and compares what is listed with the definition.
pub(crate) async fn filters_mean_what_they_say(catalogue: &Catalogue, story: Story) {
    live(catalogue, &story).await;
    let mut rows = Vec::new();
    for number in 0..story.recordings.len() {
        let id = RecordingId::from_bytes([u8::try_from(number).unwrap(); 16]);
        let sealed = catalogue.recording_or_tombstone(id).await.unwrap().unwrap();
        rows.push(sealed.open(&complete(), Action::Read).unwrap());
    }
    let boss = principal(catalogue, "user").await;
    let own = principal(catalogue, "user0").await;
    for caller in [complete(), boss, own] {
        let scope = scope(&caller, Action::List).unwrap();
        let mut expected: Vec<Recording> = rows.clone();
        expected.retain(|row| admits(&story.filter, row));
        expected.retain(|row| {
            use model::access::Owned;
            scope.admits(row.ownership())
        });
        expected.sort_by_key(|row| Cursor::behind(row, story.sort.by));
        if story.sort.descending {
            expected.reverse();
        }
        compare(catalogue, &scope, &story, &expected).await;
    }
}

/// The list in pages, from place to place, as a stream, and its count are this.
async fn compare(catalogue: &Catalogue, scope: &Scope, story: &Story, expected: &[Recording]) {
    let (filter, sort, size) = (&story.filter, story.sort, story.page);
    let total = expected.len() as u64;
    assert_eq!(catalogue.count(scope, filter).await.unwrap(), total);
    let mut paged = Vec::new();
    for index in 0..=total / size {
        let page = Page {
            index,
            size: Some(size),
        };
        let listing = catalogue
            .recordings_filtered(scope, filter, sort, page)
            .await
            .unwrap();
        assert_eq!(listing.total, total);
        paged.extend(listing.recordings);
    }
    assert_eq!(paged, expected, "in pages");
    let mut walked: Vec<Recording> = Vec::new();
    loop {
        let place = walked.last().map(|row| Cursor::behind(row, sort.by));
        let place = place.map(|place| Cursor::decode(&place.encode()).unwrap());
        let rows = catalogue
            .recordings_behind(scope, filter, sort, place, size)
            .await
            .unwrap();
        let full = rows.len() as u64 == size;
        walked.extend(rows);
        if !full {
            break;
        }
    }
    assert_eq!(walked, expected, "from place to place");
    let mut stream = catalogue.stream(scope, filter, sort).await.unwrap();
    assert_eq!(stream.total(), total);
    let mut streamed = Vec::new();
    while let Some(batch) = stream.next().await.unwrap() {
        streamed.extend(batch);
    }
    assert_eq!(streamed, expected, "as a stream");
}
