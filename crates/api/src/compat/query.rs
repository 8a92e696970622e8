//! The query of the list: which page, and which filters. Names have no case.
//!
//! Nothing is guessed: what cannot be used as given is refused, with the published reason. A
//! list that ignored a filter would say something else than was asked.

use super::dates;
use super::grammar::{self, Condition, Operator};
use crate::percent;
use crate::refusal::Refusal;
use jiff::Timestamp;
use model::Direction;
use model::filter::{Filter, Text, TimeFilter};
use model::party;

/// The part of the list that is wanted.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Paging {
    /// All of it.
    Everything,
    /// So many rows (never 0), beginning with page 0.
    Page { index: u64, size: u64 },
}

/// What the query asks for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Query {
    pub(super) filter: Filter,
    pub(super) paging: Paging,
}

/// The filters published for the list, under all their names.
const FILTERS: [(&str, Field); 7] = [
    ("startTime", Field::Start),
    ("endTime", Field::End),
    ("localPartyNumber", Field::LocalNumber),
    ("remotePartyNumber", Field::RemoteNumber),
    ("remoteParty", Field::RemoteNumber),
    ("ownerUsername", Field::Owner),
    ("direction", Field::Direction),
];

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Field {
    Start,
    End,
    LocalNumber,
    RemoteNumber,
    Owner,
    Direction,
}

/// Reads the query. Unknown names are ignored, as the original does.
pub(super) fn parse(query: Option<&str>) -> Result<Query, Refusal> {
    let (mut page, mut size) = (None, None);
    let mut filter = Filter::default();
    for (name, value) in pairs(query) {
        let is = |known: &str| known.eq_ignore_ascii_case(&name);
        if let Some((name, field)) = FILTERS.iter().find(|(known, _)| is(known)) {
            narrow(&mut filter, *field, &value)
                .map_err(|fault| Refusal::BadFilter(format!("{name}: {fault}")))?;
        } else if is("page") {
            put(&mut page, &value, "page is a number from 0, given once")?;
        } else if is("pageSize") {
            put(&mut size, &value, "pageSize is a number from 1, given once")?;
        }
    }
    Ok(Query {
        filter,
        paging: paging(page, size)?,
    })
}

/// Names and values without their encoding: `+` is a blank, `%41` is `A`.
pub(super) fn pairs(query: Option<&str>) -> impl Iterator<Item = (String, String)> {
    query.unwrap_or_default().split('&').map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (decoded(name), decoded(value))
    })
}

fn decoded(text: &str) -> String {
    String::from_utf8_lossy(&percent::decoded(&text.replace('+', " "))).into_owned()
}

fn paging(page: Option<u64>, size: Option<u64>) -> Result<Paging, Refusal> {
    match (page, size) {
        (None, None) => Ok(Paging::Everything),
        (Some(_), None) => Err(Refusal::BadPaging("page needs pageSize")),
        (_, Some(0)) => Err(Refusal::BadPaging(
            "pageSize is a number from 1, given once",
        )),
        (page, Some(size)) => Ok(Paging::Page {
            index: page.unwrap_or(0),
            size,
        }),
    }
}

fn put(slot: &mut Option<u64>, value: &str, rule: &'static str) -> Result<(), Refusal> {
    let digits = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
    let number = value.parse().ok().filter(|_| digits && slot.is_none());
    *slot = Some(number.ok_or(Refusal::BadPaging(rule))?);
    Ok(())
}

/// Adds one condition to those that must hold already.
fn narrow(filter: &mut Filter, field: Field, value: &str) -> Result<(), String> {
    let condition =
        grammar::parse(value).map_err(|name| format!("there is no operator {}", quoted(&name)))?;
    match field {
        Field::Start => filter.start = filter.start.and(time(&condition)?),
        Field::End => filter.end = filter.end.and(time(&condition)?),
        Field::LocalNumber => {
            let text = number(&condition, &[Operator::Equals])?;
            once(&mut filter.local_number, text)?;
        }
        Field::RemoteNumber => {
            let text = number(&condition, &[Operator::Equals, Operator::Contains])?;
            once(&mut filter.remote_number, text)?;
        }
        Field::Owner => {
            let name = one(&condition, &[Operator::Equals])?.to_lowercase();
            once(&mut filter.owner_username, name)?;
        }
        Field::Direction => once(&mut filter.direction, direction(&condition)?)?,
    }
    Ok(())
}

/// The same condition twice is one; two different ones can hold for no recording, or under two
/// names of one filter mean that the client is mistaken.
fn once<T: PartialEq>(slot: &mut Option<T>, value: T) -> Result<(), String> {
    match slot {
        Some(earlier) if *earlier != value => Err("it is given twice and differently".to_owned()),
        Some(_) => Ok(()),
        None => {
            *slot = Some(value);
            Ok(())
        }
    }
}

fn time(condition: &Condition) -> Result<TimeFilter, String> {
    let operands: Vec<Timestamp> = condition
        .operands
        .iter()
        .map(|text| dates::parse_date_time(text))
        .collect::<Option<_>>()
        .ok_or("this is no ISO 8601 date and time")?;
    match (condition.operator, operands.as_slice()) {
        (Operator::Equals, [instant]) => Ok(TimeFilter::equals(*instant)),
        (Operator::Before, [instant]) => Ok(TimeFilter::before(*instant)),
        (Operator::After, [instant]) => Ok(TimeFilter::after(*instant)),
        (Operator::Between, [low, high]) => Ok(TimeFilter::between(*low, *high)),
        (Operator::Between, _) => {
            Err("between takes two dates and times, with a semicolon between them".to_owned())
        }
        (Operator::Equals | Operator::Before | Operator::After, _) => {
            Err("this operator takes one date and time".to_owned())
        }
        (Operator::Contains, _) => Err(not_here(Operator::Contains)),
    }
}

fn number(condition: &Condition, taken: &[Operator]) -> Result<Text, String> {
    let operand = one(condition, taken)?;
    // A `+` that was sent unescaped is a blank by now.
    let operand = match operand.strip_prefix(' ') {
        Some(rest) => format!("+{rest}"),
        None => operand.to_owned(),
    };
    if condition.operator == Operator::Contains {
        return Ok(Text::Contains(party::clean(&operand)));
    }
    let address = operand.contains('@') || operand.contains(':');
    Ok(Text::Equals(if address {
        party::number(&operand)
    } else {
        party::clean(&operand)
    }))
}

fn direction(condition: &Condition) -> Result<Direction, String> {
    let number = match one(condition, &[Operator::Equals])? {
        "0" => 0,
        "1" => 1,
        "2" => 2,
        _ => return Err("a direction is 0, 1 or 2".to_owned()),
    };
    Direction::from_number(number).ok_or_else(|| "a direction is 0, 1 or 2".to_owned())
}

/// The one operand of an operator that this filter takes.
fn one<'a>(condition: &'a Condition, taken: &[Operator]) -> Result<&'a str, String> {
    if !taken.contains(&condition.operator) {
        return Err(not_here(condition.operator));
    }
    match condition.operands.as_slice() {
        [operand] => Ok(operand),
        _ => Err("a semicolon inside a value is written `\\;`".to_owned()),
    }
}

fn not_here(operator: Operator) -> String {
    format!("the operator `{}` cannot be used here", operator.name())
}

/// What was sent, shortened: an answer repeats no long texts.
fn quoted(text: &str) -> String {
    let short: String = text.chars().take(20).collect();
    format!("`{short}`")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn reason(query: &str) -> u8 {
        match parse(Some(query)) {
            Err(Refusal::BadFilter(_)) => 0,
            Err(Refusal::BadPaging(_)) => 1,
            other => panic!("{query}: {other:?}"),
        }
    }

    #[test]
    fn pages_are_read_without_case() {
        for query in [
            "page=2&pageSize=50",
            "PAGESIZE=50&PAGE=2",
            "p%61ge=%32&pagesize=050&&x=1",
        ] {
            let page = Paging::Page { index: 2, size: 50 };
            assert_eq!(parse(Some(query)).unwrap().paging, page, "{query}");
        }
        assert_eq!(
            parse(Some("pageSize=5")).unwrap().paging,
            Paging::Page { index: 0, size: 5 }
        );
        for everything in ["", "sort=asc", "&&&", "=1", "pages=1", "%=%zz"] {
            assert_eq!(parse(Some(everything)).unwrap(), all(), "{everything}");
        }
        assert_eq!(parse(None).unwrap(), all());
    }

    #[test]
    fn what_makes_no_page_has_reason_1() {
        for query in [
            "page=0",
            "page=-1&pageSize=5",
            "page=x&pageSize=5",
            "page=&pageSize=5",
            "page&pageSize=5",
            "page=0&pageSize=0",
            "page=0&pageSize=-5",
            "page=0&pageSize=1.5",
            "page=0&pageSize=%2B5",
            "page=0&pageSize=+5",
            "page=0&pageSize=99999999999999999999",
            "page=0&page=1&pageSize=5",
            "pageSize=5&pagesize=5",
        ] {
            assert_eq!(reason(query), 1, "{query}");
        }
    }

    fn all() -> Query {
        Query {
            filter: Filter::default(),
            paging: Paging::Everything,
        }
    }

    fn filter(query: &str) -> Filter {
        parse(Some(query)).unwrap().filter
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn times_take_four_operators() {
        let (low, high) = (at("2018-11-01T00:00:00Z"), at("2018-11-02T00:00:00Z"));
        for (query, start) in [
            ("startTime=2018-11-01T00:00:00Z", TimeFilter::equals(low)),
            (
                "STARTTIME=equals:2018-11-01T00%3A00:00Z",
                TimeFilter::equals(low),
            ),
            ("startTime=before:2018-11-01", TimeFilter::before(low)),
            (
                "startTime=after:2018-11-01T02:00:00+02:00",
                TimeFilter::after(low),
            ),
            (
                "startTime=after:2018-11-01T02:00:00%2B02:00",
                TimeFilter::after(low),
            ),
            (
                "startTime=between:2018-11-01T00:00:00.000Z;2018-11-02T00:00:00Z",
                TimeFilter::between(low, high),
            ),
            (
                "startTime=between:2018-11-01T00:00:00%3B2018-11-02T00:00:00",
                TimeFilter::between(low, high),
            ),
            (
                "startTime=after:2018-11-01&startTime=before:2018-11-02",
                TimeFilter::after(low).and(TimeFilter::before(high)),
            ),
        ] {
            assert_eq!(filter(query).start, start, "{query}");
            let end = query.to_lowercase().replace("starttime", "endTime");
            assert_eq!(filter(&end).end, start, "{end}");
        }
    }

    #[test]
    fn numbers_are_cleaned_and_blanks_in_front_are_pluses() {
        let equals = |text: &str| Some(Text::Equals(text.to_owned()));
        let contains = |text: &str| Some(Text::Contains(text.to_owned()));
        for (query, remote) in [
            ("remoteParty=+39-0584.94(32)32", equals("+390584943232")),
            ("remoteParty=%2B390584943232", equals("+390584943232")),
            ("remotePartyNumber=contains:+1234", contains("+1234")),
            ("remoteParty=contains:%2b12%2034", contains("+1234")),
            (
                "remoteParty=contains:12;34".split(';').next().unwrap(),
                contains("12"),
            ),
            (r"remoteParty=a%5C%3Bb\\c", equals(r"a;b\c")),
            ("remoteParty=contains:%25_%27%22", contains("%_'\"")),
            ("remoteParty=sip:225@example.net", equals("225")),
            ("remoteParty=", equals("")),
            ("remoteParty=1&remotePartyNumber=1", equals("1")),
            ("remoteParty=+1&remotePartyNumber=%2B1", equals("+1")),
        ] {
            assert_eq!(filter(query).remote_number, remote, "{query}");
        }
        assert_eq!(filter("localpartynumber=+225").local_number, equals("+225"));
        assert_eq!(
            filter("ownerUsername=John_DOE").owner_username.unwrap(),
            "john_doe"
        );
        assert_eq!(filter("direction=2").direction, Some(Direction::Outgoing));
        assert_eq!(
            filter("direction=equals:0").direction,
            Some(Direction::Unknown)
        );
    }

    #[test]
    fn what_makes_no_filter_has_reason_0() {
        for query in [
            "startTime=",
            "startTime=yesterday",
            "startTime=contains:2018",
            "startTime=since:2018-11-01",
            "endTime=between:2018-11-01",
            "endTime=between:2018-11-01;",
            "endTime=between:;2018-11-01",
            "endTime=between:2018-11-01;2018-11-02;2018-11-03",
            "endTime=after:2018-11-01;2018-11-02",
            "endTime=2018-11-01;2018-11-02",
            r"endTime=between:2018-11-01\;2018-11-02",
            "localPartyNumber=contains:2",
            "localPartyNumber=before:2",
            "localPartyNumber=1;2",
            "remoteParty=between:1;2",
            "remoteParty=startswith:1",
            "remotePartyNumber=1&remoteParty=2",
            "remotePartyNumber=contains:1&remoteParty=1",
            "ownerUsername=contains:john",
            "ownerUsername=a&ownerUsername=b",
            "direction=after:1",
            "direction=3",
            "direction=01",
            "direction=",
            "direction=incoming",
            "direction=1&direction=2",
        ] {
            assert_eq!(reason(query), 0, "{query}");
            assert_eq!(reason(&format!("page=0&pageSize=5&{query}")), 0);
        }
    }

    #[test]
    fn answers_repeat_no_long_texts() {
        let query = format!("ownerUsername={}:x", "a".repeat(500));
        let Err(Refusal::BadFilter(message)) = parse(Some(&query)) else {
            panic!("no operator");
        };
        assert!(message.len() < 80, "{message}");
    }

    /// Everything but letters and digits as `%41`, so that nothing is left to the reader.
    fn encoded(text: &str) -> String {
        text.bytes().map(|byte| format!("%{byte:02X}")).collect()
    }

    proptest! {
        #[test]
        fn text_never_panics(query in ".{0,60}", wild in "[%&=+;:\\\\a-fA-F0-9pageSiz]{0,40}") {
            let _ = parse(Some(&query));
            let _ = parse(Some(&wild));
            for (name, _) in FILTERS {
                let _ = parse(Some(&format!("{name}={query}")));
            }
        }

        #[test]
        fn a_printed_filter_is_read_back(
            start in -62_000_000_000_000_i64..250_000_000_000_000,
            length in 0_i64..1 << 40,
            local in "[+0-9a-z;\\\\%_']{0,12}",
            remote in "[+0-9a-z;\\\\%_']{0,12}",
            owner in "[a-zé_;\\\\ ]{0,12}",
            direction in 0_i64..3,
        ) {
            let low = Timestamp::from_millisecond(start).unwrap();
            let high = Timestamp::from_millisecond(start + length).unwrap();
            let condition = |operator, operands: &[&str]| {
                encoded(&grammar::tests::print(&Condition {
                    operator,
                    operands: operands.iter().map(|text| (*text).to_owned()).collect(),
                }))
            };
            let query = format!(
                "startTime={}&endTime={}&localPartyNumber={}&remoteParty={}\
                 &ownerUsername={}&direction={}",
                condition(Operator::Between, &[&low.to_string(), &high.to_string()]),
                condition(Operator::After, &[&low.to_string()]),
                condition(Operator::Equals, &[&local]),
                condition(Operator::Contains, &[&remote]),
                condition(Operator::Equals, &[&owner]),
                condition(Operator::Equals, &[&direction.to_string()]),
            );
            let expected = Filter {
                start: TimeFilter::between(low, high),
                end: TimeFilter::after(low),
                local_number: Some(Text::Equals(local)),
                remote_number: Some(Text::Contains(remote)),
                owner_username: Some(owner),
                direction: Direction::from_number(direction),
                ..Filter::default()
            };
            prop_assert_eq!(parse(Some(&query)).unwrap().filter, expected);
        }
    }
}
