//! Recordings: finding, looking, listening, and what people do with them.

mod annotate;
mod beside;
mod bulk;
mod delete;
mod details;
mod export;
mod list;
mod media;
mod protect;
mod query;
mod verify;

pub use delete::{FinishError, finish_deletions};

use crate::app::App;
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list::list_recordings))
        .routes(routes!(export::export_recordings))
        .routes(routes!(bulk::change_recordings))
        .routes(routes!(
            details::get_recording,
            annotate::edit_recording,
            delete::delete_recording
        ))
        .routes(routes!(
            protect::preserve_recording,
            protect::release_recording
        ))
        .routes(routes!(protect::hold_recording, protect::unhold_recording))
        .routes(routes!(media::get_media))
        .routes(routes!(beside::get_waveform))
        .routes(routes!(beside::get_signalling))
        .routes(routes!(beside::get_quality))
        .routes(routes!(details::get_note_history))
        .routes(routes!(annotate::add_mark))
        .routes(routes!(annotate::delete_mark))
        .routes(routes!(verify::verify_recording))
}

/// The recording a path is about.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Path)]
struct OnePath {
    /// The recording's id.
    #[param(format = "uuid", example = "0191d0a0-6f2c-7cc3-98c4-dc0c0c07398f")]
    id: String,
}

/// A mark of the recording a path is about.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Path)]
struct MarkPath {
    /// The recording's id.
    #[param(format = "uuid", example = "0191d0a0-6f2c-7cc3-98c4-dc0c0c07398f")]
    id: String,
    /// The mark's id.
    #[param(example = 7)]
    mark: i64,
}
