//! What is wrong with the settings, said so that it can be put right.

use super::layers::Source;
use std::fmt;

/// One thing that is wrong.
#[derive(Debug)]
pub(crate) struct Fault {
    source: Source,
    key: String,
    problem: String,
}

/// Everything that is wrong, at once; the text has one line for each.
#[derive(Debug, Default)]
pub(crate) struct Faults(Vec<Fault>);

impl Fault {
    /// A key that does not exist; `known` is what could have been meant.
    pub(crate) fn unknown<'a>(
        source: Source,
        key: &str,
        what: &str,
        known: impl Iterator<Item = &'a str>,
    ) -> Self {
        let known: Vec<&str> = known.collect();
        let near = known
            .iter()
            .map(|candidate| (strsim::damerau_levenshtein(what, candidate), *candidate))
            .min()
            .filter(|(distance, candidate)| *distance <= 1 + candidate.len() / 3);
        let hint = match near {
            Some((_, candidate)) => format!("did you mean `{candidate}`?"),
            None => format!("known here: {}", known.join(", ")),
        };
        Self {
            source,
            key: key.to_owned(),
            problem: format!("there is no such setting; {hint}"),
        }
    }

    /// A value that is not taken. `shown` is the value as people may see it.
    pub(crate) fn value(source: Source, key: &str, shown: &str, accepted: &str) -> Self {
        let problem = format!("{shown} is not accepted; accepted: {accepted}");
        Self {
            source,
            key: key.to_owned(),
            problem,
        }
    }

    /// Anything else.
    pub(crate) fn other(source: Source, key: &str, problem: String) -> Self {
        Self {
            source,
            key: key.to_owned(),
            problem,
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.key.as_str() {
            "" => write!(f, "{}: {}", self.source, self.problem),
            key => write!(f, "{}: {key}: {}", self.source, self.problem),
        }
    }
}

impl Faults {
    /// Adds one.
    pub(crate) fn push(&mut self, fault: Fault) {
        self.0.push(fault);
    }

    /// `Ok` when nothing is wrong.
    pub(crate) fn none(self) -> Result<(), Self> {
        if self.0.is_empty() { Ok(()) } else { Err(self) }
    }
}

impl From<Fault> for Faults {
    fn from(fault: Fault) -> Self {
        Self(vec![fault])
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, fault) in self.0.iter().enumerate() {
            if index > 0 {
                writeln!(f)?;
            }
            write!(f, "{fault}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Faults {}
