//! How the system is, and numbers for the dashboard.

use super::extract::Query;
use super::period;
use super::types::{
    ByDirection, ByState, Counted, PeriodName, Statistics, Stored, System, Waiting, time,
};
use crate::app::App;
use crate::auth::Caller;
use crate::gate::{permit, scope};
use crate::health;
use crate::refusal::Refusal;
use axum::Json;
use axum::extract::State;
use jiff::SignedDuration;
use model::access::{Action, Scope};
use model::filter::{Filter, TimeFilter};
use model::{Direction, State as Became};
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(get_system))
        .routes(routes!(get_statistics))
}

/// How this node is
#[utoipa::path(
    get,
    path = "/api/v1/system",
    operation_id = "getSystem",
    tag = "system",
    responses((status = 200, description = "Its state", body = System)),
)]
async fn get_system(State(app): State<App>, caller: Caller) -> Result<Json<System>, Refusal> {
    permit(&caller, Action::ManagePeople)?;
    let mut missing = health::missing(&app).await;
    if let Err(error) = app.archive.check().await {
        tracing::warn!("not ready: {error}");
        missing.push("nothing can be stored in the archive".to_owned());
    }
    let condition = app.condition().await;
    Ok(Json(System {
        node: app.node.to_string(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        started_at: time(app.started_at),
        time: time(app.now()),
        ready: missing.is_empty(),
        missing,
        records: app.live().is_ok(),
        counted: app.numbers().map(Counted::of),
        storage: Stored::of(&condition.storage),
        waiting: Waiting::of(&condition),
        spool_limit_bytes: condition.spool_limit_bytes,
        listeners: app.listeners.iter().map(Into::into).collect(),
        advertised: app.advertised.as_deref().map(str::to_owned),
        health: condition.health.iter().map(Into::into).collect(),
    }))
}

/// Which numbers.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct StatisticsQuery {
    /// A period to look at; none if missing.
    #[param(inline, example = "7d")]
    period: Option<PeriodName>,
    /// Where its days begin; UTC if missing.
    #[param(example = "Europe/Rome")]
    time_zone: Option<String>,
}

/// Numbers for a dashboard
///
/// About the recordings and calls you may see; with `period` also those that began in it, beside
/// what is usual.
#[utoipa::path(
    get,
    path = "/api/v1/system/statistics",
    operation_id = "getStatistics",
    tag = "system",
    params(StatisticsQuery),
    responses((status = 200, description = "The numbers", body = Statistics)),
)]
async fn get_statistics(
    State(app): State<App>,
    caller: Caller,
    query: Result<Query<StatisticsQuery>, Refusal>,
) -> Result<Json<Statistics>, Refusal> {
    let scope = scope(&caller, Action::List)?;
    let query = query?.0;
    let zone = period::zone(query.time_zone.as_deref())?;
    let period = match query.period {
        Some(name) => Some(period::of(&app, &scope, name, zone).await?),
        None => None,
    };
    let count = Count {
        app: &app,
        scope: &scope,
    };
    let live = match app.live() {
        Ok(_) => Some(
            super::live::visible(&app, caller.principal())
                .await?
                .count(),
        ),
        Err(_) => None,
    };
    Ok(Json(Statistics {
        recordings: count.of(Filter::default()).await?,
        last_day: count.since(SignedDuration::from_hours(24)).await?,
        last_week: count.since(SignedDuration::from_hours(7 * 24)).await?,
        by_state: ByState {
            available: count.state(Became::Available).await?,
            interrupted: count.state(Became::Interrupted).await?,
            failed: count.state(Became::Failed).await?,
            deleted: count.state(Became::Deleted).await?,
        },
        by_direction: ByDirection {
            unknown: count.direction(Direction::Unknown).await?,
            incoming: count.direction(Direction::Incoming).await?,
            outgoing: count.direction(Direction::Outgoing).await?,
        },
        preserved: count
            .of(Filter {
                preserved: Some(true),
                ..Filter::default()
            })
            .await?,
        on_hold: count
            .of(Filter {
                on_hold: Some(true),
                ..Filter::default()
            })
            .await?,
        live,
        period,
    }))
}

/// Counts recordings in a scope.
struct Count<'a> {
    app: &'a App,
    scope: &'a Scope,
}

impl Count<'_> {
    async fn of(&self, filter: Filter) -> Result<u64, Refusal> {
        Ok(self.app.catalogue.count(self.scope, &filter).await?)
    }

    async fn since(&self, ago: SignedDuration) -> Result<u64, Refusal> {
        let from = self.app.now() - ago;
        self.of(Filter {
            start: TimeFilter::since(from),
            ..Filter::default()
        })
        .await
    }

    async fn state(&self, state: Became) -> Result<u64, Refusal> {
        self.of(Filter {
            states: vec![state],
            ..Filter::default()
        })
        .await
    }

    async fn direction(&self, direction: Direction) -> Result<u64, Refusal> {
        self.of(Filter {
            direction: Some(direction),
            ..Filter::default()
        })
        .await
    }
}
