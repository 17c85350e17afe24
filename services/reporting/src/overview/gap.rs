//! Why there is no figure.

use junheng_domain::inflow::Standing;

/// Why there is no figure where one could be. A gap is never zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Gap {
    /// 未到期: not reported, and the due day has not passed.
    Awaited,
    /// 缺报: not reported, and the due day has passed.
    Missing,
    /// 待确认: what was sent waits for an acknowledgement.
    Held,
    /// 仅有退回: what was sent was refused.
    RefusedOnly,
    /// 未评估: reported; the evaluation is still to come, or the standard does not judge the county in the month.
    NotEvaluated,
    /// 待定: missing amounts leave the figure open.
    Undetermined,
    /// 无定义: every amount is zero, so that there is no coefficient.
    Undefined,
    /// 无评估单元: the stage has no evaluation units.
    NoUnits,
    /// 未开办: the school is not open in the month.
    NotOpen,
    /// 不单独评估: the school's stage is no evaluation unit in the month, or the standard judges no unit by itself.
    NotJudged,
    /// 未开始: not reported, and the county's duty to report began later.
    NotBegun,
}

impl Gap {
    /// The gap of a county without an evaluation that stands so.
    #[must_use]
    pub const fn of(standing: Standing) -> Self {
        match standing {
            Standing::OnTime | Standing::Late => Self::NotEvaluated,
            Standing::Held => Self::Held,
            Standing::RefusedOnly => Self::RefusedOnly,
            Standing::Missing => Self::Missing,
            Standing::Awaited => Self::Awaited,
            Standing::NotBegun => Self::NotBegun,
        }
    }

    /// In Chinese, for people.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Awaited => "未到期",
            Self::Missing => "缺报",
            Self::Held => "待确认",
            Self::RefusedOnly => "仅有退回",
            Self::NotEvaluated => "未评估",
            Self::Undetermined => "待定",
            Self::Undefined => "无定义",
            Self::NoUnits => "无评估单元",
            Self::NotOpen => "未开办",
            Self::NotJudged => "不单独评估",
            Self::NotBegun => "未开始",
        }
    }
}
