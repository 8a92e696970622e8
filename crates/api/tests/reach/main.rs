//! Whoever asks, the list, its total, the details and the sound of a recording agree with the
//! rules, in both APIs, whatever happened to users, groups and recordings before.
//!
//! The rules stand here once more, in ten lines that share nothing with the product's.

#![expect(clippy::unwrap_used, reason = "test helpers panic")]

mod company;

use company::{Company, Kept, Person, SOUND};
use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Value, json};
use std::collections::BTreeSet;

const COMPATIBLE: &str = "/fw/Apps/Recorder/WebAPI/Recordings";
const V1: &str = "/api/v1/recordings";

/// The rules: who sees which recording.
fn sees(caller: &Person, recording: &Kept, people: &[Person]) -> bool {
    let owner = recording.owner.map(|place| &people[place]);
    let own = owner.is_some_and(|owner| owner.token == caller.token);
    let group = owner.and_then(|owner| owner.group);
    let supervised = group.is_some_and(|group| caller.supervises.contains(&group));
    match caller.level {
        0..=1 => false,
        2..=9 => own || supervised,
        _ => true,
    }
}

/// What happens in the company. Levels are 0 to 10, a group of 3 is none, and those who are
/// supervised are bits.
#[derive(Clone, Debug)]
enum Event {
    Hired(u8, usize, u8),
    Moved(Index, usize),
    Promoted(Index, u8),
    Charged(Index, u8),
    Dismissed(Index),
    Recorded(Option<Index>, bool),
    GivenAway(Index, Option<Index>),
    Deleted(Index),
}

fn event() -> impl Strategy<Value = Event> {
    let someone = || any::<Index>();
    let level = || prop_oneof![2 => 0..=10_u8, 1 => Just(2)];
    let (group, groups) = (0..4_usize, 0..8_u8);
    prop_oneof![
        3 => (level(), group.clone(), groups.clone()).prop_map(|(l, g, s)| Event::Hired(l, g, s)),
        2 => (someone(), group).prop_map(|(who, group)| Event::Moved(who, group)),
        1 => (someone(), level()).prop_map(|(who, level)| Event::Promoted(who, level)),
        1 => (someone(), groups).prop_map(|(who, groups)| Event::Charged(who, groups)),
        1 => someone().prop_map(Event::Dismissed),
        6 => (prop::option::weighted(0.9, someone()), prop::bool::weighted(0.2))
            .prop_map(|(owner, failed)| Event::Recorded(owner, failed)),
        1 => (someone(), prop::option::of(someone())).prop_map(|(r, o)| Event::GivenAway(r, o)),
        2 => someone().prop_map(Event::Deleted),
    ]
}

async fn happens(company: &mut Company, event: &Event) {
    let employed = company.employed();
    let one = |who: &Index| *who.get(&employed);
    match event {
        Event::Hired(level, group, groups) => company.hire(*level, *group, *groups).await,
        Event::Recorded(owner, failed) => company.record(owner.as_ref().map(one), *failed).await,
        Event::Moved(who, group) => company.move_to(one(who), *group).await,
        Event::Promoted(who, level) => company.promote(one(who), *level).await,
        Event::Charged(who, groups) => company.charge(one(who), *groups).await,
        Event::Dismissed(who) => company.dismiss(one(who)).await,
        Event::GivenAway(which, owner) => {
            let owner = owner.as_ref().map(one);
            company.give(|all| which.index(all), owner).await;
        }
        Event::Deleted(which) => company.delete(|all| which.index(all)).await,
    }
}

/// What a person must be told about all recordings.
struct Expected {
    ids: BTreeSet<String>,
    tombstones: BTreeSet<String>,
}

impl Expected {
    fn of(company: &Company, caller: &Person) -> Self {
        let ids = |deleted: bool| {
            let all = company.kept.iter().filter(|kept| kept.deleted == deleted);
            all.filter(|kept| sees(caller, kept, &company.people))
                .map(|kept| kept.id.clone())
                .collect()
        };
        Self {
            ids: ids(false),
            tombstones: ids(true),
        }
    }
}

fn ids(json: &Value, key: &str) -> BTreeSet<String> {
    let rows = json[key].as_array().unwrap();
    let ids: BTreeSet<String> = rows
        .iter()
        .map(|row| row["id"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(ids.len(), rows.len(), "no row twice");
    ids
}

/// The totals alone, which counters keep up with every event.
async fn totals(company: &Company, caller: &Person) {
    let total = Expected::of(company, caller).ids.len();
    for (path, key) in [
        (format!("{COMPATIBLE}?page=0&pageSize=1"), "totalCount"),
        (format!("{V1}?limit=1&total=true"), "total"),
    ] {
        let (status, body) = company.ask(caller, "GET", &path, Value::Null).await;
        if caller.level < 2 {
            assert_eq!(status, 403, "{path}");
            continue;
        }
        let body: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!((status, &body[key]), (200, &json!(total)), "{path}");
    }
}

async fn lists(company: &Company, caller: &Person) {
    let expected = Expected::of(company, caller);
    for (path, key, ids_expected) in [
        (COMPATIBLE.to_owned(), "recordings", &expected.ids),
        (format!("{V1}?limit=200"), "items", &expected.ids),
        (
            format!("{V1}?limit=200&state=deleted"),
            "items",
            &expected.tombstones,
        ),
    ] {
        let (status, body) = company.ask(caller, "GET", &path, Value::Null).await;
        if caller.level < 2 {
            assert_eq!(status, 403, "{path}");
            continue;
        }
        assert_eq!(status, 200, "{path}");
        let body: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(ids(&body, key), *ids_expected, "{path}");
    }
}

async fn single(company: &Company, caller: &Person, kept: &Kept) {
    let seen = sees(caller, kept, &company.people);
    for (base, gone, ending) in [
        (COMPATIBLE, 404, "/Media"),
        (COMPATIBLE, 404, ""),
        (V1, 410, "/media"),
        (V1, 410, ""),
    ] {
        let expected = match (caller.level, seen, kept.deleted) {
            (0..=1, _, _) => 403,
            // It does not exist any more, whosever it was.
            (_, false, true) if base == COMPATIBLE => 404,
            (_, false, _) => 403,
            (_, true, true) => gone,
            (_, true, false) if kept.failed && !ending.is_empty() => 404,
            (_, true, false) => 200,
        };
        let path = format!("{base}/{}{ending}", kept.id);
        let (status, body) = company.ask(caller, "GET", &path, Value::Null).await;
        assert_eq!(status, expected, "{path}");
        if status == 200 && ending.is_empty() {
            let body: Value = serde_json::from_slice(&body).unwrap();
            assert_eq!(body["id"], kept.id.as_str());
        } else if status == 200 {
            assert_eq!(body, SOUND);
        }
    }
}

async fn story(events: &[(Event, Index)]) {
    let mut company = Company::found().await;
    for (event, witness) in events {
        happens(&mut company, event).await;
        let witness = *witness.get(&company.employed());
        totals(&company, &company.people[witness]).await;
    }
    for place in company.employed() {
        let caller = &company.people[place];
        totals(&company, caller).await;
        lists(&company, caller).await;
        for kept in &company.kept {
            single(&company, caller, kept).await;
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 12,
        max_shrink_iters: 100,
        ..ProptestConfig::default()
    })]

    #[test]
    fn what_is_listed_counted_and_served_is_what_the_rules_say(
        events in prop::collection::vec((event(), any::<Index>()), 10..40),
    ) {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(story(&events));
    }
}
