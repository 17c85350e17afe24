//! The report on a whole county, word for word.
//!
//! `zhangwu.json` is the evaluation of `tests/data/zhangwu-2024` (schools and items) for 2024-12 under
//! `national-quality-2017`, as protobuf JSON: what `junheng evaluate --json` prints. `zhangwu.md` is the report on it.

use std::{fs, path::Path};

use junheng_proto::evaluation::v1::Evaluation;

use crate::{both, fixture::names};

const NOTE: &str = "除县公开数据外，各校数据和多数校名为与公开数据相符的重构数据，非该县报送数据，仅供演示";

fn zhangwu() -> [String; 2] {
    let evaluation: Evaluation = serde_json::from_str(include_str!("zhangwu.json")).unwrap();
    both(&evaluation, &names(NOTE))
}

#[test]
fn the_report_on_zhangwu_is_the_one_that_was_read_by_people() {
    let [_, report] = zhangwu();
    let golden = include_str!("zhangwu.md");

    if report != golden {
        let written = Path::new(env!("CARGO_TARGET_TMPDIR")).join("zhangwu.md");
        fs::write(&written, &report).unwrap();
        let differs = report.lines().zip(golden.lines()).find(|(new, old)| new != old);
        panic!(
            "the report differs, first in {differs:#?}; read {} and put it in place of the golden file",
            written.display()
        );
    }
}

#[test]
fn the_conclusion_on_zhangwu_is_the_published_one() {
    for report in zhangwu() {
        for text in [
            "资源配置、政府保障程度、教育质量未达到标准要求，自查结论为不达标；前置条件、社会认可度、一票否决因数据不完整待定。",
            "小学28个评估单元中24个综合达标（85.71%），4个不达标。",
            "初中26个评估单元中23个综合达标（88.46%），3个不达标。",
            "10所学校未达到“每所学校音乐、美术专用教室",
            "21所学校未达到“每所学校教师培训经费",
            "7项指标的差异系数均在限值以内",
        ] {
            assert!(report.contains(text), "{text}");
        }
    }
}
