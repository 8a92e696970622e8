//! `rule`: which calls are recorded, and which rule would match.
//!
//! What a rule means stands in `model::rules`; here it is shown and changed.

use super::{open_catalogue, table, wait};
use crate::cli::{Direction, Rule as Command, RuleAdd, RuleFields, RuleSet, RuleTest};
use crate::config::Settings;
use crate::say;
use anyhow::Context as _;
use catalogue::{Catalogue, NewRule};
use jiff::Timestamp;
use jiff::civil::Weekday;
use model::rules::{CallFacts, CallParty, Rule, Times, decide};
use serde_json::{Value, json};
use std::process::ExitCode;

/// Does what the command line says.
///
/// # Errors
/// What the catalogue refuses, in words for people.
pub(crate) fn run(settings: &Settings, command: Command) -> anyhow::Result<ExitCode> {
    let catalogue = open_catalogue(settings)?;
    match command {
        Command::List(how) => list(&catalogue, how.json),
        Command::Add(rule) => add(&catalogue, *rule),
        Command::Set(rule) => set(&catalogue, *rule),
        Command::Remove(rule) => wait(async {
            let rule = named(&catalogue, &rule.name).await?;
            catalogue.remove_rule(rule.id).await?;
            say::note(format_args!("rule {} removed", rule.name));
            Ok(())
        }),
        Command::Test(call) => test(&catalogue, &call),
    }?;
    Ok(ExitCode::SUCCESS)
}

fn list(catalogue: &Catalogue, json: bool) -> anyhow::Result<()> {
    let rules = wait(async { Ok(catalogue.rules().await?) })?;
    if json {
        let objects: Vec<Value> = rules.iter().map(object).collect();
        say::result(serde_json::to_string_pretty(&objects)?);
        return Ok(());
    }
    let row = |rule: &Rule| {
        let times: Vec<String> = rule.times.iter().map(words).collect();
        vec![
            rule.position.to_string(),
            rule.name.clone(),
            rule.mode.name().to_owned(),
            rule.number
                .as_ref()
                .map(ToString::to_string)
                .unwrap_or_default(),
            rule.user.clone().unwrap_or_default(),
            rule.group.clone().unwrap_or_default(),
            rule.direction.map_or("", direction_word).to_owned(),
            rule.client.clone().unwrap_or_default(),
            times.join("; "),
            rule.pause.name().to_owned(),
        ]
    };
    let head = [
        "N",
        "NAME",
        "MODE",
        "NUMBER",
        "USER",
        "GROUP",
        "DIRECTION",
        "CLIENT",
        "TIMES",
        "PAUSE",
    ];
    let rows: Vec<Vec<String>> = rules.iter().map(row).collect();
    table::lines(&head, &rows).iter().for_each(say::result);
    Ok(())
}

fn object(rule: &Rule) -> Value {
    let times: Vec<String> = rule.times.iter().map(words).collect();
    json!({
        "position": rule.position,
        "name": rule.name,
        "mode": rule.mode.name(),
        "number": rule.number.as_ref().map(ToString::to_string),
        "user": rule.user,
        "group": rule.group,
        "direction": rule.direction.map(direction_word),
        "client": rule.client,
        "times": times,
        "pause": rule.pause.name(),
    })
}

fn add(catalogue: &Catalogue, options: RuleAdd) -> anyhow::Result<()> {
    let mut rule = NewRule {
        name: options.name,
        mode: options.mode,
        ..NewRule::default()
    };
    let position = options.fields.position;
    options.fields.lay_over(&mut rule);
    let rule = wait(async { Ok(catalogue.add_rule(rule, position).await?) })?;
    say::note(format_args!(
        "rule {} added at place {}",
        rule.name, rule.position
    ));
    Ok(())
}

fn set(catalogue: &Catalogue, options: RuleSet) -> anyhow::Result<()> {
    let rule = wait(async {
        let old = named(catalogue, &options.name).await?;
        let mut rule = NewRule {
            name: options.rename.unwrap_or(old.name),
            number: old.number.map(|pattern| pattern.to_string()),
            user: old.user,
            group: old.group,
            direction: old.direction,
            client: old.client,
            times: old.times,
            mode: options.mode.unwrap_or(old.mode),
            pause: old.pause,
        };
        let position = options.fields.position;
        options.fields.lay_over(&mut rule);
        Ok(catalogue.set_rule(old.id, rule, position, None).await?)
    })?;
    say::note(format_args!("rule {} changed", rule.name));
    Ok(())
}

/// Says which rule would match; what is not said about the call is not known yet.
fn test(catalogue: &Catalogue, call: &RuleTest) -> anyhow::Result<()> {
    let party = |number: &Option<String>, local| {
        number.as_ref().map(|number| CallParty {
            keys: model::party::keys(number),
            local: Some(local),
        })
    };
    let facts = CallFacts {
        parties: [party(&call.local, true), party(&call.remote, false)]
            .into_iter()
            .flatten()
            .collect(),
        direction: match call.direction {
            None => model::Direction::Unknown,
            Some(Direction::In) => model::Direction::Incoming,
            Some(Direction::Out) => model::Direction::Outgoing,
        },
        client: call.client.clone(),
        at: call.at.unwrap_or_else(Timestamp::now),
        over: false,
    };
    let snapshot = wait(async { Ok(catalogue.rules_snapshot().await?) })?;
    let verdict = decide(&snapshot, &facts);
    let rule = verdict.rule.map(|(_, name)| name);
    if call.json {
        let answer = json!({
            "mode": verdict.mode.name(),
            "rule": rule,
            "pause": verdict.pause.name(),
            "undecided": verdict.undecided,
            "why": verdict.why,
        });
        say::result(serde_json::to_string_pretty(&answer)?);
        return Ok(());
    }
    verdict.why.iter().for_each(say::result);
    let open = if verdict.undecided {
        ", unless more becomes known"
    } else {
        ""
    };
    say::result(format_args!(
        "this call would be recorded: {}{open}",
        verdict.mode.name()
    ));
    Ok(())
}

async fn named(catalogue: &Catalogue, name: &str) -> anyhow::Result<Rule> {
    let rules = catalogue.rules().await?;
    let found = rules.into_iter().find(|rule| rule.name == name);
    found.with_context(|| format!("there is no rule {name}: `rule list` shows all"))
}

impl RuleFields {
    /// Changes what was given.
    fn lay_over(self, rule: &mut NewRule) {
        let text = |text: String| Some(text).filter(|text| !text.is_empty());
        if let Some(number) = self.number {
            rule.number = number.0.map(|pattern| pattern.to_string());
        }
        if let Some(user) = self.user {
            rule.user = text(user);
        }
        if let Some(group) = self.group {
            rule.group = text(group);
        }
        if let Some(direction) = self.direction {
            rule.direction = direction.0;
        }
        if let Some(client) = self.client {
            rule.client = text(client);
        }
        if let Some(times) = self.times {
            rule.times = times.into_iter().filter_map(|times| times.0).collect();
        }
        if let Some(pause) = self.pause {
            rule.pause = pause;
        }
    }
}

fn direction_word(direction: model::Direction) -> &'static str {
    match direction {
        model::Direction::Unknown => "unknown",
        model::Direction::Incoming => "in",
        model::Direction::Outgoing => "out",
    }
}

/// `mon,tue 08:00-18:00 Europe/Rome`: as `--times` reads it.
fn words(times: &Times) -> String {
    let day = |day: Weekday| match day {
        Weekday::Monday => "mon",
        Weekday::Tuesday => "tue",
        Weekday::Wednesday => "wed",
        Weekday::Thursday => "thu",
        Weekday::Friday => "fri",
        Weekday::Saturday => "sat",
        Weekday::Sunday => "sun",
    };
    let days: Vec<&str> = times.weekdays().into_iter().map(day).collect();
    let clock = |minutes: u16| format!("{:02}:{:02}", minutes / 60, minutes % 60);
    let (from, to) = (clock(times.from()), clock(times.to()));
    format!("{} {from}-{to} {}", days.join(","), times.zone())
}
