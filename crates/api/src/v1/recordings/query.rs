//! The query of the list: filters, order and page. What is exported, or changed at once, is
//! chosen by the same filters.

use super::super::types;
use crate::refusal::Refusal;
use crate::v1::instant;
use catalogue::Cursor;
use model::filter::{Filter, Range, Sort, SortBy, Text, TimeFilter};
use model::party;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa::openapi::path::{Parameter, ParameterIn};

/// What only a list with pages has.
const PAGING: [&str; 3] = ["limit", "cursor", "total"];

/// Rows of a page when nothing is said.
const LIMIT_DEFAULT: u16 = 50;

/// Most rows of a page.
const LIMIT_MAX: u16 = 200;

/// Which recordings, in which order, and which page of them. All filters must hold.
#[derive(Default, Deserialize, utoipa::IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct ListQuery {
    /// Most items of the page; 50 if missing.
    #[param(minimum = 1, maximum = 200, example = 20)]
    limit: Option<u16>,
    /// `nextCursor` of the page before; the other values must be the same.
    cursor: Option<String>,
    /// Whether to count all that match.
    #[serde(default)]
    pub(super) total: bool,
    /// What comes first; `-` is descending. `-startTime` if missing.
    #[param(inline)]
    sort: Option<Order>,
    /// Words that must each appear in a number, a name of the owner, the note, a tag, the
    /// reference number or the conversation id.
    #[param(example = "rossi")]
    text: Option<String>,
    /// Started at this instant or later.
    #[param(format = DateTime, example = "2026-11-24T00:00:00Z")]
    start_time_from: Option<String>,
    /// Started before this instant.
    #[param(format = DateTime)]
    start_time_to: Option<String>,
    /// Ended at this instant or later.
    #[param(format = DateTime)]
    end_time_from: Option<String>,
    /// Ended before this instant.
    #[param(format = DateTime)]
    end_time_to: Option<String>,
    /// Changed after this instant.
    #[param(format = DateTime)]
    updated_after: Option<String>,
    /// At least this long.
    duration_ms_min: Option<u64>,
    /// At most this long.
    duration_ms_max: Option<u64>,
    /// Number of the local party.
    #[param(example = "225")]
    local_number: Option<String>,
    /// Anywhere in the number of the local party.
    local_number_contains: Option<String>,
    /// Number of the remote party.
    remote_number: Option<String>,
    /// Anywhere in the number of the remote party.
    remote_number_contains: Option<String>,
    /// Anywhere in the number of the local or the remote party.
    #[param(example = "0584")]
    number_contains: Option<String>,
    /// Name of the owner; empty: nobody's.
    owner: Option<String>,
    /// Group the owner is in, or was in when deleted; empty: owners in no group.
    group: Option<String>,
    /// Who called.
    #[param(inline)]
    direction: Option<types::Direction>,
    /// One or more states, separated by commas; all but `deleted` if missing.
    #[param(example = "available,interrupted")]
    state: Option<String>,
    /// Has this tag.
    tag: Option<String>,
    /// What joins recordings of one conversation.
    conversation_id: Option<String>,
    /// The thirteen digits.
    reference_number: Option<String>,
    /// The mode it was recorded by.
    #[param(inline)]
    trigger: Option<types::Mode>,
    /// The recording client.
    client: Option<String>,
    /// Whether it is preserved.
    preserved: Option<bool>,
    /// Whether it is on legal hold.
    on_hold: Option<bool>,
    /// Whether a part was paused.
    masked: Option<bool>,
    /// How much of the sound came.
    #[param(inline)]
    quality: Option<types::QualityGrade>,
    /// Whether it has a note.
    has_note: Option<bool>,
}

/// The filters and the order of the list, described without its pages.
pub(super) struct ExportQuery;

impl IntoParams for ExportQuery {
    fn into_params(place: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let mut all = ListQuery::into_params(place);
        all.retain(|parameter| !PAGING.contains(&parameter.name.as_str()));
        all
    }
}

/// Orders of the list.
#[derive(Clone, Copy, Deserialize, Eq, PartialEq, utoipa::ToSchema)]
enum Order {
    #[serde(rename = "startTime")]
    StartTime,
    #[serde(rename = "-startTime")]
    StartTimeDescending,
    #[serde(rename = "durationMs")]
    Duration,
    #[serde(rename = "-durationMs")]
    DurationDescending,
    #[serde(rename = "updatedAt")]
    Updated,
    #[serde(rename = "-updatedAt")]
    UpdatedDescending,
    #[serde(rename = "size")]
    Size,
    #[serde(rename = "-size")]
    SizeDescending,
}

impl ListQuery {
    /// The query of a list written elsewhere than behind its path.
    pub(super) fn of_text(text: &str) -> Result<Self, Refusal> {
        let text = text.strip_prefix('?').unwrap_or(text);
        let unusable = |why: String| wrong(format!("filter is not the query of a list: {why}"));
        let uri = format!("/?{text}");
        let uri = uri.parse().map_err(|why| unusable(format!("{why}")))?;
        let query = axum::extract::Query::<Self>::try_from_uri(&uri);
        let query = query.map_err(|rejection| unusable(rejection.body_text()))?;
        Ok(query.0)
    }

    /// Refuses what only a list has.
    pub(super) fn without_pages(&self, what: &str) -> Result<(), Refusal> {
        if self.limit.is_none() && self.cursor.is_none() && !self.total {
            return Ok(());
        }
        Err(wrong(format!("{what} takes no {}", PAGING.join(", "))))
    }

    /// Most items of the page.
    pub(super) fn limit(&self) -> Result<u16, Refusal> {
        let limit = self.limit.unwrap_or(LIMIT_DEFAULT);
        if (1..=LIMIT_MAX).contains(&limit) {
            return Ok(limit);
        }
        Err(wrong(format!("limit is a number from 1 to {LIMIT_MAX}")))
    }

    /// The order.
    pub(super) fn sort(&self) -> Sort {
        let (by, descending) = match self.sort.unwrap_or(Order::StartTimeDescending) {
            Order::StartTime => (SortBy::Start, false),
            Order::StartTimeDescending => (SortBy::Start, true),
            Order::Duration => (SortBy::Duration, false),
            Order::DurationDescending => (SortBy::Duration, true),
            Order::Updated => (SortBy::Updated, false),
            Order::UpdatedDescending => (SortBy::Updated, true),
            Order::Size => (SortBy::Size, false),
            Order::SizeDescending => (SortBy::Size, true),
        };
        Sort { by, descending }
    }

    /// Where the page begins. A cursor names the order it was made in.
    pub(super) fn place(&self) -> Result<Option<Cursor>, Refusal> {
        let Some(text) = &self.cursor else {
            return Ok(None);
        };
        let place = text
            .strip_prefix(mark(self.sort()))
            .and_then(Cursor::decode);
        place
            .map(Some)
            .ok_or_else(|| wrong("cursor is not the nextCursor of a list in this order".to_owned()))
    }

    /// What to give out as `nextCursor` behind a row.
    pub(super) fn behind(&self, recording: &model::Recording) -> String {
        let sort = self.sort();
        let place = Cursor::behind(recording, sort.by);
        format!("{}{}", mark(sort), place.encode())
    }

    /// The filter.
    pub(super) fn filter(&self) -> Result<Filter, Refusal> {
        Ok(Filter {
            start: between(
                "startTimeFrom",
                self.start_time_from.as_deref(),
                "startTimeTo",
                self.start_time_to.as_deref(),
            )?,
            end: between(
                "endTimeFrom",
                self.end_time_from.as_deref(),
                "endTimeTo",
                self.end_time_to.as_deref(),
            )?,
            duration_ms: Range {
                least: self.duration_ms_min,
                most: self.duration_ms_max,
            },
            local_number: number(
                "localNumber",
                self.local_number.as_deref(),
                self.local_number_contains.as_deref(),
            )?,
            remote_number: number(
                "remoteNumber",
                self.remote_number.as_deref(),
                self.remote_number_contains.as_deref(),
            )?,
            number_part: self.number_contains.as_deref().map(cleaned),
            owner_username: self.owner.clone(),
            group: self.group.clone(),
            direction: self.direction.map(model::Direction::from),
            states: states(self.state.as_deref())?,
            tag: self.tag.clone(),
            pbx_call_id: self.conversation_id.clone(),
            reference_number: self.reference_number.clone(),
            trigger: self.trigger.map(model::Mode::from),
            client: self.client.clone(),
            on_hold: self.on_hold,
            preserved: self.preserved,
            masked: self.masked,
            quality: self.quality.map(model::details::Quality::from),
            has_note: self.has_note,
            updated: match &self.updated_after {
                Some(text) => TimeFilter::after(instant("updatedAfter", text)?),
                None => TimeFilter::ANY,
            },
            text: self.text.clone().filter(|text| !text.trim().is_empty()),
        })
    }
}

/// Begins a cursor: letters say by what and in which direction.
fn mark(sort: Sort) -> &'static str {
    match (sort.by, sort.descending) {
        (SortBy::Start, true) => "sd",
        (SortBy::Start, false) => "sa",
        (SortBy::Duration, true) => "dd",
        (SortBy::Duration, false) => "da",
        (SortBy::Updated, true) => "ud",
        (SortBy::Updated, false) => "ua",
        (SortBy::Size, true) => "zd",
        (SortBy::Size, false) => "za",
    }
}

fn between(
    from_name: &str,
    from: Option<&str>,
    to_name: &str,
    to: Option<&str>,
) -> Result<TimeFilter, Refusal> {
    let mut filter = TimeFilter::ANY;
    if let Some(text) = from {
        filter = filter.and(TimeFilter::since(instant(from_name, text)?));
    }
    if let Some(text) = to {
        filter = filter.and(TimeFilter::before(instant(to_name, text)?));
    }
    Ok(filter)
}

fn number(
    name: &str,
    equals: Option<&str>,
    contains: Option<&str>,
) -> Result<Option<Text>, Refusal> {
    match (equals, contains) {
        (Some(_), Some(_)) => Err(wrong(format!("{name} or {name}Contains, not both"))),
        (Some(text), None) => Ok(Some(Text::Equals(cleaned(text)))),
        (None, Some(text)) => Ok(Some(Text::Contains(cleaned(text)))),
        (None, None) => Ok(None),
    }
}

/// A number as it is kept. A leading blank is a `+` that was sent unescaped.
fn cleaned(text: &str) -> String {
    match text.strip_prefix(' ') {
        Some(rest) => party::clean(&format!("+{rest}")),
        None => party::clean(text),
    }
}

fn states(list: Option<&str>) -> Result<Vec<model::State>, Refusal> {
    let Some(list) = list else {
        return Ok(Vec::new());
    };
    let states = list.split(',').map(|word| {
        let rule = || wrong(format!("`{word}` is no state of a recording"));
        model::State::from_name(word.trim()).ok_or_else(rule)
    });
    states.collect()
}

fn wrong(message: String) -> Refusal {
    Refusal::BadRequest(message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;

    fn read(query: &str) -> ListQuery {
        let uri = format!("/?{query}").parse().unwrap();
        axum::extract::Query::try_from_uri(&uri).unwrap().0
    }

    #[test]
    fn unescaped_plus_signs_are_understood() {
        let query = read("remoteNumber=+39%200584&startTimeFrom=2026-11-24T08:30:00+02:00");
        let filter = query.filter().unwrap();
        assert_eq!(
            filter.remote_number,
            Some(Text::Equals("+390584".to_owned()))
        );
        let start: Timestamp = "2026-11-24T06:30:00Z".parse().unwrap();
        assert_eq!(filter.start, TimeFilter::since(start));
    }

    #[test]
    fn what_cannot_be_used_is_refused() {
        for query in [
            "startTimeFrom=yesterday",
            "localNumber=1&localNumberContains=2",
            "state=lost",
            "state=",
        ] {
            assert!(read(query).filter().is_err(), "{query}");
        }
        assert!(read("limit=0").limit().is_err() && read("limit=201").limit().is_err());
        assert!(read("cursor=x").place().is_err());
        let uri = "/?colour=red".parse().unwrap();
        assert!(axum::extract::Query::<ListQuery>::try_from_uri(&uri).is_err());
    }
}
