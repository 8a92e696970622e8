//! `docs/siprec.md` names a test for every item and every dialect, and each of them exists.

use std::collections::BTreeSet;
use std::path::Path;

/// The numbered items.
const ITEMS: std::ops::RangeInclusive<u32> = 1..=64;

/// Items that may be "not supported": what only a recorder that calls or registers by itself
/// needs, and video.
const UNSUPPORTED: [u32; 3] = [3, 4, 47];

/// Equipment that must have a row.
const DIALECTS: [&str; 18] = [
    "RFC 7865, RFC 7866",
    "drafts",
    "BroadWorks",
    "Webex Calling",
    "Oracle",
    "Metaswitch",
    "Sonus, Ribbon",
    "Avaya",
    "AudioCodes",
    "CUBE SIPREC",
    "CUBE dial-peer",
    "Cisco Built-in Bridge",
    "OpenSIPS",
    "FreeSWITCH",
    "SEMS",
    "NetSapiens",
    "jambonz",
    "plain INVITE",
];

fn page() -> String {
    std::fs::read_to_string(tidy::root().join("docs/siprec.md")).expect("the page is there")
}

/// Names of the tests in a file.
fn tests_of(file: &Path) -> BTreeSet<String> {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    let mut tests = BTreeSet::new();
    let mut is_test = false;
    for line in text.lines().map(str::trim) {
        is_test |= line.starts_with("#[test") || line.starts_with("#[tokio::test");
        let line = line.strip_prefix("async ").unwrap_or(line);
        let name = line
            .strip_prefix("fn ")
            .and_then(|rest| rest.split_once('('));
        if let Some((name, _)) = name
            && std::mem::take(&mut is_test)
        {
            tests.insert(name.to_owned());
        }
    }
    tests
}

/// Whether something of this name shows anything: a test, or a case with its facts.
fn exists(name: &str) -> bool {
    let root = tidy::root();
    let suite = root.join("crates/siprec/tests");
    if name.starts_with("data/") {
        let case = suite.join(name);
        return case.extension().is_some_and(|end| end == "sip")
            && case.exists()
            && case.with_extension("facts").exists();
    }
    let Some((place, test)) = name.rsplit_once("::") else {
        return false;
    };
    let file = if place.ends_with(".rs") {
        root.join(place)
    } else {
        suite.join(format!("{place}.rs"))
    };
    tests_of(&file).contains(test)
}

/// What is wrong with the last cell of a row.
fn fault(cell: &str, may_be_unsupported: bool) -> Option<String> {
    for (excuse, permitted) in [("not yet: ", true), ("not supported: ", may_be_unsupported)] {
        if let Some(why) = cell.strip_prefix(excuse) {
            return (!permitted || why.is_empty()).then(|| format!("{cell:?} is no excuse here"));
        }
    }
    let names = cell.split(", ").map(|name| {
        let bare = name
            .strip_prefix('`')
            .and_then(|name| name.strip_suffix('`'));
        bare.ok_or(name)
    });
    names
        .map(|name| name.map_or_else(|raw| (raw, false), |name| (name, exists(name))))
        .find_map(|(name, exists)| (!exists).then(|| format!("{name:?} is no test")))
}

#[test]
fn every_item_is_shown_by_a_test() {
    let rows = tidy::table(&page(), "## Items");
    let numbers: Vec<u32> = rows.iter().filter_map(|row| row[0].parse().ok()).collect();
    assert_eq!(numbers, ITEMS.collect::<Vec<_>>());
    for (row, number) in rows.iter().zip(numbers) {
        assert_eq!(row.len(), 3, "{row:?}");
        let fault = fault(&row[2], UNSUPPORTED.contains(&number));
        assert_eq!(fault, None, "item {number} of docs/siprec.md");
    }
}

#[test]
fn every_dialect_is_shown_by_a_test() {
    let rows = tidy::table(&page(), "## Dialects");
    let names: Vec<&str> = rows.iter().map(|row| row[0].as_str()).collect();
    assert_eq!(names, DIALECTS);
    for row in &rows {
        assert_eq!(row.len(), 3, "{row:?}");
        assert_eq!(fault(&row[2], false), None, "{} in docs/siprec.md", row[0]);
    }
}

#[test]
fn what_does_not_exist_shows_nothing() {
    for wrong in [
        "`session::no_such_test`",
        "`data/oracle/none.sip`",
        "session::siprec_14_an_ack_that_does_not_answer_our_offer_ends_nothing",
        "`common::request`",
        "not supported: we would rather not",
        "",
    ] {
        assert!(fault(wrong, false).is_some(), "{wrong:?}");
    }
}
