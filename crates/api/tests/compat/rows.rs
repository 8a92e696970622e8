//! `docs/compat.md` and this suite say the same: no row without a test, no test without a row.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// What the last cell of a row holds when its part of the product does not exist yet.
const LATER: &str = "later";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Last cells of all rows of all tables.
fn cells() -> Vec<String> {
    let page = std::fs::read_to_string(root().join("docs/compat.md")).unwrap();
    let rows = page.lines().filter(|line| line.starts_with("| "));
    let cells = rows.map(|row| {
        let cells: Vec<&str> = row.trim_matches('|').split('|').collect();
        assert_eq!(cells.len(), 3, "{row}");
        cells[2].trim().to_owned()
    });
    cells.filter(|cell| cell != "proved by").collect()
}

/// Names of the tests in a file.
fn tests_of(file: &Path) -> BTreeSet<String> {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    let mut tests = BTreeSet::new();
    let mut is_test = false;
    for line in text.lines().map(str::trim) {
        if line.starts_with("#[test") || line.starts_with("#[tokio::test") {
            is_test = true;
        }
        let line = line.strip_prefix("async ").unwrap_or(line);
        if let Some(name) = line.strip_prefix("fn ")
            && let Some((name, _)) = name.split_once('(')
        {
            // Those of proptest stand inside a macro, with an attribute of their own.
            if std::mem::take(&mut is_test) {
                tests.insert(name.to_owned());
            }
        }
    }
    tests
}

/// All tests of this suite, with their modules.
fn suite() -> BTreeSet<String> {
    let folder = root().join("crates/api/tests/compat");
    let mut tests = BTreeSet::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|end| end == "rs") {
            let module = path.file_stem().unwrap().to_str().unwrap();
            let names = tests_of(&path);
            tests.extend(names.iter().map(|name| format!("{module}::{name}")));
        }
    }
    tests
}

#[test]
fn every_row_names_a_test_and_every_test_has_a_row() {
    let suite = suite();
    assert!(suite.len() > 70, "the suite is read");
    let cells = cells();
    assert!(cells.len() > 60, "the page is read");
    let mut named = BTreeSet::new();
    for cell in cells.iter().filter(|cell| *cell != LATER) {
        let names: Vec<&str> = cell
            .split(", ")
            .map(|name| name.trim_matches('`'))
            .collect();
        for name in names {
            let (place, test) = name.rsplit_once("::").expect("a test has a place");
            let exists = if place.ends_with(".rs") {
                tests_of(&root().join(place)).contains(test)
            } else {
                suite.contains(name)
            };
            assert!(exists, "docs/compat.md names {name}, which is no test");
            named.insert(name.to_owned());
        }
    }
    let without: Vec<&String> = suite.difference(&named).collect();
    assert!(
        without.is_empty(),
        "no row of docs/compat.md names {without:?}"
    );
}
