//! What holds of the list's query whatever text it is: called by `crate::fuzz`.

use super::grammar::{self, Condition};
use super::query::{self, Paging};
use crate::refusal::Refusal;
use std::fmt::Write;

/// Most characters of a reason: an answer repeats no long texts.
const REASON_CHARACTERS_MAX: usize = 160;

/// See `crate::fuzz::compat_query`.
pub(crate) fn query(text: &str) {
    let read = query::parse(Some(text));
    match &read {
        Ok(query) => {
            assert!(!matches!(query.paging, Paging::Page { size: 0, .. }));
            let owner = query.filter.owner_username.as_ref();
            assert!(owner.is_none_or(|owner| *owner == owner.to_lowercase()));
        }
        Err(Refusal::BadFilter(reason)) => {
            assert!(reason.chars().count() <= REASON_CHARACTERS_MAX, "{reason}");
        }
        Err(refusal) => assert!(matches!(refusal, Refusal::BadPaging(_))),
    }
    let mut encoded = String::new();
    for (name, value) in query::pairs(Some(text)) {
        if let Ok(condition) = grammar::parse(&value) {
            assert!(!condition.operands.is_empty());
            let printed = printed(&condition);
            assert_eq!(grammar::parse(&printed), Ok(condition), "{printed}");
        }
        let pair = format!("{}={}&", percent(&name), percent(&value));
        encoded.push_str(&pair);
    }
    let again = query::parse(Some(&encoded));
    assert_eq!(again.ok(), read.ok(), "encoded it says the same");
}

/// The value that means this condition.
fn printed(condition: &Condition) -> String {
    let escaped = |operand: &String| operand.replace('\\', r"\\").replace(';', r"\;");
    let operands: Vec<String> = condition.operands.iter().map(escaped).collect();
    format!("{}:{}", condition.operator.name(), operands.join(";"))
}

fn percent(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        let _ = write!(encoded, "%{byte:02X}");
    }
    encoded
}
