//! The documents are in step with the house.

use std::collections::BTreeSet;

fn read(path: &str) -> String {
    std::fs::read_to_string(tidy::root().join(path)).unwrap_or_default()
}

#[test]
fn every_crate_is_on_the_code_map() {
    let architecture = read("ARCHITECTURE.md");
    for package in tidy::metadata(false)["packages"].as_array().unwrap() {
        let name = package["name"].as_str().unwrap();
        assert!(
            architecture.contains(&format!("### `{name}`")),
            "{name} is not on the code map"
        );
    }
}

#[test]
fn every_path_in_a_document_exists() {
    let roots = [
        ".ci/",
        "bench/",
        "crates/",
        "docs/",
        "e2e/",
        "packaging/",
        "scripts/",
        "web/src/",
        "web/e2e/",
    ];
    for document in tidy::tracked(&[".md"]) {
        let text = read(&document);
        for word in text.split(['`', '(', ')']) {
            let path = word.split(['#', ' ', ':']).next().unwrap_or_default();
            let is_path = roots.iter().any(|root| path.starts_with(root));
            let pattern = path.contains(['*', '<', '{', '…']);
            if is_path && !pattern {
                assert!(tidy::root().join(path).exists(), "{document} names {path}");
            }
        }
    }
}

/// The names in the table that follows a heading of docs/dependencies.md.
fn documented(heading: &str) -> BTreeSet<String> {
    tidy::table(&read("docs/dependencies.md"), heading)
        .into_iter()
        .map(|row| row[0].trim_matches('`').to_owned())
        .collect()
}

#[test]
fn every_dependency_has_its_line() {
    let documented = documented("## What we use");
    let mut used = BTreeSet::new();
    for package in tidy::metadata(false)["packages"].as_array().unwrap() {
        for dependency in package["dependencies"].as_array().unwrap() {
            if dependency["path"].is_null() {
                used.insert(dependency["name"].as_str().unwrap().to_owned());
            }
        }
    }
    assert_eq!(
        documented, used,
        "docs/dependencies.md (left), the manifests (right)"
    );
}

/// The fuzzers' manifest, which is outside the workspace: `name = "version"` is not ours.
#[test]
fn every_dependency_of_the_fuzzers_has_its_line() {
    let manifest = read("fuzz/Cargo.toml");
    let (_, rest) = manifest.split_once("[dependencies]\n").unwrap_or_default();
    let lines = rest.lines().take_while(|line| !line.starts_with('['));
    let used: BTreeSet<String> = lines
        .filter(|line| !line.is_empty() && !line.contains("path ="))
        .filter_map(|line| line.split_once(" = "))
        .map(|(name, _)| name.to_owned())
        .collect();
    assert!(!used.is_empty(), "the fuzzers use a fuzzer");
    assert_eq!(documented("## What only the fuzzers use"), used);
}
