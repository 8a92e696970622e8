//! What no list is filtered by, in one column of JSON. Members that are missing are empty, so
//! that rows of earlier versions can be read.

use model::details::{Details, KeyPress, Loss, Participant, PauseSpan, Span};
use model::people::UserId;
use serde::Deserialize;
use serde_json::json;

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

/// The column as it is read: straight into its shape, since every recording that is read has one.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Column {
    rule: Option<String>,
    channels: u8,
    sample_rate: u32,
    codecs: Vec<String>,
    pauses: Vec<(u64, u64, String)>,
    gaps: Vec<(u64, u64)>,
    keys: Vec<(u64, u64, Option<String>, bool)>,
    loss: Vec<u64>,
    one_way: bool,
    participants: Vec<Person>,
    profile: u32,
    stated_duration: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Person {
    address: Option<String>,
    number: Option<String>,
    name: Option<String>,
    user: Option<i64>,
    local: bool,
    present: Vec<(u64, u64)>,
}

/// What a column says; `None` when it is not what it must be. Source, mode, client and node
/// have columns of their own.
pub(super) fn decode(json: &str) -> Option<Details> {
    // An object: serde would take a list of the members too.
    if !json.starts_with('{') {
        return None;
    }
    let column: Column = serde_json::from_str(json).ok()?;
    let pauses = column.pauses.into_iter();
    let keys = column.keys.into_iter();
    Some(Details {
        rule: column.rule.unwrap_or_default(),
        channels: column.channels,
        sample_rate: column.sample_rate,
        codecs: column.codecs,
        pauses: pauses
            .map(|(from_ms, to_ms, by)| PauseSpan {
                span: Span { from_ms, to_ms },
                by,
            })
            .collect(),
        gaps: spans(column.gaps),
        keys: keys
            .map(|(from_ms, to_ms, key, left)| KeyPress {
                span: Span { from_ms, to_ms },
                key,
                left,
            })
            .collect(),
        loss: loss(&column.loss)?,
        one_way: column.one_way,
        participants: column.participants.into_iter().map(participant).collect(),
        profile: column.profile,
        stated_duration: column.stated_duration,
        ..Details::default()
    })
}

fn spans(spans: Vec<(u64, u64)>) -> Vec<Span> {
    let spans = spans.into_iter();
    spans
        .map(|(from_ms, to_ms)| Span { from_ms, to_ms })
        .collect()
}

fn loss(numbers: &[u64]) -> Option<Loss> {
    match *numbers {
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

fn participant(person: Person) -> Participant {
    Participant {
        address: person.address.unwrap_or_default(),
        number: person.number.unwrap_or_default(),
        name: person.name.unwrap_or_default(),
        user: person.user.map(UserId),
        username: String::new(),
        local: person.local,
        present: spans(person.present),
    }
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
