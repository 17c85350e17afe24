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
        ("提示（处）", "r"),
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
