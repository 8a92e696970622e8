//! The house rules for `web/`, without Node: sizes, licences, pages, what is written down.

use serde_json::Value;
use std::collections::BTreeSet;

const LINES_MAX: usize = 500;
const COLUMNS_MAX: usize = 100;

/// Licences of what a browser gets.
const SHIPPED: [&str; 7] = [
    "0BSD",
    "Apache-2.0",
    "BSD-3-Clause",
    "ISC",
    "MIT",
    "OFL-1.1",
    "Unlicense",
];

/// Licences of tools besides: nothing of them is in a binary that ships.
const TOOLS: [&str; 6] = [
    "BSD-2-Clause",
    "BlueOak-1.0.0",
    "CC0-1.0",
    "MIT-0",
    "MPL-2.0",
    "Python-2.0",
];

fn read(path: &str) -> String {
    std::fs::read_to_string(tidy::root().join(path)).unwrap_or_default()
}

fn json(path: &str) -> Value {
    serde_json::from_str(&read(path)).expect("npm writes JSON")
}

#[test]
fn files_stay_readable() {
    let files = tidy::tracked(&[".ts", ".tsx", ".css"]);
    let files: Vec<_> = files
        .iter()
        .filter(|path| path.starts_with("web/"))
        .collect();
    assert!(files.len() > 50, "git lists the files");
    for path in files {
        let text = read(path);
        let lines = text.lines().count();
        assert!(lines <= LINES_MAX, "{path} has {lines} lines");
        for (number, line) in text.lines().enumerate() {
            let columns = line.chars().count();
            let long = columns > COLUMNS_MAX && !line.contains(" d=\"");
            assert!(!long, "{path}:{} has {columns} columns", number + 1);
        }
        // Tests and the styles of one component are told by the name.
        let told = path.contains(".test.") || path.ends_with(".module.css");
        assert!(told || text.starts_with("/*"), "{path} says nothing");
    }
}

#[test]
fn every_licence_is_taken() {
    let lock = json("web/package-lock.json");
    let packages = lock["packages"].as_object().unwrap();
    assert!(packages.len() > 50, "npm lists the packages");
    for (name, package) in packages.iter().filter(|(name, _)| !name.is_empty()) {
        let licence = package["license"].as_str().unwrap_or_default();
        let tool = package["dev"] == true || package["optional"] == true;
        let mut choices = licence.trim_matches(['(', ')']).split(" OR ");
        let taken = choices.any(|one| SHIPPED.contains(&one) || (tool && TOOLS.contains(&one)));
        assert!(taken, "{name} has the licence {licence:?}");
    }
}

#[test]
fn packages_come_from_wherever_npm_is_told() {
    let lock = read("web/package-lock.json");
    assert!(!lock.contains("\"resolved\""), "a registry is named");
    assert!(lock.contains("\"integrity\""), "what comes is not checked");
}

#[test]
fn every_package_has_its_line() {
    let manifest = json("web/package.json");
    for (heading, section) in [
        ("## What the web page uses", "dependencies"),
        ("## What builds and tests the web page", "devDependencies"),
    ] {
        let table = tidy::table(&read("docs/dependencies.md"), heading);
        let documented: BTreeSet<String> = table
            .into_iter()
            .map(|row| row[0].trim_matches('`').to_owned())
            .collect();
        let used = manifest[section].as_object().unwrap();
        let used: BTreeSet<String> = used.keys().cloned().collect();
        assert_eq!(documented, used, "{heading}");
    }
}

#[test]
fn every_page_is_served() {
    let routes = read("web/src/routes.tsx");
    let pages: BTreeSet<String> = routes
        .lines()
        .filter_map(|line| line.trim().strip_prefix("path: \"")?.strip_suffix("\","))
        .map(|path| path.replace("$id", "{id}"))
        .collect();
    let server = read("crates/api/src/web.rs");
    let list = server
        .split_once("const PAGES")
        .and_then(|(_, rest)| rest.split_once("= [")?.1.split_once(']'));
    let served: BTreeSet<String> = list
        .map_or("", |(list, _)| list)
        .split(',')
        .map(|path| path.trim().trim_matches('"').to_owned())
        .filter(|path| !path.is_empty())
        .collect();
    assert!(pages.len() > 3, "the routes are read");
    assert_eq!(
        pages, served,
        "web/src/routes.tsx (left), crates/api/src/web.rs (right)"
    );
}
