//! Recording rules and the dry run.

use super::{Direction, Mode, PauseBy};
use jiff::civil;
use model::rules;
use serde::{Deserialize, Serialize};

/// A recording rule. It matches a call when all conditions it has hold; the first rule that
/// matches wins, and without one a call is recorded always.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Rule {
    pub(crate) id: i64,
    /// Its place among the rules, from 1.
    position: u32,
    name: String,
    /// The number of a party is like this: `*` any digits, `?` one.
    number: Option<String>,
    /// Our party is this user.
    user: Option<String>,
    /// Our party is a user of this group.
    group: Option<String>,
    direction: Option<Direction>,
    /// The recording client.
    client: Option<String>,
    /// The call began in one of these times; empty: at any time.
    times: Vec<Times>,
    /// How calls that match are recorded.
    mode: Mode,
    /// Who may pause them, where the mode is always.
    pause: PauseBy,
}

/// A recording rule to add, or to put in place of another.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct NewRule {
    /// Its place among the rules, from 1; missing: the last one, or where it was.
    #[schema(minimum = 1)]
    pub(crate) position: Option<u32>,
    #[schema(min_length = 1, max_length = 100)]
    pub(crate) name: String,
    /// The number of a party is like this: `*` any digits, `?` one.
    pub(crate) number: Option<String>,
    /// Our party is this user.
    pub(crate) user: Option<String>,
    /// Our party is a user of this group.
    pub(crate) group: Option<String>,
    pub(crate) direction: Option<Direction>,
    /// The recording client.
    pub(crate) client: Option<String>,
    /// The call began in one of these times; empty: at any time.
    #[serde(default)]
    pub(crate) times: Vec<Times>,
    /// How calls that match are recorded.
    pub(crate) mode: Mode,
    /// Who may pause them, where the mode is always; missing: administrators.
    pub(crate) pause: Option<PauseBy>,
}

/// On some weekdays from one time of day, included, to another, excluded; that of the next day
/// when it is not later.
#[derive(Clone, Deserialize, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Times {
    #[schema(min_items = 1)]
    weekdays: Vec<Weekday>,
    /// `HH:MM`.
    #[schema(pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]$")]
    from: String,
    /// `HH:MM`, up to 24:00.
    #[schema(pattern = "^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$")]
    to: String,
    /// A name of the IANA time zone database; missing: UTC.
    #[serde(default = "utc")]
    time_zone: String,
}

fn utc() -> String {
    "UTC".to_owned()
}

/// A day of the week.
#[derive(Clone, Copy, Deserialize, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Weekday {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

impl Weekday {
    const ALL: [(Self, civil::Weekday); 7] = [
        (Self::Monday, civil::Weekday::Monday),
        (Self::Tuesday, civil::Weekday::Tuesday),
        (Self::Wednesday, civil::Weekday::Wednesday),
        (Self::Thursday, civil::Weekday::Thursday),
        (Self::Friday, civil::Weekday::Friday),
        (Self::Saturday, civil::Weekday::Saturday),
        (Self::Sunday, civil::Weekday::Sunday),
    ];
}

impl Times {
    /// The model's; the error says what is wrong with it.
    pub(crate) fn checked(&self) -> Result<rules::Times, String> {
        let days: Vec<_> = self
            .weekdays
            .iter()
            .filter_map(|day| {
                let place = *day as usize;
                Weekday::ALL.get(place).map(|(_, day)| *day)
            })
            .collect();
        let (from, to) = (minute(&self.from)?, minute(&self.to)?);
        rules::Times::new(&days, from, to, &self.time_zone).map_err(|error| error.to_string())
    }
}

impl From<&rules::Times> for Times {
    fn from(times: &rules::Times) -> Self {
        let days = times.weekdays();
        Self {
            weekdays: Weekday::ALL
                .iter()
                .filter(|(_, day)| days.contains(day))
                .map(|(word, _)| *word)
                .collect(),
            from: clock(times.from()),
            to: clock(times.to()),
            time_zone: times.zone().to_owned(),
        }
    }
}

/// Minutes since midnight of `HH:MM`.
fn minute(text: &str) -> Result<u16, String> {
    let wrong = || format!("`{text}` is no time of day like 08:30");
    let (hours, minutes) = text.split_once(':').ok_or_else(wrong)?;
    let number = |part: &str| {
        let digits = part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
        part.parse::<u16>().ok().filter(|_| digits)
    };
    let (hours, minutes) = number(hours).zip(number(minutes)).ok_or_else(wrong)?;
    if minutes > 59 || hours > 24 {
        return Err(wrong());
    }
    Ok(hours * 60 + minutes)
}

fn clock(minute: u16) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

impl From<&rules::Rule> for Rule {
    fn from(rule: &rules::Rule) -> Self {
        Self {
            id: rule.id.0,
            position: rule.position,
            name: rule.name.clone(),
            number: rule.number.as_ref().map(ToString::to_string),
            user: rule.user.clone(),
            group: rule.group.clone(),
            direction: rule.direction.map(Direction::from),
            client: rule.client.clone(),
            times: rule.times.iter().map(Times::from).collect(),
            mode: rule.mode.into(),
            pause: rule.pause.into(),
        }
    }
}

/// Every rule, first one first.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Rules {
    pub(crate) items: Vec<Rule>,
}

/// A call to try the rules on.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct DryRun {
    /// Who takes part, the caller first where that is known.
    #[schema(max_items = 100)]
    pub(crate) parties: Vec<Party>,
    pub(crate) direction: Option<Direction>,
    /// The recording client.
    #[serde(default)]
    pub(crate) client: String,
    /// When it begins; missing: now.
    #[schema(format = DateTime)]
    pub(crate) at: Option<String>,
    /// Whether it is over: what is not known now will never be. True if missing.
    pub(crate) over: Option<bool>,
}

/// A party of a call.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Party {
    /// A number or an address; empty: anonymous.
    pub(crate) address: String,
    /// Whether it is ours, where the recording client says so.
    pub(crate) local: Option<bool>,
}

/// What the rules say about a call, and why.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Verdict {
    mode: Mode,
    /// The rule that gave the mode; null: none matches.
    rule: Option<MatchedRule>,
    pause: PauseBy,
    /// Whether a rule waits for something that is not known yet.
    undecided: bool,
    /// One line for each rule that was looked at.
    why: Vec<String>,
}

/// A rule that matched.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct MatchedRule {
    id: i64,
    name: String,
}

impl From<rules::Verdict> for Verdict {
    fn from(verdict: rules::Verdict) -> Self {
        Self {
            mode: verdict.mode.into(),
            rule: verdict
                .rule
                .map(|(id, name)| MatchedRule { id: id.0, name }),
            pause: verdict.pause.into(),
            undecided: verdict.undecided,
            why: verdict.why,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_day_are_read_and_shown() {
        for (text, number) in [("00:00", 0), ("08:30", 510), ("24:00", 1440)] {
            assert_eq!(minute(text), Ok(number));
            assert_eq!(clock(number), text);
        }
        for wrong in ["", "8:30", "08:60", "25:00", "08-30", "+8:00", "08:30:00"] {
            assert!(minute(wrong).is_err(), "{wrong}");
        }
    }
}
