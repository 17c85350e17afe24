//! Figures as they are printed: rounded without contradicting a verdict, with their units and limits.

use junheng_proto::common::v1::Verdict;

use crate::{
    both,
    fixture::{all_met, county, names},
};

#[test]
fn a_sum_of_which_a_unit_is_missing_says_so() {
    let mut evaluation = county();
    evaluation.resources[0].units[2].pupils = None;
    let [html, markdown] = both(&evaluation, &names(""));

    let row = markdown.lines().find(|line| line.starts_with("| 小学 | 28 |")).unwrap();
    assert!(row.contains("| 已报") && row.contains("，1个单元未报送 |"), "{row}");
    assert!(html.contains("另有1个单元未报送在校生数，未计入人数和占比。</p>"), "the chart's note says it, too");
}

#[test]
fn a_unit_that_is_short_says_of_what_and_by_how_much() {
    let [html, markdown] = both(&county(), &names("各校数据为演示用的重构数据"));

    let row = markdown
        .lines()
        .find(|line| line.starts_with("| 第3小学 | 454 | 2项未达到标准值") && line.contains("L4"))
        .unwrap();
    assert!(row.contains("| 2.75 | 4.5 | 61.00% | 796.77平方米 | 低于3.825 |"), "{row}");
    assert!(html.contains("其中1项低于单项底线"));
    assert!(html.contains("说明：</strong>各校数据为演示用的重构数据。"));
    assert!(markdown.contains("综合达标但有单项差距的评估单元"));
    assert!(markdown.contains("第10小学（L6生均教学仪器设备值1860.00元/生，标准值2000元/生，单项底线1700元/生，还差"));
    assert!(markdown.contains("校际差异系数超出限值。** 初中生均体育运动场馆面积为0.477（限值0.45）"));
    assert!(markdown.contains("10所不达标"));
    assert!(markdown.contains("未达到标准要求，自查结论为不达标；前置条件、社会认可度、一票否决因数据不完整待定"));
}

#[test]
fn a_printed_figure_never_contradicts_its_verdict() {
    let mut evaluation = all_met();
    let indicator = &mut evaluation.resources[0].indicators[1];
    indicator.variation = Some(0.500_4);
    indicator.rounding_sensitive = true;
    indicator.verdict = Verdict::NotMet.into();
    let value = &mut evaluation.resources[0].units[0].indicators[3];
    value.value = Some(4.499_6);
    value.verdict = Verdict::NotMet.into();
    value.rounding_sensitive = true;

    for report in both(&evaluation, &names("")) {
        assert!(report.contains("0.5004※"));
        assert!(report.contains("4.4996※▽"));
        assert!(report.contains("※ 该数值若只按通常位数显示"));
    }
}

#[test]
fn the_other_form_of_the_coefficient_is_told_where_it_decides_otherwise() {
    let mut evaluation = all_met();
    evaluation.resources[0].indicators[1].other_variation = Some(0.512);

    for report in both(&evaluation, &names("")) {
        assert!(
            report.contains("若不按学生数加权计算，结论将与本报告不同：L2每百名学生拥有县级以上骨干教师数为0.512。")
        );
    }
}

#[test]
fn an_undefined_coefficient_is_not_zero() {
    let mut evaluation = all_met();
    let indicator = &mut evaluation.resources[0].indicators[1];
    (indicator.variation, indicator.mean) = (None, Some(0.0));
    indicator.verdict = Verdict::NotMet.into();

    for report in both(&evaluation, &names("")) {
        assert!(report.contains("无定义"));
    }
}

#[test]
fn a_value_that_only_rounds_up_to_the_floor_is_printed_below_it() {
    let mut evaluation = all_met();
    let value = &mut evaluation.resources[0].units[0].indicators[0];
    value.value = Some(7_200.0 / 2_019.0);
    value.verdict = Verdict::NotMet.into();
    value.floor_verdict = Verdict::NotMet.into();
    value.rounding_sensitive = true;
    evaluation.resources[0].units[0].verdict = Verdict::NotMet.into();

    for report in both(&evaluation, &names("")) {
        assert!(report.contains("3.566※▼"));
        assert!(report.contains("84.90%"));
        assert!(report.contains("低于3.57"));
        assert!(!report.contains("3.57※") && !report.contains("3.57▼"));
    }
}

#[test]
fn a_threshold_stands_with_the_heads_and_not_among_the_schools() {
    let [html, markdown] = both(&all_met(), &names(""));

    assert!(html.contains("<td>≥4.2</td>"));
    assert!(markdown.contains("|  | （标准值） |  | ≥4.2 | ≥1 |"));
}

#[test]
fn an_operand_is_called_by_its_title_and_counted_in_its_unit() {
    for report in both(&county(), &names("")) {
        assert!(report.contains("特殊教育公用经费488000元，特殊教育学生数61人"));
        assert!(report.contains("达标音乐专用教室1间，达标美术专用教室0间，小学班数18个"));
        assert!(report.contains("rotation_actual") || report.contains(r"rotation\_actual"));
    }
}

#[test]
fn a_composite_that_decides_is_drawn_with_its_limit_and_single_coefficients_without() {
    let mut evaluation = all_met();
    let resources = &mut evaluation.resources[0];
    resources.composite_limit = Some(0.65);
    resources.composite_verdict = Verdict::Met.into();
    for indicator in &mut resources.indicators {
        (indicator.variation_limit, indicator.verdict) = (None, Verdict::Unspecified.into());
    }

    let [html, markdown] = both(&evaluation, &names(""));

    let page = html.split("<figure>").nth(1).unwrap().split("</figure>").next().unwrap();
    assert_eq!(page.matches("fill=\"#dde5ee\"").count(), 1, "one limit");
    assert_eq!(page.matches("fill=\"#8a8a8a\"").count(), 7, "seven coefficients that decide nothing by themselves");
    assert!(page.contains("粗竖线为综合差异系数的限值"));
    assert!(markdown.contains("综合差异系数（7项指标差异系数的平均值）为"));
    assert!(markdown.contains("不高于限值0.65，达标。"));
}
