//! Recordings of calls that somebody else lists.

use super::{MORNING, draft, everything, id, principal, stored, user};
use crate::recordings::{Counterparts, Expected, MatchedBy};
use crate::{Catalogue, Edit};
use jiff::Timestamp;
use model::access::{Action, Level, scope};
use model::filter::TimeFilter;
use model::{Draft, RecordingId, State};

fn times(from_ms: i64, to_ms: i64) -> TimeFilter {
    let at = |ms| Timestamp::from_millisecond(MORNING + ms).unwrap();
    TimeFilter::between(at(from_ms), at(to_ms))
}

/// A call begun so many milliseconds after [`MORNING`], give or take a minute.
fn call(call_id: &str, numbers: [&str; 2], after_ms: i64) -> Expected {
    Expected {
        call_id: Some(call_id.to_owned()).filter(|id| !id.is_empty()),
        call_id_start: times(after_ms - 3_600_000, after_ms + 3_600_000),
        numbers: numbers.map(str::to_owned),
        start: vec![times(after_ms - 60_000, after_ms + 60_001)],
    }
}

async fn ids(catalogue: &Catalogue, call: Expected) -> (MatchedBy, Vec<RecordingId>) {
    let found = catalogue.counterparts(&everything(), vec![call]).await;
    let Counterparts { by, recordings } = found.unwrap().remove(0);
    (by, recordings.iter().map(|one| one.id).collect())
}

async fn add(catalogue: &Catalogue, draft: Draft, number: u8) {
    catalogue.register(&draft, stored(number)).await.unwrap();
}

/// Call id before both numbers before one of them, within their times.
pub(crate) async fn the_strongest_evidence_counts(catalogue: &Catalogue) {
    add(catalogue, draft(1, 0, None), 1).await;
    add(catalogue, draft(2, 60_000, None), 2).await;
    let other = Draft {
        local_number: "226".to_owned(),
        pbx_call_id: None,
        ..draft(3, 0, None)
    };
    add(catalogue, other, 3).await;
    let pair = ["225", "+390584943232"];
    let found = |call| ids(catalogue, call);
    let by_id = (MatchedBy::CallId, vec![id(2)]);
    assert_eq!(found(call("call-2", pair, 0)).await, by_id);
    assert_eq!(found(call("call-2", ["", ""], 3_600_000)).await, by_id);
    // Call ids come again: too far away it is another call.
    let none = (MatchedBy::OneNumber, vec![]);
    assert_eq!(found(call("call-2", pair, 4_000_000)).await, none);
    let by_numbers = (MatchedBy::Numbers, vec![id(1), id(2)]);
    for pair in [
        pair,
        ["+390584943232", "225"],
        ["sip:225@pbx", "0039 0584-943232"],
    ] {
        assert_eq!(found(call("unknown", pair, 0)).await, by_numbers);
        assert_eq!(found(call("", pair, 60_000)).await, by_numbers);
    }
    assert_eq!(found(call("", pair, -1)).await.1, [id(1)]);
    assert_eq!(found(call("", pair, 120_001)).await, none);
    let one = (MatchedBy::OneNumber, vec![id(3)]);
    assert_eq!(found(call("", ["226", "0584943232"], 0)).await, one);
    assert_eq!(found(call("", ["", ""], 0)).await, none);
    let all = (MatchedBy::OneNumber, vec![id(1), id(3), id(2)]);
    let (by, mut unsorted) = found(call("", ["+390584943232", "1"], 0)).await;
    assert_eq!((by, unsorted.len()), (all.0, all.1.len()));
    assert_eq!(unsorted.pop(), Some(id(2)), "in order of their starts");
}

/// States, deleted ones too, and what is wrong with the sound.
pub(crate) async fn what_is_wrong_with_a_counterpart_is_said(catalogue: &Catalogue) {
    let mut bad = draft(1, 0, None);
    bad.details.one_way = true;
    bad.state = State::Interrupted;
    bad.undecoded.clear();
    add(catalogue, bad, 1).await;
    let one = async || {
        let call = call("call-1", ["", ""], 0);
        let found = catalogue.counterparts(&everything(), vec![call]).await;
        found.unwrap().remove(0).recordings.remove(0)
    };
    let found = one().await;
    assert_eq!((found.one_way, found.undecoded), (true, false));
    assert_eq!(
        (found.state, found.duration_ms),
        (State::Interrupted, 90_500)
    );
    assert_eq!(found.start_time.as_millisecond(), MORNING);
    let delete = Edit::Delete {
        reason: "asked for".to_owned(),
    };
    catalogue.edit(id(1), vec![delete], None).await.unwrap();
    assert_eq!(one().await.state, State::Deleted);
    add(catalogue, draft(2, 0, None), 2).await;
    let call = call("call-2", ["", ""], 0);
    let found = catalogue.counterparts(&everything(), vec![call]).await;
    let found = found.unwrap().remove(0).recordings.remove(0);
    assert_eq!((found.one_way, found.undecoded), (false, true));
}

/// Nobody learns of recordings out of reach.
pub(crate) async fn counterparts_are_in_reach(catalogue: &Catalogue) {
    let ann = catalogue.add_user(user("ann", Level::BASE, "")).await;
    let ann = ann.unwrap();
    add(catalogue, draft(1, 0, Some(ann.id)), 1).await;
    add(catalogue, draft(2, 0, None), 2).await;
    let reach = scope(&principal(catalogue, "ann").await, Action::List).unwrap();
    let calls = vec![
        call("call-1", ["", ""], 0),
        call("call-2", ["", ""], 0),
        call("", ["225", "+390584943232"], 0),
    ];
    let found = catalogue.counterparts(&reach, calls).await.unwrap();
    let ids: Vec<Vec<RecordingId>> = found
        .iter()
        .map(|found| found.recordings.iter().map(|one| one.id).collect())
        .collect();
    assert_eq!(ids, [vec![id(1)], vec![], vec![id(1)]]);
}
