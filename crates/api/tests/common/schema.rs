//! As much of JSON Schema as the documents use: whether a value is what a schema says.

use serde_json::Value;

/// Path, method and description of every operation.
pub(crate) fn operations(document: &Value) -> Vec<(&str, &str, &Value)> {
    let paths = document["paths"].as_object().into_iter().flatten();
    let methods = ["get", "put", "post", "patch", "delete"];
    paths
        .flat_map(|(path, item)| {
            methods.into_iter().filter_map(move |method| {
                let operation = item.get(method)?;
                Some((path.as_str(), method, operation))
            })
        })
        .collect()
}

/// What a `$ref` stands for.
pub(crate) fn resolved<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    match value["$ref"].as_str() {
        Some(reference) => {
            let pointer = reference.trim_start_matches('#');
            let found = document.pointer(pointer);
            resolved(document, found.unwrap_or_else(|| panic!("no {reference}")))
        }
        None => value,
    }
}

/// Where a value is not what a schema says.
pub(crate) fn faults(document: &Value, schema: &Value, value: &Value, at: &str) -> Vec<String> {
    let schema = resolved(document, schema);
    if schema.is_null() || schema == &Value::Bool(true) {
        return Vec::new();
    }
    for key in ["oneOf", "anyOf"] {
        if let Some(choices) = schema[key].as_array() {
            let fits = |choice: &Value| faults(document, choice, value, at).is_empty();
            if choices.iter().any(fits) {
                return Vec::new();
            }
            return vec![format!("{at} is none of {key}: {value}")];
        }
    }
    let mut wrong = Vec::new();
    for part in schema["allOf"].as_array().into_iter().flatten() {
        wrong.extend(faults(document, part, value, at));
    }
    if !typed(schema, value) {
        wrong.push(format!("{at} is not of type {}: {value}", schema["type"]));
        return wrong;
    }
    if let Some(words) = schema["enum"].as_array()
        && !words.contains(value)
    {
        wrong.push(format!("{at} is none of {words:?}: {value}"));
    }
    for (place, item) in value.as_array().into_iter().flatten().enumerate() {
        wrong.extend(faults(
            document,
            &schema["items"],
            item,
            &format!("{at}[{place}]"),
        ));
    }
    if value.is_object() {
        wrong.extend(object_faults(document, schema, value, at));
    }
    wrong
}

fn object_faults(document: &Value, schema: &Value, value: &Value, at: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    let properties = schema["properties"].as_object();
    for name in schema["required"].as_array().into_iter().flatten() {
        let name = name.as_str().unwrap_or_default();
        if value.get(name).is_none() {
            wrong.push(format!("{at} has no {name}"));
        }
    }
    for (name, inner) in value.as_object().into_iter().flatten() {
        match properties.and_then(|properties| properties.get(name)) {
            Some(schema) => wrong.extend(faults(document, schema, inner, &format!("{at}.{name}"))),
            // What is answered is described, whatever the schema lets through.
            None if properties.is_some() => wrong.push(format!("{at} has an unknown {name}")),
            None => {}
        }
    }
    wrong
}

fn typed(schema: &Value, value: &Value) -> bool {
    let is = |name: &str| match name {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("no type {other}"),
    };
    if let Some(name) = schema["type"].as_str() {
        return is(name);
    }
    let names = schema["type"].as_array();
    names.is_none_or(|names| names.iter().filter_map(Value::as_str).any(is))
}
