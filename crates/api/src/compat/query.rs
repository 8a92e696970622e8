//! The query of the list: which page, and which filters. Names have no case.

use crate::percent;
use crate::refusal::Refusal;

/// The filters published for the list. They belong to it but are not built yet, and a list
/// that ignored one would say something else than was asked.
const FILTERS: [&str; 7] = [
    "startTime",
    "endTime",
    "localPartyNumber",
    "remotePartyNumber",
    "remoteParty",
    "ownerUsername",
    "direction",
];

/// The part of the list that is wanted.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Paging {
    /// All of it.
    Everything,
    /// So many rows (never 0), beginning with page 0.
    Page { index: u64, size: u64 },
}

/// Reads the query. Unknown names are ignored, as the original does.
pub(super) fn paging(query: Option<&str>) -> Result<Paging, Refusal> {
    let (mut page, mut size) = (None, None);
    for pair in query.unwrap_or_default().split('&') {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let name = decoded(name);
        if let Some(filter) = FILTERS
            .iter()
            .find(|filter| filter.eq_ignore_ascii_case(&name))
        {
            let message = format!("filtering by {filter} is not supported yet by this server");
            return Err(Refusal::BadFilter(message));
        }
        if name.eq_ignore_ascii_case("page") {
            put(&mut page, value, "page is a number from 0, given once")?;
        } else if name.eq_ignore_ascii_case("pageSize") {
            put(&mut size, value, "pageSize is a number from 1, given once")?;
        }
    }
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
    let value = decoded(value);
    let digits = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
    let number = value.parse().ok().filter(|_| digits && slot.is_none());
    *slot = Some(number.ok_or(Refusal::BadPaging(rule))?);
    Ok(())
}

/// A name or value of a query without its encoding: `+` is a blank, `%41` is `A`.
fn decoded(text: &str) -> String {
    String::from_utf8_lossy(&percent::decoded(&text.replace('+', " "))).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn reason(query: &str) -> u8 {
        match paging(Some(query)) {
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
            assert_eq!(paging(Some(query)).unwrap(), page, "{query}");
        }
        assert_eq!(
            paging(Some("pageSize=5")).unwrap(),
            Paging::Page { index: 0, size: 5 }
        );
        for everything in ["", "sort=asc", "&&&", "=1", "pages=1", "%=%zz"] {
            assert_eq!(
                paging(Some(everything)).unwrap(),
                Paging::Everything,
                "{everything}"
            );
        }
        assert_eq!(paging(None).unwrap(), Paging::Everything);
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

    #[test]
    fn filters_that_are_not_built_have_reason_0() {
        for filter in FILTERS {
            assert_eq!(reason(&format!("{filter}=1")), 0);
            assert_eq!(
                reason(&format!("page=0&pageSize=5&{}=1", filter.to_uppercase())),
                0
            );
        }
    }

    proptest! {
        #[test]
        fn text_never_panics(query in ".{0,60}", wild in "[%&=+a-fA-F0-9pageSiz]{0,40}") {
            let _ = paging(Some(&query));
            let _ = paging(Some(&wild));
        }
    }
}
