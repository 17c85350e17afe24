//! How counties stand with months, as a page shows it: a word and its looks.

use junheng_domain::inflow::Standing;

use crate::{overview::Inflow, report::shown::Shown};

/// The word for how a county stands with a month.
pub(super) const fn standing(standing: Standing) -> Shown {
    match standing {
        Standing::OnTime => ("按时", "met"),
        Standing::Late => ("迟报", "late"),
        Standing::Held => ("待确认", "open"),
        Standing::RefusedOnly => ("仅有退回", "short"),
        Standing::Missing => ("缺报", "short"),
        Standing::Awaited => ("未到期", "none"),
        Standing::NotBegun => ("未开始", "none"),
    }
}

/// What else is to be said: that the month was corrected, or withdrawn.
pub(super) fn aside(inflow: &Inflow) -> &'static str {
    match inflow.revision {
        Some(revision) if revision > 1 => "（已更正）",
        _ if inflow.withdrawn => "（已撤回）",
        _ => "",
    }
}
