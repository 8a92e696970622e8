//! How a call is recorded. The words are those of settings, rows and the v1 API.

/// Whether a call is recorded, and from when on.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub enum Mode {
    /// From the first packet, whatever anybody presses.
    #[default]
    Always,
    /// From Start on; before it nothing is written.
    OnDemand,
    /// From the first packet, but thrown away unless somebody presses Start before the end.
    KeepLate,
    /// Not at all.
    Never,
}

impl Mode {
    /// Every mode.
    pub const ALL: [Self; 4] = [Self::Always, Self::OnDemand, Self::KeepLate, Self::Never];

    /// The word of the mode.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Always => "always",
            Self::OnDemand => "on-demand",
            Self::KeepLate => "keep-late",
            Self::Never => "never",
        }
    }

    /// The mode of a word.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mode| mode.name() == name)
    }
}

/// Who may pause the recording of a call that is recorded always.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub enum Pause {
    /// Complete access only.
    #[default]
    Administrators,
    /// Also the owner, and supervisors.
    Own,
}

impl Pause {
    /// The word of the rule.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Administrators => "administrators",
            Self::Own => "own",
        }
    }

    /// The value of a word.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Administrators, Self::Own]
            .into_iter()
            .find(|pause| pause.name() == name)
    }
}
