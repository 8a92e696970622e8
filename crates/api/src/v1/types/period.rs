//! Numbers of a period, beside those of the same time in the weeks before.

use serde::{Deserialize, Serialize};

/// Which period.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, utoipa::ToSchema)]
pub(crate) enum PeriodName {
    /// Since midnight, by the hour.
    #[serde(rename = "today")]
    Today,
    /// Today and the six days before.
    #[serde(rename = "7d")]
    Week,
    /// Today and the 29 days before.
    #[serde(rename = "30d")]
    Month,
}

/// Recordings begun in a period.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Period {
    /// The first midnight of it.
    #[schema(format = DateTime)]
    pub(crate) from: String,
    /// Now.
    #[schema(format = DateTime)]
    pub(crate) to: String,
    pub(crate) recordings: u64,
    /// How many there usually are by this time: the sum of the slots' `usual` up to now; null
    /// where one of them is.
    pub(crate) usual: Option<u64>,
    /// The hours of today, also those to come, or the days.
    pub(crate) slots: Vec<Slot>,
    /// The largest groups, at most twelve, largest first, and then all others.
    #[schema(max_items = 13)]
    pub(crate) groups: Vec<GroupCount>,
    /// Of those of the period, the ones whose quality is poor.
    pub(crate) poor: u64,
    pub(crate) interrupted: u64,
    pub(crate) failed: u64,
}

/// An hour or a day of a period.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Slot {
    #[schema(format = DateTime)]
    pub(crate) from: String,
    pub(crate) recordings: u64,
    /// Mean of the same hour or day of the same weekday in the four weeks before, or in as many
    /// of them as there were recordings already; null: in none.
    pub(crate) usual: Option<u64>,
}

/// Recordings of a group.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct GroupCount {
    /// Its name; empty: owners in no group, and recordings of nobody; null: all other groups.
    pub(crate) group: Option<String>,
    pub(crate) recordings: u64,
}
