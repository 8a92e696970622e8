//! Users, groups, tokens, and oneself.

mod fuzz;
mod groups;
mod import;
mod me;
mod session;
mod table;
mod tokens;
mod users;

pub(crate) use fuzz::table as fuzz_table;
pub use import::{BadTable, import_users};

use crate::app::App;
use crate::auth::Caller;
use crate::gate::permit;
use crate::passwords;
use crate::refusal::Refusal;
use model::access::Action;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(users::list_users, users::add_user))
        .routes(routes!(import::import_table))
        .routes(routes!(
            users::get_user,
            users::edit_user,
            users::delete_user
        ))
        .routes(routes!(users::set_password))
        .routes(routes!(groups::list_groups, groups::add_group))
        .routes(routes!(groups::rename_group, groups::delete_group))
        .routes(routes!(tokens::list_tokens, tokens::add_token))
        .routes(routes!(tokens::delete_token))
        .routes(routes!(me::get_me))
        .routes(routes!(me::change_password))
        .routes(routes!(me::get_preferences, me::set_preferences))
        .routes(routes!(
            session::begin_session,
            session::get_session,
            session::end_session
        ))
}

fn manager(caller: &Caller) -> Result<(), Refusal> {
    permit(caller, Action::ManagePeople)
}

/// The hash of a password, and the password itself if it had to be made up.
async fn hashed(password: Option<String>) -> Result<(String, Option<String>), Refusal> {
    let hashing = tokio::task::spawn_blocking(move || match password {
        Some(password) => Ok((passwords::hash(&password)?, None)),
        None => {
            let password = passwords::random()?;
            Ok((passwords::hash(&password)?, Some(password)))
        }
    });
    let hashed = hashing.await.map_err(|error| Refusal::fault(&error))?;
    hashed.map_err(|error| match error {
        passwords::Error::Unavailable => Refusal::fault(&error),
        passwords::Error::TooShort | passwords::Error::TooLong | passwords::Error::Control => {
            Refusal::BadRequest(error.to_string())
        }
    })
}
