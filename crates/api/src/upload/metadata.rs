//! What is said of a recording made elsewhere: the JSON beside its sound.
//!
//! Reads the published fields and ignores others. Names have no case, as in the original.

use super::{Reason, Refused};
use crate::compat::dates;
use jiff::Timestamp;
use model::{Direction, party};
use serde_json::{Map, Value};

/// Longest pbx call id in octets.
const CALL_ID_OCTETS_MAX: usize = 255;

/// Longest number, name or address in characters.
const TEXT_CHARS_MAX: usize = 255;

/// Longest note in characters.
const NOTE_CHARS_MAX: usize = 10_000;

/// What is said of a recording.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Metadata {
    /// When its sound begins, whole milliseconds.
    pub start_time: Timestamp,
    /// Its length, word for word.
    pub stated_duration: String,
    /// Who called.
    pub direction: Direction,
    /// Name of the user who recorded it.
    pub username: String,
    /// Number of the local party, cleaned.
    pub local_number: String,
    /// Number of the remote party, cleaned, or empty.
    pub remote_number: String,
    /// Name of the remote party, or empty.
    pub remote_name: String,
    /// What joins recordings of one conversation.
    pub pbx_call_id: Option<String>,
    /// A note in the uploader's name.
    pub notes: Option<String>,
    /// Whether the uploader preserves it.
    pub preserved: bool,
}

impl Metadata {
    /// Reads the JSON.
    ///
    /// # Errors
    /// [`Refused`] with reason 0 when it is no JSON object, with reason 1 and the field's name
    /// when a field is missing or not what it must be.
    pub fn parse(json: &[u8]) -> Result<Self, Refused> {
        let value: Value = serde_json::from_slice(json)
            .map_err(|_| Refused::new(Reason::Body, "jsondata is no JSON"))?;
        let Value::Object(object) = value else {
            return Err(Refused::new(Reason::Body, "jsondata is no JSON object"));
        };
        let fields = Fields {
            object: &object,
            path: "",
        };
        let local = fields
            .object("localParty")?
            .ok_or_else(|| missing("localParty"))?;
        let remote = fields.object("remoteParty")?;
        let stated_duration = fields.required("duration")?;
        if dates::parse_duration(&stated_duration).is_none() {
            return Err(invalid(
                "duration is no ISO 8601 duration of days, hours, minutes and seconds",
            ));
        }
        Ok(Self {
            start_time: start_time(&fields)?,
            stated_duration,
            direction: direction(&fields)?,
            username: local.required("username")?,
            local_number: number(&local.required("phoneNumber")?),
            remote_number: remote_text(remote.as_ref(), "phoneNumber")?
                .map_or_else(String::new, |text| number(&text)),
            remote_name: remote_name(remote.as_ref())?,
            pbx_call_id: call_id(&fields)?,
            notes: fields
                .text("notes", NOTE_CHARS_MAX)?
                .filter(|text| !text.is_empty()),
            preserved: match fields.value("preserved") {
                None => false,
                Some(Value::Bool(preserved)) => *preserved,
                Some(_) => return Err(invalid("preserved is true or false")),
            },
        })
    }
}

/// A JSON object within the whole.
struct Fields<'a> {
    object: &'a Map<String, Value>,
    /// Where it stands, for messages.
    path: &'static str,
}

impl<'a> Fields<'a> {
    /// A field; `null` is as good as none.
    fn value(&self, name: &str) -> Option<&'a Value> {
        let exact = self.object.get(name);
        let same = || {
            let mut fields = self.object.iter();
            fields
                .find(|(key, _)| key.eq_ignore_ascii_case(name))
                .map(|(_, value)| value)
        };
        exact.or_else(same).filter(|value| !value.is_null())
    }

    fn text(&self, name: &str, chars_max: usize) -> Result<Option<String>, Refused> {
        let path = self.path;
        match self.value(name) {
            None => Ok(None),
            Some(Value::String(text)) if text.chars().count() > chars_max => Err(invalid(
                &format!("{path}{name} has more than {chars_max} characters"),
            )),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(_) => Err(invalid(&format!("{path}{name} is no text"))),
        }
    }

    fn required(&self, name: &str) -> Result<String, Refused> {
        let text = self.text(name, TEXT_CHARS_MAX)?;
        text.filter(|text| !text.trim().is_empty())
            .ok_or_else(|| missing(&format!("{}{name}", self.path)))
    }

    fn object(&self, name: &'static str) -> Result<Option<Self>, Refused> {
        let path = match name {
            "localParty" => "localParty.",
            "remoteParty" => "remoteParty.",
            _ => "pbxInfo.",
        };
        match self.value(name) {
            None => Ok(None),
            Some(Value::Object(object)) => Ok(Some(Self { object, path })),
            Some(_) => Err(invalid(&format!("{name} is no object"))),
        }
    }
}

fn start_time(fields: &Fields<'_>) -> Result<Timestamp, Refused> {
    let text = fields.required("startDateTime")?;
    let bad = || invalid("startDateTime is no ISO 8601 date and time");
    let time = dates::parse_date_time(&text).ok_or_else(bad)?;
    // Times are kept in whole milliseconds.
    let ms = time.as_nanosecond().div_euclid(1_000_000);
    let ms = i64::try_from(ms).map_err(|_| bad())?;
    Timestamp::from_millisecond(ms).map_err(|_| bad())
}

fn direction(fields: &Fields<'_>) -> Result<Direction, Refused> {
    let value = fields
        .value("direction")
        .ok_or_else(|| missing("direction"))?;
    value
        .as_i64()
        .and_then(Direction::from_number)
        .ok_or_else(|| invalid("direction is 0, 1 or 2"))
}

fn remote_text(remote: Option<&Fields<'_>>, name: &str) -> Result<Option<String>, Refused> {
    remote.map_or(Ok(None), |remote| remote.text(name, TEXT_CHARS_MAX))
}

fn remote_name(remote: Option<&Fields<'_>>) -> Result<String, Refused> {
    let names = [
        remote_text(remote, "firstName")?,
        remote_text(remote, "lastName")?,
    ];
    let names: Vec<String> = names
        .into_iter()
        .flatten()
        .filter(|name| !name.is_empty())
        .collect();
    Ok(names.join(" "))
}

/// `pbxCallId`, or what the later page puts in its place: an object `pbxInfo`, whose fields
/// were never published. The first text of a telling name is taken.
fn call_id(fields: &Fields<'_>) -> Result<Option<String>, Refused> {
    let mut id = fields.text("pbxCallId", usize::MAX)?;
    if let Some(info) = fields.object("pbxInfo")? {
        for name in ["pbxCallId", "callId", "id"] {
            id = id.or(info.text(name, usize::MAX)?);
        }
    }
    let id = id.filter(|id| !id.is_empty());
    if id.as_ref().is_some_and(|id| id.len() > CALL_ID_OCTETS_MAX) {
        return Err(invalid("pbxCallId has more than 255 octets"));
    }
    Ok(id)
}

/// A number as recordings carry it.
fn number(text: &str) -> String {
    if text.contains(['@', ':']) {
        party::number(text)
    } else {
        party::clean(text)
    }
}

fn missing(field: &str) -> Refused {
    Refused::new(Reason::Metadata, &format!("{field} is missing"))
}

fn invalid(message: &str) -> Refused {
    Refused::new(Reason::Metadata, message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn smallest() -> Value {
        json!({
            "startDateTime": "2018-09-25T13:00:00.0000000Z",
            "duration": "PT1M30S",
            "direction": 1,
            "localParty": { "username": "mario_rossi", "phoneNumber": "346" },
        })
    }

    fn parse(value: &Value) -> Result<Metadata, Refused> {
        Metadata::parse(value.to_string().as_bytes())
    }

    #[test]
    fn the_published_example() {
        let mut value = smallest();
        let metadata = parse(&value).unwrap();
        assert_eq!(metadata.start_time.to_string(), "2018-09-25T13:00:00Z");
        assert_eq!(metadata.stated_duration, "PT1M30S");
        assert_eq!(metadata.direction, Direction::Incoming);
        assert_eq!(
            (metadata.username.as_str(), metadata.local_number.as_str()),
            ("mario_rossi", "346")
        );
        assert_eq!(
            (metadata.pbx_call_id, metadata.notes, metadata.preserved),
            (None, None, false)
        );
        value["remoteParty"] =
            json!({ "phoneNumber": "+39 0584-94", "firstName": "A", "lastName": "B" });
        value["pbxCallId"] = json!("100");
        value["notes"] = json!("Some notes");
        value["preserved"] = json!(true);
        value["something"] = json!({ "else": [1] });
        let metadata = parse(&value).unwrap();
        assert_eq!(
            (
                metadata.remote_number.as_str(),
                metadata.remote_name.as_str()
            ),
            ("+39058494", "A B")
        );
        assert_eq!(metadata.pbx_call_id.as_deref(), Some("100"));
        assert_eq!(
            (metadata.notes.as_deref(), metadata.preserved),
            (Some("Some notes"), true)
        );
    }

    #[test]
    fn names_have_no_case_and_null_is_nothing() {
        let value = json!({
            "STARTDATETIME": "2018-09-25T13:00:00.0009999+02:00",
            "Duration": "P1DT2H",
            "Direction": 0,
            "LocalParty": { "UserName": "a", "PhoneNumber": "sip:346@example.net" },
            "remoteParty": null, "pbxCallId": null, "notes": null, "preserved": null,
            "PbxInfo": { "CallId": "7" },
        });
        let metadata = parse(&value).unwrap();
        assert_eq!(metadata.start_time.to_string(), "2018-09-25T11:00:00Z");
        assert_eq!(
            (
                metadata.local_number.as_str(),
                metadata.pbx_call_id.as_deref()
            ),
            ("346", Some("7"))
        );
    }

    #[test]
    fn what_is_no_object_has_reason_0() {
        for text in ["", "null", "[]", "\"x\"", "{", "{\"a\":1}x", "\u{feff}{}"] {
            assert_eq!(
                Metadata::parse(text.as_bytes()).unwrap_err().reason,
                Reason::Body,
                "{text}"
            );
        }
        assert_eq!(
            Metadata::parse(b"{\"a\":\"\xff\"}").unwrap_err().reason,
            Reason::Body
        );
    }

    #[test]
    fn each_field_is_looked_at() {
        for (field, bad) in [
            (
                "startDateTime",
                vec![json!(null), json!("yesterday"), json!(5), json!("")],
            ),
            (
                "duration",
                vec![json!(null), json!("00:01:30"), json!(90), json!("P1M")],
            ),
            (
                "direction",
                vec![
                    json!(null),
                    json!(3),
                    json!(-1),
                    json!("1"),
                    json!(1.5),
                    json!(true),
                ],
            ),
            (
                "localParty",
                vec![
                    json!(null),
                    json!("mario"),
                    json!({}),
                    json!({"username": "a"}),
                    json!({"phoneNumber": "1"}),
                    json!({"username": " ", "phoneNumber": "1"}),
                    json!({"username": 1, "phoneNumber": "1"}),
                ],
            ),
            (
                "remoteParty",
                vec![json!("346"), json!({"phoneNumber": 346})],
            ),
            ("pbxCallId", vec![json!(100), json!("x".repeat(256))]),
            ("pbxInfo", vec![json!("100"), json!({"callId": 5})]),
            ("notes", vec![json!(1), json!("x".repeat(10_001))]),
            ("preserved", vec![json!("true"), json!(1)]),
        ] {
            for bad in bad {
                let mut value = smallest();
                value[field] = bad.clone();
                let refused = parse(&value).unwrap_err();
                assert_eq!(refused.reason, Reason::Metadata, "{field} {bad}");
                assert!(refused.message.contains(field), "{}", refused.message);
            }
        }
    }
}
