//! `rule`: what it takes.

use super::{Direction, Json};
use clap::{Args, Subcommand};
use jiff::civil::Weekday;
use model::rules::{Pattern, Times};
use model::{Mode, Pause};

/// `rule`.
#[derive(Debug, Subcommand)]
pub(crate) enum Rule {
    /// List the rules in the order in which they are asked
    List(Json),
    /// Add a rule
    Add(Box<RuleAdd>),
    /// Change what is given, keep the rest; an empty text takes a condition away
    Set(Box<RuleSet>),
    /// Remove a rule
    Remove(RuleName),
    /// Say which rule would match a call, and why; changes nothing
    Test(RuleTest),
}

/// A condition, or with the empty text none.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Perhaps<T>(pub(crate) Option<T>);

/// What a rule says.
#[derive(Args, Debug)]
pub(crate) struct RuleFields {
    /// Numbers it is for, with * for any digits and ? for one
    #[arg(long, value_name = "PATTERN", value_parser = pattern, allow_hyphen_values = true)]
    pub(crate) number: Option<Perhaps<Pattern>>,
    /// User it is for
    #[arg(long, value_name = "NAME")]
    pub(crate) user: Option<String>,
    /// Group whose members it is for
    #[arg(long, value_name = "G")]
    pub(crate) group: Option<String>,
    /// Calls that came in, or that went out
    #[arg(long, value_name = "in|out", value_parser = direction)]
    pub(crate) direction: Option<Perhaps<model::Direction>>,
    /// Recording client the calls come from
    #[arg(long, value_name = "NAME")]
    pub(crate) client: Option<String>,
    /// Times of the week, like `mon-fri 08:00-18:00 Europe/Rome`; may be given again
    #[arg(long, value_name = "TIMES", value_parser = times)]
    pub(crate) times: Option<Vec<Perhaps<Times>>>,
    /// own: owners and supervisors may pause such calls too; administrators: only they
    #[arg(long, value_name = "own|administrators", value_parser = pause)]
    pub(crate) pause: Option<Pause>,
    /// Place in the order, 1 is asked first [new rules: last]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) position: Option<u32>,
}

/// `rule add`.
#[derive(Args, Debug)]
pub(crate) struct RuleAdd {
    /// The rule's name
    #[arg(value_name = "NAME")]
    pub(crate) name: String,
    /// always, on-demand, keep-late or never
    #[arg(long, value_name = "MODE", value_parser = mode)]
    pub(crate) mode: Mode,
    /// What it is for
    #[command(flatten)]
    pub(crate) fields: RuleFields,
}

/// `rule set`.
#[derive(Args, Debug)]
pub(crate) struct RuleSet {
    /// The rule's name
    #[arg(value_name = "NAME")]
    pub(crate) name: String,
    /// always, on-demand, keep-late or never
    #[arg(long, value_name = "MODE", value_parser = mode)]
    pub(crate) mode: Option<Mode>,
    /// Another name
    #[arg(long, value_name = "NAME")]
    pub(crate) rename: Option<String>,
    /// What it is for
    #[command(flatten)]
    pub(crate) fields: RuleFields,
}

/// A rule's name.
#[derive(Args, Debug)]
pub(crate) struct RuleName {
    /// The rule's name
    #[arg(value_name = "NAME")]
    pub(crate) name: String,
}

/// `rule test`.
#[derive(Args, Debug)]
pub(crate) struct RuleTest {
    /// Number of the party whose call is recorded; none: not known yet
    #[arg(long, value_name = "N", allow_hyphen_values = true)]
    pub(crate) local: Option<String>,
    /// Number of the other party; none: not known yet
    #[arg(long, value_name = "N", allow_hyphen_values = true)]
    pub(crate) remote: Option<String>,
    /// Who called
    #[arg(long, value_enum)]
    pub(crate) direction: Option<Direction>,
    /// Recording client the call comes from
    #[arg(long, value_name = "NAME", default_value = "")]
    pub(crate) client: String,
    /// When the call begins, like 2026-11-24T09:00:00+01:00 [default: now]
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(crate) at: Option<jiff::Timestamp>,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

fn mode(text: &str) -> Result<Mode, String> {
    let modes = Mode::ALL.map(Mode::name).join(", ");
    Mode::from_name(text).ok_or_else(|| format!("accepted: {modes}"))
}

fn pause(text: &str) -> Result<Pause, String> {
    Pause::from_name(text).ok_or_else(|| "accepted: own, administrators".to_owned())
}

fn direction(text: &str) -> Result<Perhaps<model::Direction>, String> {
    let direction = match text {
        "" => None,
        "in" => Some(model::Direction::Incoming),
        "out" => Some(model::Direction::Outgoing),
        _ => return Err("accepted: in, out, or nothing for both".to_owned()),
    };
    Ok(Perhaps(direction))
}

fn pattern(text: &str) -> Result<Perhaps<Pattern>, String> {
    if text.is_empty() {
        return Ok(Perhaps(None));
    }
    let pattern = Pattern::parse(text).map_err(|error| error.to_string())?;
    Ok(Perhaps(Some(pattern)))
}

/// `mon-fri,sun 08:00-18:00 ZONE`; the zone may be left out and is UTC then.
fn times(text: &str) -> Result<Perhaps<Times>, String> {
    if text.is_empty() {
        return Ok(Perhaps(None));
    }
    let accepted = || "accepted: times like `mon-fri 08:00-18:00 Europe/Rome`".to_owned();
    let mut parts = text.split_whitespace();
    let days = parts.next().and_then(weekdays).ok_or_else(accepted)?;
    let hours = parts.next().and_then(|hours| hours.split_once('-'));
    let (from, to) = hours.ok_or_else(accepted)?;
    let from = minutes(from).ok_or_else(accepted)?;
    let to = minutes(to).ok_or_else(accepted)?;
    let zone = parts.next().unwrap_or("UTC");
    if parts.next().is_some() {
        return Err(accepted());
    }
    let times = Times::new(&days, from, to, zone).map_err(|error| error.to_string())?;
    Ok(Perhaps(Some(times)))
}

fn weekdays(text: &str) -> Option<Vec<Weekday>> {
    let mut days = Vec::new();
    for part in text.split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (first, last) = (weekday(first)?, weekday(last)?);
        days.extend(first.cycle_forward().take_while(|day| *day != last));
        days.push(last);
    }
    Some(days)
}

fn weekday(text: &str) -> Option<Weekday> {
    let names = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    let mut named = names.into_iter().zip(Weekday::Monday.cycle_forward());
    named
        .find(|(name, _)| name.eq_ignore_ascii_case(text))
        .map(|(_, day)| day)
}

/// Minutes since midnight of `HH:MM`.
fn minutes(text: &str) -> Option<u16> {
    let (hours, minutes) = text.split_once(':')?;
    let whole = |text: &str| text.parse::<u16>().ok().filter(|_| text.len() == 2);
    let (hours, minutes) = (whole(hours)?, whole(minutes)?);
    (hours <= 24 && minutes < 60).then_some(hours * 60 + minutes)
}

fn time(text: &str) -> Result<jiff::Timestamp, String> {
    let time = text.parse();
    time.map_err(|_| "accepted: a time like 2026-11-24T09:00:00+01:00".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read() {
        let read = times("mon-wed,sun 08:00-18:30 Europe/Rome")
            .unwrap()
            .0
            .unwrap();
        let days = [
            Weekday::Monday,
            Weekday::Tuesday,
            Weekday::Wednesday,
            Weekday::Sunday,
        ];
        assert_eq!(read, Times::new(&days, 480, 1110, "Europe/Rome").unwrap());
        let night = times("FRI 22:00-06:00").unwrap().0.unwrap();
        assert_eq!(
            night,
            Times::new(&[Weekday::Friday], 1320, 360, "UTC").unwrap()
        );
        let week = times("sat-mon 00:00-24:00").unwrap().0.unwrap();
        assert_eq!(week.weekdays().len(), 3);
        assert_eq!(times(""), Ok(Perhaps(None)));
        for wrong in [
            "mon",
            "mon 8:00-18:00",
            "mon 08:00",
            "day 08:00-18:00",
            "mon 08:00-18:60",
            "mon 25:00-18:00",
            "mon 08:00-18:00 Europe/Atlantis",
            "mon 08:00-18:00 UTC too",
        ] {
            assert!(times(wrong).is_err(), "{wrong}");
        }
    }
}
