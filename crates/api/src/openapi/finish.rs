//! What holds for every operation of `/api/v1`: how it is refused, who may call it, and the
//! examples.

use crate::refusal::Kind;
use serde_json::{Map, Value, json};
use std::sync::LazyLock;

/// An example for each named schema that stands in a request or an answer.
static EXAMPLES: LazyLock<Map<String, Value>> = LazyLock::new(|| {
    let examples = serde_json::from_str(include_str!("examples.json"));
    examples.expect("the examples are JSON, as a test shows")
});

const INTRODUCTION: &str = "The API of Earwitness beyond the compatible paths.\n\n\
    Keys are camelCase, times RFC 3339 in UTC, durations milliseconds. Refusals are problem \
    details (RFC 9457) with a stable `code`. What is not known in a query or body is refused, \
    not ignored. Sign in with Basic, a bearer token, or, on web pages, a session cookie.";

/// Names of the resources, in the order of the reference page.
const TAGS: [(&str, &str); 10] = [
    (
        "recordings",
        "Finding, listening, and what people do with recordings",
    ),
    ("live-recordings", "Calls in progress"),
    ("users", "Managing users"),
    ("groups", "Managing groups"),
    ("tokens", "Bearer tokens"),
    ("rules", "Which calls are recorded"),
    ("audit", "Who did what"),
    ("system", "How the system is"),
    ("me", "Oneself"),
    ("session", "Signing in on web pages"),
];

/// Completes a generated document.
pub(super) fn finish(document: &mut Value) {
    document["info"] = json!({
        "title": "Earwitness API",
        "version": "1",
        "description": INTRODUCTION,
        "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
    });
    document["servers"] = json!([{ "url": "/" }]);
    let tags = TAGS.map(|(name, description)| json!({ "name": name, "description": description }));
    document["tags"] = json!(tags);
    document["security"] = json!([{ "basic": [] }, { "bearer": [] }, { "session": [] }]);
    document["components"]["securitySchemes"] = schemes();
    document["components"]["responses"] = refusals();
    let paths = document["paths"].as_object_mut();
    for (path, item) in paths.into_iter().flatten() {
        for operation in item.as_object_mut().into_iter().flat_map(Map::values_mut) {
            refused(path, operation);
            exemplified(operation);
        }
    }
}

fn schemes() -> Value {
    json!({
        "basic": { "type": "http", "scheme": "basic" },
        "bearer": {
            "type": "http",
            "scheme": "bearer",
            "description": "A token made with `POST /api/v1/tokens` or `earwitness token add`.",
        },
        "session": {
            "type": "apiKey",
            "in": "cookie",
            "name": "earwitness",
            "description": "The cookie of `POST /api/v1/session` (`__Host-earwitness` over TLS). \
                Requests that change something need the session's `X-CSRF-Token` beside it.",
        },
    })
}

/// One response for each status of a refusal, with an example.
fn refusals() -> Value {
    let mut responses = Map::new();
    for kind in Kind::ALL {
        let status = kind.status.as_u16().to_string();
        let known = responses.entry(status).or_insert_with(|| {
            json!({
                "description": kind.status.canonical_reason(),
                "content": { "application/problem+json": {
                    "schema": { "$ref": "#/components/schemas/Problem" },
                    "examples": {},
                }},
            })
        });
        known["content"]["application/problem+json"]["examples"][kind.code] = json!({
            "summary": kind.message,
            "value": {
                "type": format!("/api/docs#{}", kind.code),
                "title": kind.status.canonical_reason(),
                "status": kind.status.as_u16(),
                "code": kind.code,
                "detail": kind.message,
            },
        });
        if ["429", "503"].contains(&kind.status.as_str()) {
            known["headers"]["Retry-After"] = json!({
                "description": "Seconds to wait",
                "schema": { "type": "integer" },
            });
        }
    }
    Value::Object(responses)
}

/// Adds the ways in which an operation may be refused.
fn refused(path: &str, operation: &mut Value) {
    let parameters = operation["parameters"].as_array();
    let named = |name: &str| {
        let mut all = parameters.into_iter().flatten();
        all.any(|parameter| parameter["name"] == name)
    };
    let has_body = operation.get("requestBody").is_some();
    let keyed = named("Idempotency-Key")
        || path.starts_with("/api/v1/live-recordings/{id}/")
        || path == "/api/v1/system/test-call";
    let may = [
        (400, has_body || parameters.is_some()),
        (401, true),
        (403, true),
        (404, path.contains('{')),
        (409, keyed),
        (410, path.starts_with("/api/v1/recordings/{id}")),
        (412, named("If-Match")),
        (413, has_body),
        (415, has_body),
        (429, true),
        (500, true),
        (503, true),
        (504, true),
    ];
    let statuses = may.into_iter().filter(|(_, may)| *may);
    for (status, _) in statuses {
        let reference = json!({ "$ref": format!("#/components/responses/{status}") });
        operation["responses"][status.to_string()] = reference;
    }
}

/// Puts the example of its schema beside every body.
fn exemplified(operation: &mut Value) {
    if let Some(content) = operation.pointer_mut("/requestBody/content") {
        exemplify(content);
    }
    let responses = operation["responses"].as_object_mut();
    for response in responses.into_iter().flat_map(Map::values_mut) {
        if let Some(content) = response.get_mut("content") {
            exemplify(content);
        }
    }
}

fn exemplify(content: &mut Value) {
    let media = content.as_object_mut();
    for media in media.into_iter().flat_map(Map::values_mut) {
        let schema = media["schema"]["$ref"].as_str().unwrap_or_default();
        let name = schema.rsplit('/').next().unwrap_or_default();
        if let Some(example) = EXAMPLES.get(name) {
            media["example"] = example.clone();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_examples_are_json() {
        assert!(EXAMPLES.len() > 20);
    }
}
