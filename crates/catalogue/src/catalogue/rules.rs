//! The rules by which calls are recorded.

use super::Catalogue;
use crate::error::Error;
use crate::recording_rules::NewRule;
use crate::sqlite;
use model::rules::{Rule, RuleId, Snapshot};

impl Catalogue {
    /// Every rule, first one first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn rules(&self) -> Result<Vec<Rule>, Error> {
        self.database.read(sqlite::rules::all).await
    }

    /// Adds a rule at a place from 1, pushing those behind it back; `None`: as the last one.
    ///
    /// # Errors
    /// A name is empty, a pattern none, the user or group unknown; or the database fails.
    pub async fn add_rule(&self, rule: NewRule, position: Option<u32>) -> Result<Rule, Error> {
        self.write(move |writer| sqlite::rules::add(writer, &rule, position))
            .await
    }

    /// Puts a rule in place of another, which keeps its id, and its place unless one is given.
    /// `only_if`: only while the other is still like this.
    ///
    /// # Errors
    /// [`Error::NoSuchRule`], [`Error::Changed`]; as [`Catalogue::add_rule`].
    pub async fn set_rule(
        &self,
        id: RuleId,
        rule: NewRule,
        position: Option<u32>,
        only_if: Option<Rule>,
    ) -> Result<Rule, Error> {
        self.write(move |writer| sqlite::rules::set(writer, id, &rule, position, only_if.as_ref()))
            .await
    }

    /// Removes a rule.
    ///
    /// # Errors
    /// [`Error::NoSuchRule`]; or when the database fails.
    pub async fn remove_rule(&self, id: RuleId) -> Result<(), Error> {
        self.write(move |writer| sqlite::rules::remove(writer, id))
            .await
    }

    /// The rules with users and groups resolved to numbers, as capture works with them.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn rules_snapshot(&self) -> Result<Snapshot, Error> {
        self.database.read(sqlite::rules::snapshot).await
    }

    /// A number that changes whenever [`Catalogue::rules_snapshot`] may say something else.
    /// Cheap: meant for looking often.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn rules_version(&self) -> Result<i64, Error> {
        self.database.read(sqlite::rules::version).await
    }
}
