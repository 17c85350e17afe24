//! The reports on whole counties, word for word.
//!
//! `zhangwu.json` is the evaluation of `tests/data/zhangwu-2024` (schools and items) for 2024-12 under
//! `national-quality-2017`, as protobuf JSON: what `junheng evaluate --json` prints. `zhangwu.md` is the report on it.
//! `basic_met.json`, `basic_short.json` and `basic_open.json` are evaluations of invented figures under `national-basic-2012`: met, short of
//! everything, and with figures missing.

use std::{fs, path::Path};

use junheng_proto::evaluation::v1::Evaluation;
use junheng_reporting::report::Names;

use crate::{both, fixture::names};

const NOTE: &str = "除县公开数据外，各校数据和多数校名为与公开数据相符的重构数据，非该县报送数据，仅供演示";

fn zhangwu() -> [String; 2] {
    let evaluation: Evaluation = serde_json::from_str(include_str!("zhangwu.json")).unwrap();
    both(&evaluation, &names(NOTE))
}

/// Holds a report to the one that was read by people.
fn compare(report: &str, golden: &str, name: &str) {
    if report != golden {
        let written = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        fs::write(&written, report).unwrap();
        let differs = report.lines().zip(golden.lines()).find(|(new, old)| new != old);
        panic!(
            "the report differs, first in {differs:#?}; read {} and put it in place of the golden file",
            written.display()
        );
    }
}

#[test]
fn the_report_on_zhangwu_is_the_one_that_was_read_by_people() {
    let [_, report] = zhangwu();

    compare(&report, include_str!("zhangwu.md"), "zhangwu.md");
}

fn basic(json: &str) -> [String; 2] {
    let county =
        Names {
            county_name: "某县".to_owned(), data_note: "虚构的数字，仅供测试".to_owned(), ..Names::default()
        };
    both(&serde_json::from_str(json).unwrap(), &county)
}

#[test]
fn the_report_under_the_basic_standard_is_the_one_that_was_read_by_people() {
    let [_, report] = basic(include_str!("basic_short.json"));

    compare(&report, include_str!("basic_short.md"), "basic_short.md");
}

#[test]
fn a_county_that_meets_the_basic_standard_reads_so() {
    for report in basic(include_str!("basic_met.json")) {
        for text in [
            "基本均衡发展自查报告",
            "自查结论为达标",
            "二、校际间均衡状况",
            "综合差异系数（8项指标差异系数的平均值）为0.155，不高于限值0.65，达标。",
            "学段结论以综合差异系数在限值以内为达标。",
            "三、办学基本标准",
            "93分",
        ] {
            assert!(report.contains(text), "{text}");
        }
        for text in [
            "优质均衡",
            "综合达标",
            "单项底线",
            "标准值",
            "7项指标的差异系数",
            "仅供参考",
            "未达标评估单元",
            "▽",
            "达标项数",
        ] {
            assert!(!report.contains(text), "{text}");
        }
    }
}

#[test]
fn a_composite_that_is_not_known_is_an_interval_and_undetermined() {
    for report in basic(include_str!("basic_open.json")) {
        for text in ["自查结论为待定", "在0.154至1.348之间，限值为0.65，因数据不完整待定", "图书", "5项未报送"]
        {
            assert!(report.contains(text), "{text}");
        }
        assert!(!report.contains("下一步工作举措"));
    }
}

#[test]
fn the_conclusion_on_zhangwu_is_the_published_one() {
    for report in zhangwu() {
        for text in [
            "资源配置、政府保障程度、教育质量未达到标准要求，自查结论为不达标；前置条件、社会认可度、一票否决因数据不完整待定。",
            "小学28个评估单元中24个综合达标（85.71%），4个不达标。",
            "初中26个评估单元中23个综合达标（88.46%），3个不达标。",
            "10所学校不符合“每所学校音乐、美术专用教室",
            "21所学校不符合“每所学校教师培训经费",
            "7项指标的差异系数均在限值以内",
        ] {
            assert!(report.contains(text), "{text}");
        }
    }
}
