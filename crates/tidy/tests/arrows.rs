//! The arrows of ARCHITECTURE.md are the arrows of the manifests: neither an undrawn arrow nor
//! an unused one, and each guarded outside crate only where it is drawn.
#![expect(clippy::unwrap_used, reason = "test helpers panic")]

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Our crates each crate uses, and outside crates it uses, from the manifests.
fn found() -> BTreeMap<String, (BTreeSet<String>, BTreeSet<String>)> {
    let metadata = tidy::metadata(false);
    let packages = metadata["packages"].as_array().unwrap();
    let name = |package: &Value| package["name"].as_str().unwrap().to_owned();
    let ours: BTreeSet<String> = packages.iter().map(name).collect();
    let arrows = |package: &Value| {
        let dependencies = package["dependencies"].as_array().unwrap().iter();
        let normal = dependencies
            .filter(|dependency| dependency["kind"].is_null())
            .map(name);
        normal.partition(|dependency| ours.contains(dependency))
    };
    packages
        .iter()
        .map(|package| (name(package), arrows(package)))
        .collect()
}

fn words(cell: &str) -> BTreeSet<String> {
    let words = cell
        .split(',')
        .map(|word| word.trim().trim_matches('`').to_owned());
    words
        .filter(|word| !word.is_empty() && word != "–")
        .collect()
}

fn architecture() -> String {
    std::fs::read_to_string(tidy::root().join("ARCHITECTURE.md")).unwrap()
}

#[test]
fn every_arrow_is_drawn_and_every_drawn_arrow_is_used() {
    let drawn: BTreeMap<String, BTreeSet<String>> = tidy::table(&architecture(), "## Arrows")
        .into_iter()
        .map(|row| (row[0].trim_matches('`').to_owned(), words(&row[1])))
        .collect();
    let found: BTreeMap<String, BTreeSet<String>> = found()
        .into_iter()
        .map(|(name, (ours, _))| (name, ours))
        .collect();
    for (name, arrows) in &found {
        assert_eq!(
            drawn.get(name),
            Some(arrows),
            "{name}: drawn (left), found (right)"
        );
    }
    assert_eq!(drawn.len(), found.len(), "a drawn crate does not exist");
}

#[test]
fn guarded_outside_crates_stay_where_they_are_drawn() {
    let mut homes: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let rows = tidy::table(&architecture(), "### Outside crates with one home");
    assert!(!rows.is_empty(), "ARCHITECTURE.md draws no guarded crates");
    for row in rows {
        homes.insert(row[0].trim_matches('`').to_owned(), words(&row[1]));
    }
    for (outside, homes) in homes {
        let users: BTreeSet<String> = found()
            .into_iter()
            .filter(|(_, (_, used))| used.contains(&outside))
            .map(|(name, _)| name)
            .collect();
        assert_eq!(homes, users, "{outside}: drawn homes (left), users (right)");
    }
}

#[test]
fn the_absences_that_matter_hold() {
    let found = found();
    let absent = [
        (
            "capture",
            vec!["catalogue", "archive", "media", "finalise", "api", "jobs"],
        ),
        ("api", vec!["capture", "journal", "finalise", "jobs"]),
        ("finalise", vec!["tokio", "archive", "catalogue"]),
        ("model", vec!["serde", "rusqlite", "tokio"]),
        ("sip", vec!["tokio"]),
        ("siprec", vec!["tokio"]),
        ("media", vec!["tokio"]),
    ];
    for (name, absences) in absent {
        let (ours, outside) = &found[name];
        for absence in absences {
            assert!(
                !ours.contains(absence) && !outside.contains(absence),
                "{name} → {absence}"
            );
        }
    }
}
