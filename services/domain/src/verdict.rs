//! Three-valued verdicts.

/// Verdict (结论). A determined one holds whatever the missing values turn out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// 达标.
    Met,
    /// 不达标.
    NotMet,
    /// 待定: what is missing could decide either way.
    Undetermined,
}

impl Verdict {
    /// The verdict on a statement that is known to hold or not.
    #[must_use]
    pub const fn of(holds: bool) -> Self {
        if holds { Self::Met } else { Self::NotMet }
    }

    /// The verdict on the conjunction of all: not met when any is not, met when all are (also of none), else undetermined.
    #[must_use]
    pub fn all(verdicts: impl IntoIterator<Item = Self>) -> Self {
        verdicts.into_iter().fold(Self::Met, Self::and)
    }

    /// The verdict on the conjunction of two.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::NotMet, _) | (_, Self::NotMet) => Self::NotMet,
            (Self::Undetermined, _) | (_, Self::Undetermined) => Self::Undetermined,
            (Self::Met, Self::Met) => Self::Met,
        }
    }

    /// The verdict's Chinese name.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Met => "达标",
            Self::NotMet => "不达标",
            Self::Undetermined => "待定",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Verdict::{self, Met, NotMet, Undetermined};

    #[test]
    fn one_that_is_not_met_decides_and_one_that_is_open_leaves_it_open() {
        assert_eq!(Verdict::all([]), Met);
        assert_eq!(Verdict::all([Met, Met]), Met);
        assert_eq!(Verdict::all([Met, Undetermined]), Undetermined);
        assert_eq!(Verdict::all([Undetermined, NotMet, Met]), NotMet);
    }
}
