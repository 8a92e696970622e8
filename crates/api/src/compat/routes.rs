//! The paths of the compatible API, once, and how their fixed words are spelled.
//!
//! The original ignores letter case: `canonical` spells the fixed words as below before the
//! router looks. Ids are left as they were sent.

use super::{handlers, list, live, upload};
use crate::app::App;
use crate::percent;
use axum::Router;
use axum::http::{Method, Uri};
use axum::routing::{delete, get};

/// Where the compatible API lies.
const PREFIX: [&str; 4] = ["fw", "Apps", "Recorder", "WebAPI"];

/// Its routes, to be merged into the router of everything.
pub(crate) fn routes() -> Router<App> {
    let lines = || get(live::list).post(live::start).delete(live::stop_line);
    Router::new()
        .route(
            "/fw/Apps/Recorder/WebAPI/Recordings",
            get(list::list).post(upload::upload),
        )
        .route(
            "/fw/Apps/Recorder/WebAPI/Recordings/",
            get(list::list_or_missing).post(upload::upload),
        )
        .route(
            "/fw/Apps/Recorder/WebAPI/Recordings/{id}",
            get(handlers::recording),
        )
        .route(
            "/fw/Apps/Recorder/WebAPI/Recordings/{id}/Media",
            get(handlers::media),
        )
        .route("/fw/Apps/Recorder/WebAPI/LiveRecordings", lines())
        .route("/fw/Apps/Recorder/WebAPI/LiveRecordings/", lines())
        .route(
            "/fw/Apps/Recorder/WebAPI/LiveRecordings/Mine",
            delete(live::stop_mine),
        )
        .route(
            "/fw/Apps/Recorder/WebAPI/LiveRecordings/{id}",
            delete(live::stop),
        )
}

/// Whether a request brings a recording, and so may take as long as its client needs to send
/// it.
pub(crate) fn is_upload(method: &Method, uri: &Uri) -> bool {
    if method != Method::POST {
        return false;
    }
    let spelled = canonical(uri);
    let path = spelled.as_ref().unwrap_or(uri).path();
    path.trim_end_matches('/') == "/fw/Apps/Recorder/WebAPI/Recordings"
}

/// The same address with the fixed words of a compatible path spelled as in the routes;
/// `None` for other paths, and where they are spelled so already.
pub(crate) fn canonical(uri: &Uri) -> Option<Uri> {
    let mut segments: Vec<&str> = uri.path().split('/').skip(1).collect();
    for (place, word) in PREFIX.into_iter().enumerate() {
        spell(segments.get_mut(place)?, word)?;
    }
    let collection = segments.get_mut(4)?;
    let (live, under) = match spell(collection, "Recordings") {
        Some(()) => (false, segments.get_mut(6)),
        None => {
            spell(collection, "LiveRecordings")?;
            (true, segments.get_mut(5))
        }
    };
    if let Some(segment) = under {
        spell(segment, if live { "Mine" } else { "Media" });
    }
    let mut path = String::with_capacity(uri.path().len());
    for segment in segments {
        path.push('/');
        path.push_str(segment);
    }
    if path == uri.path() {
        return None;
    }
    if let Some(query) = uri.query() {
        path.push('?');
        path.push_str(query);
    }
    path.parse().ok()
}

/// Spells a segment that is this fixed word, in whatever letter case and encoding.
fn spell<'a>(segment: &mut &'a str, word: &'a str) -> Option<()> {
    if *segment == word {
        return Some(());
    }
    if !percent::decoded(segment).eq_ignore_ascii_case(word.as_bytes()) {
        return None;
    }
    *segment = word;
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uploads_are_told_from_all_else() {
        for (method, path, expected) in [
            (Method::POST, "/fw/apps/recorder/webapi/recordings?x", true),
            (Method::POST, "/fw/Apps/Recorder/WebAPI/Recordings/", true),
            (Method::GET, "/fw/Apps/Recorder/WebAPI/Recordings", false),
            (Method::POST, "/fw/Apps/Recorder/WebAPI/Recordings/x", false),
            (
                Method::POST,
                "/fw/Apps/Recorder/WebAPI/LiveRecordings",
                false,
            ),
            (Method::POST, "/api/v1/recordings", false),
        ] {
            assert_eq!(
                is_upload(&method, &path.parse().unwrap()),
                expected,
                "{path}"
            );
        }
    }

    #[test]
    fn fixed_words_are_spelled_and_ids_left_alone() {
        for (sent, expected) in [
            (
                "/f%77/%41pps/Recorder/WebAPI/%52ecordings",
                "/fw/Apps/Recorder/WebAPI/Recordings",
            ),
            (
                "/FW/apps/RECORDER/webapi/recordings",
                "/fw/Apps/Recorder/WebAPI/Recordings",
            ),
            (
                "/fw/Apps/Recorder/WebAPI/Recordings/?Page=0",
                "/fw/Apps/Recorder/WebAPI/Recordings/?Page=0",
            ),
            (
                "/fw/apps/recorder/webapi/recordings/%7BaB%7D/media",
                "/fw/Apps/Recorder/WebAPI/Recordings/%7BaB%7D/Media",
            ),
            (
                "/fw/apps/recorder/webapi/recordings/media/MEDIA/x",
                "/fw/Apps/Recorder/WebAPI/Recordings/media/Media/x",
            ),
            (
                "/fw/apps/recorder/webapi/liverecordings?DeviceName=x",
                "/fw/Apps/Recorder/WebAPI/LiveRecordings?DeviceName=x",
            ),
            (
                "/fw/apps/recorder/webapi/LIVERECORDINGS/m%69ne",
                "/fw/Apps/Recorder/WebAPI/LiveRecordings/Mine",
            ),
        ] {
            let uri: Uri = sent.parse().unwrap();
            let spelled = canonical(&uri).unwrap_or(uri);
            assert_eq!(spelled.to_string(), expected);
            assert!(canonical(&spelled).is_none(), "{spelled}");
        }
        for other in [
            "/",
            "/healthz",
            "/fw/Apps/Recorder/WebAPI",
            "/fw/Apps/Recorder/WebAPI/Recording",
            "/fw/Apps/x/WebAPI/Recordings",
        ] {
            assert!(canonical(&other.parse().unwrap()).is_none(), "{other}");
        }
    }
}
