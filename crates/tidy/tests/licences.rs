//! Every crate that is linked has a licence we may ship under.

use std::collections::BTreeSet;

/// Licences taken, each compatible with shipping under Apache-2.0.
const TAKEN: [&str; 11] = [
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-1-Clause",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "ISC",
    "MIT",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

/// Decoders whose files stay under MPL-2.0: linked unchanged, it asks for its notice alone.
const DECODERS: [&str; 2] = ["symphonia-bundle-mp3", "symphonia-core"];

/// Whether one alternative of an expression is taken; `AND` needs all of its parts.
fn taken(expression: &str) -> bool {
    let plain = expression.replace(['(', ')'], "").replace('/', " OR ");
    plain.split(" OR ").any(|alternative| {
        alternative
            .split(" AND ")
            .all(|licence| TAKEN.contains(&licence.trim()))
    })
}

#[test]
fn every_licence_is_taken() {
    let metadata = tidy::metadata(true);
    let packages = metadata["packages"].as_array().unwrap();
    assert!(packages.len() > 50, "cargo lists the outside crates");
    for package in packages {
        let name = package["name"].as_str().unwrap();
        let licence = package["license"].as_str().unwrap_or_default();
        let decoder = licence == "MPL-2.0" && DECODERS.contains(&name);
        assert!(
            taken(licence) || decoder,
            "{name} has the licence {licence:?}"
        );
    }
}

#[test]
fn every_crate_comes_in_few_versions() {
    // Two versions of one crate cost time and space; more than two are a mistake.
    let metadata = tidy::metadata(true);
    let mut seen: std::collections::BTreeMap<String, BTreeSet<String>> = Default::default();
    for package in metadata["packages"].as_array().unwrap() {
        let (name, version) = (&package["name"], &package["version"]);
        let versions = seen.entry(name.as_str().unwrap().to_owned()).or_default();
        versions.insert(version.as_str().unwrap().to_owned());
    }
    for (name, versions) in seen {
        assert!(versions.len() <= 2, "{name} comes in {versions:?}");
    }
}

#[test]
fn expressions_are_read() {
    assert!(taken("MIT OR Apache-2.0") && taken("Unlicense/MIT") && taken("(MIT) AND ISC"));
    assert!(!taken("GPL-3.0") && !taken("MIT AND GPL-3.0") && !taken(""));
}
