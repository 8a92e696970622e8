//! The reference page: the document of `/api/v1` for people, made once, without scripts, fonts
//! or anything from elsewhere.

use crate::refusal::Kind;
use axum::http::header;
use axum::response::{Html, IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::fmt::Write;
use std::sync::LazyLock;

const STYLE: &str = include_str!("page.css");

/// Its style is known by its hash; nothing runs, nothing else loads.
static POLICY: LazyLock<String> = LazyLock::new(|| {
    let style = STANDARD.encode(Sha256::digest(STYLE.as_bytes()));
    format!(
        "default-src 'none'; style-src 'sha256-{style}'; base-uri 'none'; form-action 'none'; \
         frame-ancestors 'none'"
    )
});

static PAGE: LazyLock<String> = LazyLock::new(|| render(&super::V1_VALUE));

/// The page.
pub(super) fn response() -> Response {
    (
        [(header::CONTENT_SECURITY_POLICY, POLICY.as_str())],
        Html(PAGE.as_str()),
    )
        .into_response()
}

fn render(document: &Value) -> String {
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>Earwitness API</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n\
         <h1>Earwitness API</h1>\n"
    );
    for paragraph in text(&document["info"]["description"]).split("\n\n") {
        let _ = writeln!(page, "<p>{}</p>", prose(paragraph));
    }
    page.push_str(
        "<p>For programs: <a href=\"/api/v1/openapi.json\">the OpenAPI 3.1 document</a>, and \
         <a href=\"/api/openapi-compatible.json\">that of the compatible paths</a>.</p>\n",
    );
    let tags = document["tags"].as_array();
    contents(&mut page, document);
    for tag in tags.into_iter().flatten() {
        let name = text(&tag["name"]);
        let _ = writeln!(
            page,
            "<section>\n<h2 id=\"{name}\">{name}</h2>\n<p>{}</p>",
            escaped(text(&tag["description"]))
        );
        for (path, method, operation) in operations(document) {
            if operation["tags"][0] == tag["name"] {
                one(&mut page, document, path, method, operation);
            }
        }
        page.push_str("</section>\n");
    }
    problems(&mut page);
    page.push_str("</main>\n</body>\n</html>\n");
    page
}

fn contents(page: &mut String, document: &Value) {
    page.push_str("<nav aria-label=\"Contents\">\n<ul>\n");
    for tag in document["tags"].as_array().into_iter().flatten() {
        let name = text(&tag["name"]);
        let _ = writeln!(page, "<li><a href=\"#{name}\">{name}</a></li>");
    }
    page.push_str("<li><a href=\"#problems\">problems</a></li>\n</ul>\n</nav>\n");
}

fn operations(document: &Value) -> impl Iterator<Item = (&str, &str, &Value)> {
    let paths = document["paths"].as_object().into_iter().flatten();
    paths.flat_map(|(path, item)| {
        let methods = item.as_object().into_iter().flatten();
        methods.map(move |(method, operation)| (path.as_str(), method.as_str(), operation))
    })
}

fn one(page: &mut String, document: &Value, path: &str, method: &str, operation: &Value) {
    let id = text(&operation["operationId"]);
    let _ = writeln!(
        page,
        "<details id=\"{id}\">\n<summary><b>{}</b> <code>{}</code> {}</summary>",
        method.to_uppercase(),
        escaped(path),
        prose(text(&operation["summary"]))
    );
    if let Some(description) = operation["description"].as_str() {
        let _ = writeln!(page, "<p>{}</p>", prose(description));
    }
    parameters(page, operation);
    if let Some(content) = operation.pointer("/requestBody/content") {
        page.push_str("<h3>Body</h3>\n");
        bodies(page, content);
    }
    page.push_str("<h3>Answers</h3>\n<ul>\n");
    let answers = operation["responses"].as_object();
    for (status, answer) in answers.into_iter().flatten() {
        let reference = answer["$ref"].as_str();
        let shared = reference.and_then(|it| document.pointer(it.trim_start_matches('#')));
        let described = text(&shared.unwrap_or(answer)["description"]);
        let _ = writeln!(page, "<li><b>{status}</b> {}", escaped(described));
        if let Some(content) = answer.get("content") {
            bodies(page, content);
        }
        page.push_str("</li>\n");
    }
    page.push_str("</ul>\n</details>\n");
}

fn parameters(page: &mut String, operation: &Value) {
    let Some(parameters) = operation["parameters"].as_array() else {
        return;
    };
    page.push_str(
        "<h3>Parameters</h3>\n<table>\n<tr><th scope=\"col\">Name</th>\
         <th scope=\"col\">In</th><th scope=\"col\">Meaning</th></tr>\n",
    );
    for parameter in parameters {
        let needed = parameter["required"] == Value::Bool(true);
        let required = if needed { "" } else { " (optional)" };
        let example = match shown(&parameter["example"]) {
            Some(example) => format!(" Example: <code>{}</code>", escaped(&example)),
            None => String::new(),
        };
        let _ = writeln!(
            page,
            "<tr><td><code>{}</code></td><td>{}{required}</td><td>{}{example}</td></tr>",
            escaped(text(&parameter["name"])),
            escaped(text(&parameter["in"])),
            prose(text(&parameter["description"]))
        );
    }
    page.push_str("</table>\n");
}

fn bodies(page: &mut String, content: &Value) {
    for (media_type, body) in content.as_object().into_iter().flatten() {
        let _ = write!(page, "<p><code>{}</code></p>", escaped(media_type));
        let Some(example) = shown(&body["example"]) else {
            continue;
        };
        let _ = writeln!(page, "<pre tabindex=\"0\">{}</pre>", escaped(&example));
    }
}

fn problems(page: &mut String) {
    page.push_str(
        "<section>\n<h2 id=\"problems\">problems</h2>\n\
         <p>The <code>code</code> of a refusal, its status and what it means.</p>\n<table>\n\
         <tr><th scope=\"col\">Code</th><th scope=\"col\">Status</th>\
         <th scope=\"col\">Meaning</th></tr>\n",
    );
    for kind in Kind::ALL {
        let _ = writeln!(
            page,
            "<tr id=\"{0}\"><td><code>{0}</code></td><td>{1}</td><td>{2}</td></tr>",
            kind.code,
            kind.status.as_u16(),
            escaped(kind.message)
        );
    }
    page.push_str("</table>\n</section>\n");
}

/// An example as people type or read it.
fn shown(example: &Value) -> Option<String> {
    if example.is_null() {
        return None;
    }
    let text = example.as_str().map(str::to_owned);
    text.or_else(|| serde_json::to_string_pretty(example).ok())
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

/// Escaped, with what stands between backticks as code.
fn prose(text: &str) -> String {
    let mut html = String::new();
    for (place, part) in text.split('`').enumerate() {
        let part = escaped(part);
        if place % 2 == 1 {
            let _ = write!(html, "<code>{part}</code>");
        } else {
            html.push_str(&part);
        }
    }
    html
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_needs_nothing_from_elsewhere_and_runs_nothing() {
        let page = render(&super::super::V1_VALUE);
        for forbidden in [
            "src=", "url(", "@import", "<script", "<link", "style=\"", "://",
        ] {
            assert!(!page.contains(forbidden), "{forbidden}");
        }
        for (_, _, operation) in operations(&super::super::V1_VALUE) {
            let id = text(&operation["operationId"]);
            assert!(page.contains(&format!("<details id=\"{id}\">")), "{id}");
        }
        for kind in Kind::ALL {
            assert!(page.contains(&format!("<tr id=\"{}\">", kind.code)));
        }
    }

    #[test]
    fn markup_is_escaped() {
        assert_eq!(prose("a `<b>` & c"), "a <code>&lt;b&gt;</code> &amp; c");
    }
}
