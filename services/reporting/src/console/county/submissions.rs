//! What a county sent, and what became of it.

use junheng_domain::{code::RegionCode, finding::Severity};
use junheng_store::submissions::{State, Submission};
use junheng_wire::time;

use super::super::{
    grid::{Cell, Grid},
    link,
};
use crate::report::shown::{self, Shown};

/// The word for what became of a submission.
pub(crate) const fn state(state: State) -> Shown {
    match state {
        State::Accepted { .. } => ("已接收", "met"),
        State::Refused => ("已退回", "short"),
        State::Held => ("待确认", "open"),
        State::Superseded => ("已被取代", "none"),
        State::Withdrawn { .. } => ("已撤回", "none"),
    }
}

/// The revision that a submission is.
pub(crate) fn revision(state: State) -> String {
    state.revision().map_or_else(|| shown::MISSING.to_owned(), |revision| format!("第{revision}版"))
}

/// What that means, and what its sender has to do; nothing where it counts.
pub(crate) const fn means(state: State) -> &'static str {
    match state {
        State::Accepted { .. } => "",
        State::Refused => "数据整体退回，没有计入评估。请报送单位按处理办法改正后重新报送。",
        State::Held => {
            "数据有警告，尚未计入评估。请报送单位核实：无误的，逐条说明理由并确认（junheng acknowledge）；有误的，改正后重新报送。"
        }
        State::Superseded => "此后该月又报送过或已撤回，这次报送不再计入，也不需要确认。",
        State::Withdrawn { .. } => "这次撤回了该月数据，该月按未报送处理。",
    }
}

/// How many findings of a severity there are.
pub(crate) fn count(submission: &Submission, severity: Severity) -> usize {
    let groups = submission.finding_groups.iter().filter(|group| group.severity == severity);
    groups.map(|group| group.count).sum()
}

/// Submissions, newest first.
pub(super) fn grid(county: &RegionCode, sent: &[Submission]) -> Grid {
    let columns = [
        ("编号", "l"),
        ("处理结果", "c"),
        ("版本", "l"),
        ("时间", "l"),
        ("学校（所）", "r"),
        ("错误（处）", "r"),
        ("警告（处）", "r"),
    ];
    let mut grid = Grid::new("submissions", "报送记录", &columns);
    for submission in sent {
        let content = &submission.content;
        let href = link::submission(county, content.month, submission.number);
        grid.rows.push(vec![
            Cell::head(format!("{}第{}次", shown::month(&content.month.to_string()), submission.number), href),
            Cell::badge(state(submission.state)),
            revision(submission.state).into(),
            shown::instant(&time::encode(content.known_at)).unwrap_or_default().into(),
            content.school_count.to_string().into(),
            count(submission, Severity::Error).to_string().into(),
            count(submission, Severity::Warning).to_string().into(),
        ]);
    }
    grid
}
