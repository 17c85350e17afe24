//! What contradicts the histories of schools, as findings.

use crate::{
    code::{RegionCode, SchoolCode},
    finding::Finding,
    history::Contradiction,
};

/// The finding that something written at `path` contradicts what is held of a school.
#[must_use]
pub fn contradicts(path: &str, school: &SchoolCode, contradiction: &Contradiction) -> Finding {
    let (rule, message, remedy) = match contradiction {
        Contradiction::Unknown(code) => {
            ("school_registered", format!("学校{code}没有登记"), "请核对学校标识码；新设学校请先登记开办")
        }
        Contradiction::NotOpen(code) => {
            ("event_school_open", format!("学校{code}在该日不在办学期内"), "请核对日期和学校的开办、撤销日期")
        }
        Contradiction::AlreadyOpen => {
            ("event_already_open", format!("学校{school}在该日或以后已登记为开办"), "请核对日期；开办日期有误的，请更正登记")
        }
        Contradiction::ClosesLater(day) => {
            ("event_closes_later", format!("学校{school}已登记于{day}撤销"), "撤销日期有误的，请更正登记")
        }
        Contradiction::ChangesLater(day) => {
            ("event_changes_later", format!("学校{school}在{day}另有变更登记"), "请核对日期；变更有误的，请先更正登记")
        }
        Contradiction::Unchanged => {
            ("event_unchanged", format!("学校{school}在该日已是所填情况"), "已登记的变更不必重复登记")
        }
        Contradiction::NoGroup => {
            ("event_no_group", format!("学校{school}在该日不属于任何教育集团"), "请核对日期和学校标识码")
        }
        Contradiction::Itself => ("event_itself", format!("学校{school}不能并入自身或划转到本县"), "请核对对方"),
        Contradiction::Parts => {
            ("event_parts", format!("学校{school}分立后的学校不足两所或有重复"), "请列出分立后的各所学校")
        }
        Contradiction::NotFirstOfMonth => {
            ("event_first_of_month", "划转须自某月1日起生效".to_owned(), "请填写划转生效当月的1日，使每月只在一县统计")
        }
        Contradiction::Overlap => {
            ("date_overlap", format!("学校{school}的开办、撤销日期与另一段办学期重叠"), "请核对两个日期")
        }
    };
    Finding::error(rule, path, message, remedy).of_school(school)
}

/// The finding that a school would be open in a month in which it is open in another county.
#[must_use]
pub fn held_elsewhere(path: &str, school: &SchoolCode, county: &RegionCode) -> Finding {
    let message = format!("学校{school}已登记在{county}");
    let remedy = "请核对学校标识码；学校已划转的，请在原县登记划转";
    Finding::error("school_in_county", path, message, remedy).of_school(school).found(school.as_str())
}

/// The finding that a school would move to what is no registered county.
#[must_use]
pub fn no_county(path: &str, school: &SchoolCode, county: &RegionCode) -> Finding {
    let message = format!("划入的{county}没有登记为县");
    let finding = Finding::error("event_county", path, message, "请核对行政区划代码，或先登记该县");
    finding.of_school(school).found(county.as_str())
}
