//! Words that stand for one of a few values.

use serde::{Deserialize, Serialize};

/// A word type of the wire that says the same as an enum of the model.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident of $model:path { $($(#[$inner:meta])* $variant:ident,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize, utoipa::ToSchema)]
        #[serde(rename_all = "kebab-case")]
        pub(crate) enum $name {
            $($(#[$inner])* $variant,)*
        }

        impl From<$model> for $name {
            fn from(value: $model) -> Self {
                match value {
                    $(<$model>::$variant => Self::$variant,)*
                }
            }
        }

        impl From<$name> for $model {
            fn from(word: $name) -> Self {
                match word {
                    $($name::$variant => Self::$variant,)*
                }
            }
        }
    };
}

words! {
    /// Who called whom, seen from the local party.
    Direction of model::Direction {
        /// Not known; never guessed.
        Unknown,
        /// The remote party called.
        Incoming,
        /// The local party called.
        Outgoing,
    }
}

words! {
    /// What became of a recording.
    State of model::State {
        /// Complete and playable.
        Available,
        /// Playable, but the recorder or the disk went away while people talked.
        Interrupted,
        /// Could not be rendered; what was received is kept.
        Failed,
        /// Deleted by somebody; `tombstone` says by whom, when and why.
        Deleted,
    }
}

words! {
    /// Whether a call is recorded, and from when on.
    Mode of model::Mode {
        /// From the first packet, whatever anybody presses.
        Always,
        /// From Start on; before it nothing is written.
        OnDemand,
        /// From the first packet, but thrown away unless somebody presses Start before the end.
        KeepLate,
        /// Not at all.
        Never,
    }
}

words! {
    /// Where a recording came from.
    Source of model::Source {
        /// Recorded here, from a recording session.
        Sip,
        /// Made elsewhere and brought in.
        Upload,
    }
}

words! {
    /// Who may pause the recording of a call that is recorded always.
    PauseBy of model::Pause {
        /// Complete access only.
        Administrators,
        /// Also the owner and supervisors.
        Own,
    }
}

words! {
    /// How much of the sound came: poor from 5 % of the packets missing or a third gap on, fair
    /// from 2 % or a first gap on.
    QualityGrade of model::details::Quality {
        /// Nobody counted.
        Unmeasured,
        /// Hardly anything is missing.
        Good,
        /// Some is missing.
        Fair,
        /// So much is missing that it is heard.
        Poor,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The words of the wire are those of rows and settings.
    #[test]
    fn words_are_the_models() {
        for mode in model::Mode::ALL {
            let word = serde_json::to_value(Mode::from(mode)).unwrap();
            assert_eq!(word, mode.name());
            assert_eq!(model::Mode::from(Mode::from(mode)), mode);
        }
        for state in model::State::ALL {
            let word = serde_json::to_value(State::from(state)).unwrap();
            assert_eq!(word, state.name());
        }
        for source in [model::Source::Sip, model::Source::Upload] {
            let word = serde_json::to_value(Source::from(source)).unwrap();
            assert_eq!(word, source.name());
        }
        for pause in [model::Pause::Administrators, model::Pause::Own] {
            let word = serde_json::to_value(PauseBy::from(pause)).unwrap();
            assert_eq!(word, pause.name());
        }
    }
}
