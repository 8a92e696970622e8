//! Sizes and habits of files.

use std::collections::BTreeSet;

/// Production lines of one file; tests at its end do not count.
const LINES_MAX: usize = 500;
/// Characters of one line of Rust.
const COLUMNS_MAX: usize = 100;

fn read(path: &str) -> String {
    std::fs::read_to_string(tidy::root().join(path)).unwrap_or_default()
}

fn rust() -> Vec<String> {
    let files = tidy::tracked(&[".rs"]);
    assert!(files.len() > 50, "git lists the files");
    files
}

#[test]
fn files_stay_readable() {
    for path in rust() {
        let text = read(&path);
        let production = text
            .lines()
            .take_while(|line| !line.starts_with("#[cfg(test)]"));
        let is_test = path.contains("/tests/") || path.ends_with("/tests.rs");
        let lines = production.count();
        assert!(
            is_test || lines <= LINES_MAX,
            "{path} has {lines} production lines"
        );
        for (number, line) in text.lines().enumerate() {
            let columns = line.chars().count();
            // Messages and paths in tests stay on one line.
            let long = columns > COLUMNS_MAX && !is_test && !line.contains("://");
            assert!(!long, "{path}:{} has {columns} columns", number + 1);
        }
    }
}

#[test]
fn every_module_says_what_it_is_for() {
    for path in rust() {
        let text = read(&path);
        let tests = path.ends_with("/tests.rs");
        assert!(
            tests || text.is_empty() || text.starts_with("//!"),
            "{path} says nothing"
        );
    }
}

#[test]
fn nothing_is_left_unfinished_or_switched_off() {
    // Put together here, so that this file does not find itself.
    let banned: BTreeSet<String> = [
        ["TO", "DO"],
        ["FIX", "ME"],
        ["todo", "!("],
        ["unimplemented", "!("],
        ["#[igno", "re"],
        ["#[should_", "panic"],
        ["#[all", "ow("],
        ["assert!(tr", "ue"],
    ]
    .map(|parts| parts.concat())
    .into();
    let endings = [
        ".rs", ".md", ".toml", ".py", ".xml", ".sql", "Makefile", "need", "run",
    ];
    for path in tidy::tracked(&endings) {
        let text = read(&path);
        for (number, line) in text.lines().enumerate() {
            for word in &banned {
                assert!(
                    !line.contains(word.as_str()),
                    "{path}:{}: {word}",
                    number + 1
                );
            }
        }
    }
}

#[test]
fn every_source_file_is_part_of_a_crate() {
    for path in rust() {
        let Some((folder, name)) = path.rsplit_once('/') else {
            continue;
        };
        let entry = ["lib.rs", "main.rs", "mod.rs", "build.rs"].contains(&name);
        if entry || !folder.contains("/src") {
            continue;
        }
        let module = name.trim_end_matches(".rs");
        let (parent, last) = folder.rsplit_once('/').unwrap_or((folder, ""));
        let owners = [
            format!("{folder}/lib.rs"),
            format!("{folder}/main.rs"),
            format!("{folder}/mod.rs"),
            format!("{parent}/{last}.rs"),
        ];
        let declared = owners.iter().any(|owner| {
            let text = read(owner);
            text.lines().any(|line| {
                let line = line.trim();
                line.ends_with(&format!("mod {module};")) && !line.starts_with("//")
            })
        });
        assert!(declared, "{path} is declared by no module");
    }
}
