//! What no list is filtered by, in one column of JSON. Members that are missing are empty, so
//! that rows of earlier versions can be read.

use model::details::{Details, KeyPress, Loss, Participant, PauseSpan, Span};
use model::people::UserId;
use serde_json::{Map, Value, json};

/// The column of a recording.
pub(super) fn encode(details: &Details) -> String {
    let span = |span: &Span| json!([span.from_ms, span.to_ms]);
    let pauses = details.pauses.iter().map(|pause| {
        let Span { from_ms, to_ms } = pause.span;
        json!([from_ms, to_ms, pause.by])
    });
    let keys = details.keys.iter().map(|key| {
        let Span { from_ms, to_ms } = key.span;
        json!([from_ms, to_ms, key.key, key.left])
    });
    let participants = details.participants.iter().map(|p| {
        json!({
            "address": p.address, "number": p.number, "name": p.name,
            "user": p.user.map(|user| user.0), "local": p.local,
            "present": p.present.iter().map(span).collect::<Vec<_>>(),
        })
    });
    let loss = details.loss;
    let value = json!({
        "rule": details.rule,
        "channels": details.channels,
        "sampleRate": details.sample_rate,
        "codecs": details.codecs,
        "pauses": pauses.collect::<Vec<_>>(),
        "gaps": details.gaps.iter().map(span).collect::<Vec<_>>(),
        "keys": keys.collect::<Vec<_>>(),
        "loss": [loss.packets, loss.lost, loss.discarded, loss.gaps],
        "oneWay": details.one_way,
        "participants": participants.collect::<Vec<_>>(),
        "profile": details.profile,
        "statedDuration": details.stated_duration,
    });
    value.to_string()
}

/// What a column says; `None` when it is not what it must be. Source, mode, client and node
/// have columns of their own.
pub(super) fn decode(json: &str) -> Option<Details> {
    let value: Value = serde_json::from_str(json).ok()?;
    let members = value.as_object()?;
    Some(Details {
        rule: text(members, "rule")?,
        channels: number(members, "channels")?.try_into().ok()?,
        sample_rate: number(members, "sampleRate")?.try_into().ok()?,
        codecs: list(members, "codecs", |codec| codec.as_str().map(str::to_owned))?,
        pauses: list(members, "pauses", |pause| {
            Some(PauseSpan {
                span: span(pause)?,
                by: pause.get(2)?.as_str()?.to_owned(),
            })
        })?,
        gaps: list(members, "gaps", span)?,
        keys: list(members, "keys", key)?,
        loss: loss(members)?,
        one_way: flag(members, "oneWay")?,
        participants: list(members, "participants", participant)?,
        profile: number(members, "profile")?.try_into().ok()?,
        stated_duration: optional(members, "statedDuration")?,
        ..Details::default()
    })
}

fn text(members: &Map<String, Value>, name: &str) -> Option<String> {
    optional(members, name).map(Option::unwrap_or_default)
}

fn optional(members: &Map<String, Value>, name: &str) -> Option<Option<String>> {
    match members.get(name) {
        None | Some(Value::Null) => Some(None),
        Some(value) => value.as_str().map(|text| Some(text.to_owned())),
    }
}

fn number(members: &Map<String, Value>, name: &str) -> Option<u64> {
    members.get(name).map_or(Some(0), Value::as_u64)
}

fn flag(members: &Map<String, Value>, name: &str) -> Option<bool> {
    members.get(name).map_or(Some(false), Value::as_bool)
}

fn list<T>(
    members: &Map<String, Value>,
    name: &str,
    item: impl Fn(&Value) -> Option<T>,
) -> Option<Vec<T>> {
    match members.get(name) {
        None => Some(Vec::new()),
        Some(value) => value.as_array()?.iter().map(item).collect(),
    }
}

fn span(value: &Value) -> Option<Span> {
    Some(Span {
        from_ms: value.get(0)?.as_u64()?,
        to_ms: value.get(1)?.as_u64()?,
    })
}

fn key(value: &Value) -> Option<KeyPress> {
    Some(KeyPress {
        span: span(value)?,
        key: match value.get(2)? {
            key if key.is_null() => None,
            key => Some(key.as_str()?.to_owned()),
        },
        left: value.get(3)?.as_bool()?,
    })
}

fn loss(members: &Map<String, Value>) -> Option<Loss> {
    let numbers = list(members, "loss", Value::as_u64)?;
    match numbers[..] {
        [] => Some(Loss::default()),
        [packets, lost, discarded, gaps] => Some(Loss {
            packets,
            lost,
            discarded,
            gaps,
        }),
        _ => None,
    }
}

fn participant(value: &Value) -> Option<Participant> {
    let members = value.as_object()?;
    Some(Participant {
        address: text(members, "address")?,
        number: text(members, "number")?,
        name: text(members, "name")?,
        user: match members.get("user") {
            None | Some(Value::Null) => None,
            Some(user) => Some(UserId(user.as_i64()?)),
        },
        username: String::new(),
        local: flag(members, "local")?,
        present: list(members, "present", span)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn details_are_read_as_written() {
        assert_eq!(decode("{}"), Some(Details::default()));
        let span = Span {
            from_ms: 1,
            to_ms: 2,
        };
        let details = Details {
            rule: "a \"rule\"".to_owned(),
            channels: 2,
            sample_rate: 16_000,
            codecs: vec!["PCMA".to_owned()],
            pauses: vec![PauseSpan {
                span,
                by: "ann".to_owned(),
            }],
            gaps: vec![span],
            keys: vec![
                KeyPress {
                    span,
                    key: Some("#".to_owned()),
                    left: true,
                },
                KeyPress {
                    span,
                    ..KeyPress::default()
                },
            ],
            loss: Loss {
                packets: 1,
                lost: 2,
                discarded: 3,
                gaps: 4,
            },
            one_way: true,
            participants: vec![Participant {
                address: "sip:1@x".to_owned(),
                number: "1".to_owned(),
                name: "One".to_owned(),
                user: Some(UserId(7)),
                username: String::new(),
                local: true,
                present: vec![span],
            }],
            profile: 2,
            stated_duration: Some("PT1M30S".to_owned()),
            ..Details::default()
        };
        assert_eq!(decode(&encode(&details)), Some(details));
        for bad in ["", "[]", r#"{"codecs": 1}"#, r#"{"loss": [1]}"#] {
            assert_eq!(decode(bad), None, "{bad}");
        }
    }
}
