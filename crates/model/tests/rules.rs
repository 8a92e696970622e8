//! The verdict on a call, against a few words that define it, and the text of a snapshot.

#![expect(clippy::unwrap_used, reason = "test helpers panic")]

use jiff::Timestamp;
use jiff::civil::Weekday;
use model::people::UserId;
use model::rules::{
    BadSnapshot, CallFacts, CallParty, Pattern, Rule, RuleId, Snapshot, SnapshotRule, Times, decide,
};
use model::{Direction, Mode, Pause};
use proptest::prelude::*;
use std::collections::BTreeMap;

fn party(number: &str) -> CallParty {
    CallParty {
        keys: model::party::keys(number),
        local: None,
    }
}

fn call(numbers: &[&str], over: bool) -> CallFacts {
    CallFacts {
        parties: numbers.iter().map(|number| party(number)).collect(),
        direction: Direction::Unknown,
        client: "sbc".to_owned(),
        at: Timestamp::UNIX_EPOCH,
        over,
    }
}

fn rule(name: &str, mode: Mode) -> Rule {
    Rule {
        name: name.to_owned(),
        mode,
        ..Rule::default()
    }
}

fn snapshot(rules: Vec<(Rule, Option<&[i64]>)>) -> Snapshot {
    let rules = rules.into_iter().zip(1..).map(|((rule, members), place)| {
        let members = members.map(|ids| ids.iter().copied().map(UserId).collect());
        let rule = Rule {
            id: RuleId(place.into()),
            position: place,
            ..rule
        };
        SnapshotRule { rule, members }
    });
    Snapshot {
        rules: rules.collect(),
        users: BTreeMap::from([("225".to_owned(), UserId(1)), ("226".to_owned(), UserId(2))]),
    }
}

fn number(pattern: &str) -> Rule {
    Rule {
        number: Some(Pattern::parse(pattern).unwrap()),
        ..rule("number", Mode::Never)
    }
}

#[test]
fn without_a_rule_calls_are_recorded_always() {
    let verdict = decide(&Snapshot::default(), &call(&[], false));
    assert_eq!((verdict.mode, verdict.undecided), (Mode::Always, false));
    assert_eq!(verdict.rule, None);
    assert_eq!(verdict.why, ["no rule matches: always"]);
}

#[test]
fn the_first_match_wins_and_says_why() {
    let rules = snapshot(vec![
        (number("+3906*"), None),
        (rule("ann", Mode::OnDemand), Some(&[1])),
        (rule("rest", Mode::KeepLate), None),
    ]);
    let verdict = decide(&rules, &call(&["225", "+390584"], false));
    assert_eq!(verdict.mode, Mode::OnDemand);
    assert_eq!(verdict.rule, Some((RuleId(2), "ann".to_owned())));
    assert_eq!(
        verdict.why,
        [
            "rule 1 \"number\" does not match: no party has a number like +3906*",
            "rule 2 \"ann\" matches: on-demand"
        ]
    );
    let verdict = decide(&rules, &call(&["226", "00390612"], false));
    assert_eq!(verdict.mode, Mode::Never);
}

#[test]
fn a_rule_that_needs_what_is_unknown_leaves_it_open_until_the_end() {
    let rules = snapshot(vec![
        (number("555"), None),
        (rule("ann", Mode::OnDemand), Some(&[1])),
    ]);
    let open = decide(&rules, &call(&["999"], false));
    assert!(open.undecided);
    assert_eq!(open.mode, Mode::Always, "what holds if nothing more comes");
    let over = decide(&rules, &call(&["999"], true));
    assert_eq!((over.undecided, over.mode), (false, Mode::Always));
    let known = decide(&rules, &call(&["999", "555"], false));
    assert_eq!((known.undecided, known.mode), (false, Mode::Never));
    // Ours is known, the other side not: the first rule may still match.
    let half = decide(&rules, &call(&["225"], false));
    assert_eq!((half.undecided, half.mode), (true, Mode::OnDemand));
}

#[test]
fn the_side_that_is_said_to_be_ours_counts() {
    let rules = snapshot(vec![(rule("ann", Mode::Never), Some(&[1]))]);
    let mut facts = call(&["225", "226"], false);
    assert_eq!(decide(&rules, &facts).mode, Mode::Never);
    facts.parties[1].local = Some(true);
    let verdict = decide(&rules, &facts);
    assert_eq!((verdict.mode, verdict.undecided), (Mode::Always, false));
    // Ours, but nobody's: no user, and known to be none.
    let mut facts = call(&["225", "999"], false);
    facts.parties[1].local = Some(true);
    assert_eq!(decide(&rules, &facts).mode, Mode::Always);
    facts.parties[1].local = None;
    facts.parties[0].local = Some(false);
    assert!(decide(&rules, &facts).undecided);
}

#[test]
fn client_direction_and_time_are_conditions_too() {
    let weekend = [Weekday::Saturday, Weekday::Sunday];
    let conditions = Rule {
        client: Some("SBC".to_owned()),
        direction: Some(Direction::Incoming),
        times: vec![Times::new(&weekend, 0, 1440, "UTC").unwrap()],
        ..rule("weekend", Mode::KeepLate)
    };
    let rules = snapshot(vec![(conditions, None)]);
    let mut facts = call(&["225", "226"], false);
    facts.direction = Direction::Incoming;
    facts.at = "2026-11-22T10:00:00Z".parse().unwrap();
    assert_eq!(decide(&rules, &facts).mode, Mode::KeepLate);
    facts.direction = Direction::Unknown;
    assert!(decide(&rules, &facts).undecided);
    facts.client = "other".to_owned();
    assert!(
        !decide(&rules, &facts).undecided,
        "what cannot match is not open"
    );
    facts.client = "sbc".to_owned();
    facts.direction = Direction::Outgoing;
    assert_eq!(decide(&rules, &facts).mode, Mode::Always);
    facts.direction = Direction::Incoming;
    facts.at = "2026-11-23T10:00:00Z".parse().unwrap();
    assert_eq!(decide(&rules, &facts).mode, Mode::Always);
}

fn texts() -> impl Strategy<Value = String> {
    "[a-z \\t\\n\\r\\\\=-]{0,8}"
}

fn rules() -> impl Strategy<Value = SnapshotRule> {
    let conditions = (
        prop::option::of("[1-3?*]{1,4}"),
        prop::option::of(prop::collection::btree_set(1..4_i64, 0..3)),
        prop::option::of(0..3_i64),
        prop::option::of(texts()),
    );
    let times = prop::option::of((0..7_i8, 0..1440_u16, 0..=1440_u16));
    (
        conditions,
        times,
        texts(),
        0..4_usize,
        any::<bool>(),
        any::<i64>(),
    )
        .prop_map(
            |((number, members, direction, client), times, name, mode, own, id)| SnapshotRule {
                rule: Rule {
                    id: RuleId(id),
                    position: 3,
                    number: number.map(|pattern| Pattern::parse(&pattern).unwrap()),
                    user: members.as_ref().map(|_| name.clone()),
                    group: None,
                    direction: direction.and_then(Direction::from_number),
                    client,
                    times: times
                        .map(|(day, from, to)| {
                            let day = Weekday::from_monday_zero_offset(day).unwrap();
                            Times::new(&[day], from, to, "Europe/Rome").unwrap()
                        })
                        .into_iter()
                        .collect(),
                    name,
                    mode: Mode::ALL[mode],
                    pause: if own {
                        Pause::Own
                    } else {
                        Pause::Administrators
                    },
                },
                members: members.map(|ids| ids.into_iter().map(UserId).collect()),
            },
        )
}

fn snapshots() -> impl Strategy<Value = Snapshot> {
    let users = prop::collection::btree_map("[1-3@+]{1,3}", (1..4_i64).prop_map(UserId), 0..4);
    (prop::collection::vec(rules(), 0..5), users)
        .prop_map(|(rules, users)| Snapshot { rules, users })
}

fn calls() -> impl Strategy<Value = CallFacts> {
    let party = ("[1-3]{1,3}", prop::option::of(any::<bool>()));
    (
        prop::collection::vec(party, 0..3),
        0..3_i64,
        texts(),
        0..2_000_000_000_i64,
        any::<bool>(),
    )
        .prop_map(|(parties, direction, client, second, over)| CallFacts {
            parties: parties
                .into_iter()
                .map(|(number, local)| CallParty {
                    keys: vec![number],
                    local,
                })
                .collect(),
            direction: Direction::from_number(direction).unwrap(),
            client,
            at: Timestamp::from_second(second).unwrap(),
            over,
        })
}

/// What a rule says when the call is over: each condition in a line.
fn matches(snapshot: &Snapshot, resolved: &SnapshotRule, call: &CallFacts) -> bool {
    let rule = &resolved.rule;
    let parties = &call.parties;
    let said = parties.iter().find(|party| party.local == Some(true));
    let ours = match said {
        Some(party) => snapshot.user(&party.keys),
        None => parties
            .iter()
            .filter(|party| party.local.is_none())
            .find_map(|party| snapshot.user(&party.keys)),
    };
    let like = |pattern: &Pattern| {
        parties
            .iter()
            .flat_map(|p| &p.keys)
            .any(|k| pattern.matches(k))
    };
    rule.number.as_ref().is_none_or(like)
        && resolved
            .members
            .as_ref()
            .is_none_or(|m| ours.is_some_and(|user| m.contains(&user)))
        && rule
            .direction
            .is_none_or(|direction| direction == call.direction)
        && rule
            .client
            .as_ref()
            .is_none_or(|client| *client == call.client)
        && (rule.times.is_empty() || rule.times.iter().any(|times| times.contains(call.at)))
}

proptest! {
    #[test]
    fn when_a_call_is_over_the_first_match_is_the_verdict(
        snapshot in snapshots(),
        mut call in calls(),
    ) {
        call.over = true;
        let verdict = decide(&snapshot, &call);
        let first = snapshot.rules.iter().find(|rule| matches(&snapshot, rule, &call));
        prop_assert!(!verdict.undecided);
        prop_assert_eq!(verdict.mode, first.map_or(Mode::Always, |first| first.rule.mode));
        prop_assert_eq!(verdict.rule.map(|rule| rule.0), first.map(|first| first.rule.id));
    }

    #[test]
    fn a_verdict_that_is_not_open_stays_when_the_call_is_over(
        snapshot in snapshots(),
        mut call in calls(),
    ) {
        call.over = false;
        let early = decide(&snapshot, &call);
        call.over = true;
        let late = decide(&snapshot, &call);
        prop_assert_eq!(early.mode, late.mode, "the mode is what holds if nothing more comes");
        prop_assert_eq!(early.rule, late.rule);
    }

    #[test]
    fn what_becomes_known_does_not_change_a_verdict_that_is_not_open(
        snapshot in snapshots(),
        mut call in calls(),
        stranger in "[4-6]{3}",
    ) {
        call.over = false;
        call.parties.truncate(1);
        let early = decide(&snapshot, &call);
        prop_assume!(!early.undecided);
        call.parties.push(CallParty { keys: vec![stranger], local: None });
        prop_assert_eq!(decide(&snapshot, &call).mode, early.mode);
    }

    #[test]
    fn a_snapshot_is_read_as_written(snapshot in snapshots()) {
        prop_assert_eq!(Snapshot::decode(&snapshot.encode()), Ok(snapshot));
    }

    #[test]
    fn reading_never_panics(text in "[a-z0-9\\t\\n\\\\=,;-]{0,60}") {
        let _ = Snapshot::decode(&format!("earwitness-rules\t1\n{text}"));
    }
}

#[test]
fn damage_is_named_by_its_line() {
    assert_eq!(Snapshot::decode(""), Err(BadSnapshot { line: 1 }));
    assert_eq!(
        Snapshot::decode("earwitness-rules\t2\n"),
        Err(BadSnapshot { line: 1 })
    );
    let text = snapshot(vec![(number("1"), None)]).encode();
    for (line, damaged) in [
        (2, text.replacen("\t1\t", "\tx\t", 1)),
        (4, text + "what\n"),
    ] {
        let found = Snapshot::decode(&damaged).map_err(|bad| bad.line);
        assert!(found.is_err_and(|found| found >= line), "{damaged}");
    }
}
