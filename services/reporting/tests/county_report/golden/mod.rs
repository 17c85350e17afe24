//! The reports on whole counties, word for word.
//!
//! `zhangwu.json` is the evaluation of `tests/data/zhangwu-2024` (schools and items) for 2024-12 under
//! `national-quality-2017`, as protobuf JSON: what `junheng evaluate --json` prints. `snapshots/` holds the reports on it and on made-up
//! counties; whoever changes what a report says reads what `INSTA_UPDATE=always` writes there before it is committed.
//! `basic_met.json`, `basic_short.json` and `basic_open.json` are evaluations of invented figures under `national-basic-2012`: met, short of
//! everything, and with figures missing.

use junheng_proto::{
    common::v1::{Stage, Verdict},
    evaluation::v1::{Evaluation, operand::Value},
};
use junheng_reporting::report::Names;

use crate::{
    both,
    fixture::{all_met, evaluation, item, names, operand, part, stage, test, unit},
};

const NOTE: &str = "除县公开数据外，各校数据和多数校名为与公开数据相符的重构数据，非该县报送数据，仅供演示";

fn zhangwu() -> [String; 2] {
    let evaluation: Evaluation = serde_json::from_str(include_str!("zhangwu.json")).unwrap();
    both(&evaluation, &names(NOTE))
}

/// Holds a report in both formats to the one that was read by people.
fn compare([html, markdown]: &[String; 2], name: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| {
        insta::assert_snapshot!(format!("{name}.html"), html);
        insta::assert_snapshot!(format!("{name}.md"), markdown);
    });
}

/// The report on a made-up county, apart from when its data became known.
fn made_up(mut evaluation: Evaluation) -> [String; 2] {
    if let Some(basis) = &mut evaluation.basis {
        basis.known_at = None;
    }
    both(&evaluation, &names("虚构的数字，仅供测试"))
}

#[test]
fn the_report_on_zhangwu_is_the_one_that_was_read_by_people() {
    compare(&zhangwu(), "zhangwu");
}

#[test]
fn the_report_on_a_county_that_meets_everything_is_the_one_that_was_read_by_people() {
    compare(&made_up(all_met()), "all_met");
}

#[test]
fn the_report_on_a_county_of_which_much_is_missing_is_the_one_that_was_read_by_people() {
    let mut some = [Some(1.1); 7];
    (some[3], some[5]) = (None, None);
    let mut short = [Some(1.2); 7];
    (short[0], short[1], short[6]) = (Some(0.9), Some(0.7), None);
    let primary = vec![
        unit(0, 1, "第一小学", None, [None; 7]),
        unit(0, 2, "第二小学", Some(300), some),
        unit(0, 3, "第三小学", Some(420), short),
    ];
    let junior = vec![unit(1, 11, "第一初级中学", None, [None; 7])];
    let mut missing = evaluation(
        vec![
            part("resources", "资源配置", Verdict::NotMet, &["1个评估单元不达标"]),
            part("government", "政府保障程度", Verdict::Undetermined, &["G7尚未报送或声明，待定"]),
            part("recognition", "社会认可度", Verdict::Undetermined, &["S1尚未报送或声明，待定"]),
            part("vetoes", "一票否决", Verdict::Undetermined, &["V1尚未报送或声明，待定"]),
        ],
        vec![stage(Stage::Primary, primary, [0.3; 7]), stage(Stage::Junior, junior, [0.2; 7])],
        vec![
            item(
                "G7",
                "government",
                "特殊教育学校生均公用经费不低于6000元",
                vec![test(
                    "特殊教育生均公用经费不低于6000元",
                    Verdict::Undetermined,
                    vec![operand("special_education_funds_yuan", None), operand("special_education_pupils", None)],
                )],
            ),
            item(
                "S1",
                "recognition",
                "社会认可度达到85%以上",
                vec![test(
                    "问卷调查满意度不低于85%",
                    Verdict::Undetermined,
                    vec![operand("questionnaires_valid", None)],
                )],
            ),
            item(
                "V1",
                "vetoes",
                "以考试方式招生",
                vec![test("没有此项情形", Verdict::Undetermined, vec![operand("found", None)])],
            ),
        ],
    );
    missing.verdict = Verdict::NotMet.into();

    compare(&made_up(missing), "much_missing");
}

#[test]
fn the_report_on_a_county_with_one_veto_is_the_one_that_was_read_by_people() {
    let mut vetoed = all_met();
    vetoed.parts[3] = part("vetoes", "一票否决", Verdict::NotMet, &["V1触发"]);
    vetoed.items[2] = item(
        "V1",
        "vetoes",
        "以考试方式招生",
        vec![test("没有此项情形", Verdict::NotMet, vec![operand("found", Some(Value::Declaration(true)))])],
    );
    vetoed.verdict = Verdict::NotMet.into();

    compare(&made_up(vetoed), "one_veto");
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
    compare(&basic(include_str!("basic_short.json")), "basic_short");
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
        assert!(report.contains("补报缺失数据") && !report.contains("整改台账"));
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
