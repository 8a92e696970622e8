//! The descriptions of the APIs: as committed, whole, and with examples that are what they say.
//!
//! `UPDATE=1 cargo test -p api --test openapi` writes `docs/openapi/` anew: review the change.

#![expect(clippy::unwrap_used, reason = "test helpers panic")]

#[path = "common/schema.rs"]
mod schema;

use serde_json::Value;
use std::path::Path;

fn committed(name: &str, now: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/openapi");
    let file = folder.join(name);
    if std::env::var_os("UPDATE").is_some() {
        std::fs::create_dir_all(folder).unwrap();
        std::fs::write(&file, now).unwrap();
        return;
    }
    let written = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(
        written == now,
        "{name} is not what the code says: run with UPDATE=1 and review the change"
    );
}

fn documents() -> [(&'static str, Value); 2] {
    [
        ("v1.json", serde_json::from_str(api::openapi()).unwrap()),
        (
            "compat.json",
            serde_json::from_str(api::openapi_compatible()).unwrap(),
        ),
    ]
}

#[test]
fn the_documents_are_as_committed() {
    committed("v1.json", api::openapi());
    committed("compat.json", api::openapi_compatible());
}

#[test]
fn every_operation_is_named_and_described() {
    for (name, document) in documents() {
        assert_eq!(document["openapi"], "3.1.0", "{name}");
        let mut seen = std::collections::BTreeSet::new();
        for (path, method, operation) in schema::operations(&document) {
            let id = operation["operationId"].as_str().unwrap_or_default();
            assert!(seen.insert(id.to_owned()), "{name}: {id} is there twice");
            let summary = operation["summary"].as_str().unwrap_or_default();
            assert!(
                !summary.is_empty(),
                "{name}: {method} {path} has no summary"
            );
            for status in ["401", "403"] {
                let known = &operation["responses"][status];
                assert!(!known.is_null(), "{name}: {method} {path} has no {status}");
            }
        }
        assert!(seen.len() >= 8, "{name}");
    }
}

/// Every body that has a shape has an example of just this shape.
#[test]
fn every_operation_has_examples_that_are_right() {
    let mut wrong = Vec::new();
    for (name, document) in documents() {
        for (path, method, operation) in schema::operations(&document) {
            let place = format!("{name} {method} {path}");
            let mut bodies = vec![("request".to_owned(), &operation["requestBody"])];
            let answers = operation["responses"].as_object().unwrap();
            bodies.extend(
                answers
                    .iter()
                    .map(|(status, answer)| (status.clone(), schema::resolved(&document, answer))),
            );
            for (which, body) in bodies {
                for (media_type, media) in body["content"].as_object().into_iter().flatten() {
                    let faults = check(&document, media_type, media);
                    wrong.extend(
                        faults
                            .into_iter()
                            .map(|it| format!("{place} {which}: {it}")),
                    );
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn check(document: &Value, media_type: &str, media: &Value) -> Vec<String> {
    if !media_type.ends_with("json") {
        return Vec::new();
    }
    let many = media["examples"].as_object().into_iter().flatten();
    let mut examples: Vec<&Value> = many.map(|(_, example)| &example["value"]).collect();
    examples.extend(media.get("example"));
    if examples.is_empty() {
        return vec!["there is no example".to_owned()];
    }
    examples
        .into_iter()
        .flat_map(|example| schema::faults(document, &media["schema"], example, "$"))
        .collect()
}

/// Schemathesis and people fill in paths from these.
#[test]
fn every_path_parameter_has_an_example() {
    for (name, document) in documents() {
        for (path, method, operation) in schema::operations(&document) {
            let parameters = operation["parameters"].as_array();
            for parameter in parameters.into_iter().flatten() {
                let shown = !parameter["example"].is_null();
                assert!(
                    parameter["in"] != "path" || shown,
                    "{name} {method} {path}: {}",
                    parameter["name"]
                );
            }
        }
    }
}
