//! What pages say of counties: by what they fail, who had to report, what must be known of the data.

use junheng_e2e::{
    County, Database, Setup, Suite, on_both_databases,
    province::{counties, report},
};
use junheng_proto::ingest::v1::{SetReportingCalendarRequest, county_item::Value};
use junheng_runtime::config::TargetsConfig;

use crate::{
    console::{page, reported},
    inflow::inflow,
};

on_both_databases!(
    counties_stand_by_verdict_with_what_they_fail_by,
    nobody_is_told_as_missing_before_there_was_a_duty,
    gaps_are_told_apart_and_blank_charts_say_why,
    notes_are_told_once,
    a_citys_page_says_why_it_has_not_its_provinces_targets,
    digests_stand_at_the_foot,
    what_a_school_shares_can_be_computed_again,
    what_a_school_did_not_report_is_told_without_a_unit,
    a_slip_of_the_month_hides_nothing,
);

/// The cells of a table's rows, as texts.
fn rows(text: &str, id: &str) -> Vec<Vec<String>> {
    let table = text.split(&format!("<table id=\"{id}\"")).nth(1).unwrap().split("</table>").next().unwrap();
    let body = table.split("<tbody>").nth(1).unwrap();
    let plain = |cell: &str| {
        let marked = cell.split_once('>').unwrap().1;
        marked.split('<').map(|part| part.rsplit_once('>').map_or(part, |(_, text)| text)).collect::<String>()
    };
    let cells = |row: &str| {
        let cells = row.replace("<th ", "<td ");
        cells.split("<td ").skip(1).map(|cell| plain(cell.split("</t").next().unwrap())).collect()
    };
    body.split("<tr>").skip(1).map(cells).collect()
}

async fn counties_stand_by_verdict_with_what_they_fail_by(database: Database) {
    let suite = Suite::start(database).await;
    let mut all = counties();
    all.retain(|county| !county.region.ends_with("220101"));
    // Every unit is met, and there was school choice against the rules.
    let vetoed = all.iter_mut().find(|county| county.region.ends_with("210901")).unwrap();
    let choice = vetoed.items.iter_mut().find(|item| item.item == "V2").unwrap();
    choice.value = Some(Value::Declaration(true));
    report(&suite, &all).await;

    let shown = page(&suite, "/regions/210000?month=2024-12").await;
    let told = rows(shown.text(), "counties");
    let verdicts: Vec<&str> = told.iter().map(|row| row[1].as_str()).collect();
    assert_eq!(verdicts, ["待定", "不达标", "不达标", "不达标", "不达标", "缺报", "缺报"], "{told:?}");
    let open = &told[0];
    assert_eq!(
        open[2],
        "前置条件：P1、P2；政府保障程度：G1、G2、G6至G15；教育质量：Q1至Q3、Q5至Q9；社会认可度：S1；一票否决：V1至V6"
    );
    let sums = rows(shown.text(), "children");
    assert_eq!(sums.last().unwrap()[..6], ["合计", "7", "5", "0", "4", "1"]);
    let heat = shown.text().split("id=\"heat-primary\"").nth(1).unwrap();
    let beyond = heat.split("<td class=\"r far\">").nth(1).or(heat.split("<td class=\"r beyond\">").nth(1)).unwrap();
    assert!(beyond.starts_with("<a href=\"/regions/2") && beyond.split('>').next().unwrap().contains("#indicator"));
    assert!(shown.text().contains("统计时间：20"), "a printed page does not say of when it is");
    let vetoed = &told[4];
    assert_eq!(
        (vetoed[2].as_str(), vetoed[3].as_str(), vetoed[4].as_str()),
        ("一票否决：违规择校（V2）", "100.00%", "1")
    );
    let by_coefficient = told.iter().find(|row| row[2] == "资源配置：1项系数").unwrap();
    assert_eq!((by_coefficient[4].as_str(), by_coefficient[5].as_str()), ("1", "1"));
    let zhangwu = told.iter().find(|row| row[0] == "彰武县").unwrap();
    assert_eq!(zhangwu[2], "资源配置：7个单元；政府保障程度：G3；教育质量：Q4");
    assert!(shown.text().contains("单元达标率名次") && shown.text().contains("不代表结论的好坏"));
    // The months of the county say the same.
    let county = page(&suite, "/regions/210901?month=2024-12").await;
    assert_eq!(rows(county.text(), "series")[0][2], "一票否决：违规择校（V2）");
}

async fn nobody_is_told_as_missing_before_there_was_a_duty(database: Database) {
    let (suite, _county) = reported(database).await;
    let calendar = async |path: &str| {
        let shown = page(&suite, path).await;
        (rows(shown.text(), "calendar"), rows(shown.text(), "totals"))
    };

    for path in ["/regions/210922/inflow", "/regions/210900/inflow", "/regions/210000/inflow"] {
        let (months, totals) = calendar(path).await;
        let expected: Vec<&str> = ["迟报"].into_iter().chain(std::iter::repeat_n("未开始", 11)).collect();
        assert_eq!(months[0][1..], expected, "{path}");
        assert_eq!(totals[0], ["2024年12月", "1", "0", "1", "0", "0", "0", "0", "100.00%", "0.00%"]);
        assert!(totals[1..].iter().all(|row| row[1..].iter().all(|cell| cell == "—")), "{totals:?}");
    }
    // What follows the first report is due, and a year before it is not.
    let (later, _) = calendar("/regions/210922/inflow?to=2025-03").await;
    assert_eq!(later[0][1..5], ["缺报", "缺报", "缺报", "迟报"]);
    let (earlier, _) = calendar("/regions/210922/inflow?to=2023-12").await;
    assert!(earlier[0][1..].iter().all(|cell| cell == "未开始"), "{earlier:?}");
    // A calendar says since when there is a duty.
    let request = SetReportingCalendarRequest {
        region: "regions/210900".to_owned(),
        from_month: "2024-10".to_owned(),
        due_day: Some(10),
        request_id: "calendar".to_owned(),
    };
    inflow(&suite).set_reporting_calendar(request).await.unwrap();
    let (months, totals) = calendar("/regions/210922/inflow").await;
    assert_eq!(months[0][1..5], ["迟报", "缺报", "缺报", "未开始"]);
    assert_eq!(totals[1][8], "0.00%");
    let legend = page(&suite, "/regions/210922/inflow").await;
    for told in ["完整率", "及时率", "仅有退回：", "待确认：", "未开始："] {
        assert!(legend.text().contains(told), "{told}");
    }
}

async fn gaps_are_told_apart_and_blank_charts_say_why(database: Database) {
    let suite = Suite::start(database).await;
    let mut all = counties();
    all.retain(|county| ["210901", "211003"].iter().any(|code| county.region.ends_with(code)));
    // Two months without the floor area of any school.
    all[0].facts.iter_mut().for_each(|facts| facts.teaching_area_m2 = None);
    all[1].facts[0].teaching_area_m2 = None;
    report(&suite, &all).await;
    let mut wrong = all[1].submission_for("2024-12", "wrong");
    "2121009999".clone_into(&mut wrong.schools[0].school_code);
    suite.refused(wrong).await;

    let shown = page(&suite, "/regions/210000?month=2024-12").await;
    let heat = shown.text().split("id=\"heat-primary\"").nth(1).unwrap().split("</table>").next().unwrap();
    assert!(
        heat.contains("<td class=\"r open\">待定") && heat.contains("<td class=\"r unsettled\">仅有退回"),
        "{heat}"
    );
    assert!(!shown.text().contains(">无数据<"));
    let counties = rows(shown.text(), "counties");
    let unknown =
        counties.iter().any(|row| row.iter().any(|cell| cell.starts_with("0（另") && cell.ends_with("项待定）")));
    assert!(unknown, "what is not known is not told as none: {counties:?}");
    let partial = page(&suite, "/regions/211003?month=2024-11&indicator=L4").await;
    assert!(
        partial.text().contains("（洛伦兹曲线；另有1个单元数据不完整，未计入）"),
        "a curve leaves out units and does not say so"
    );
    let county = page(&suite, "/regions/210901?month=2024-12&indicator=L4").await;
    assert!(!county.text().contains(">无数据</text>"), "a blank chart");
    let why = "各月L4 生均教学及辅助用房面积差异系数：学校数据缺失，无法计算，未绘图；4所学校有数据未报送";
    assert!(county.text().contains(why), "{}", county.text().split("id=\"months\"").nth(1).unwrap());
}

async fn notes_are_told_once(database: Database) {
    let suite = Suite::start(database).await;
    let mut county = County::met_at("210922", "21");
    for region in &mut county.regions {
        "虚构的示例数据".clone_into(&mut region.data_note);
    }
    suite.register(&county).await;
    let receipt = suite.accepted(county.submission("december")).await;
    suite.stored(&county.region, &county.month, &receipt).await;

    for path in ["/regions/210000", "/regions/210900", "/regions/210922", "/regions/210922/inflow"] {
        let shown = page(&suite, path).await;
        assert_eq!(shown.text().matches("class=\"note\"").count(), 1, "{path}");
        assert_eq!(shown.text().matches("虚构的示例数据").count(), 1, "{path}");
    }
}

async fn a_citys_page_says_why_it_has_not_its_provinces_targets(database: Database) {
    let mut setup = Setup::default();
    setup.reporting.targets = vec![TargetsConfig {
        region: "210000".to_owned(),
        shares: "2025=60".to_owned(),
        source: "省里的规划".to_owned(),
    }];
    let suite = Suite::start_with(database, setup).await;
    let county = County::met_at("210922", "21");
    suite.register(&county).await;
    let receipt = suite.accepted(county.submission("december")).await;
    suite.stored(&county.region, &county.month, &receipt).await;

    let city = page(&suite, "/regions/210900").await;
    assert!(city.text().contains("示例省另有年度目标（省里的规划），按示例省各县合计计算，没有分解到本地区"));
    assert!(!page(&suite, "/regions/210000").await.text().contains("没有分解到本地区"));
}

async fn digests_stand_at_the_foot(database: Database) {
    let (suite, _county) = reported(database).await;

    for path in ["/regions/210922", "/regions/210922/submissions/2024-12.1"] {
        let shown = page(&suite, path).await;
        let (before, foot) = shown.text().split_once("<details class=\"origin\">").unwrap();
        assert!(foot.contains("SHA-256"), "{path}");
        assert!(!before.contains("数据摘要"), "{path}");
    }
}

async fn what_a_school_shares_can_be_computed_again(database: Database) {
    let (suite, _county) = reported(database).await;

    let shown = page(&suite, "/regions/210922/schools/3121000001").await;
    let text = shown.text();
    assert!(text.contains("746.55平方米") && text.contains("权数：小学1、初中1.1"), "{text}");
    let share: f64 = text.rsplit("学生数×权数之和＝").next().unwrap().split('。').next().unwrap().parse().unwrap();
    // 10.2 square metres for each of 247 pupils, held against the sports hall and the ground that the school reports.
    let short = 10.2 * 247.0 / share - (145.90 + 3296.05);
    assert!((short - 746.55).abs() < 0.01, "{short}");
    let primary_only = page(&suite, "/regions/210922/schools/2121000025").await;
    assert!(!primary_only.text().contains("加权学生数"));
}

async fn what_a_school_did_not_report_is_told_without_a_unit(database: Database) {
    let (suite, mut county) = (Suite::start(database).await, County::met_at("210922", "21"));
    let silent = county.facts.iter_mut().find(|facts| facts.pupils_primary.is_some()).unwrap();
    silent.pupils_primary = None;
    let school = silent.school_code.clone();
    suite.register(&county).await;
    let receipt = suite.accepted(county.submission("december")).await;
    suite.stored(&county.region, &county.month, &receipt).await;

    for path in [format!("/regions/210922/schools/{school}"), "/regions/210922".to_owned()] {
        let shown = page(&suite, &path).await;
        let text = shown.text();
        assert!(text.contains("在校生未报送") && text.contains("未报送（标准值4.5）"), "{path}");
        assert!(!text.contains("未报送人") && !text.contains("未报送平方米"), "{path}");
    }
}

async fn a_slip_of_the_month_hides_nothing(database: Database) {
    let (suite, county) = reported(database).await;
    for month in ["2099-12", "2025-01"] {
        let mut wrong = county.submission_for(month, month);
        "2121009999".clone_into(&mut wrong.schools[0].school_code);
        suite.refused(wrong).await;
    }

    let shown = page(&suite, "/regions/210922").await;
    let findings = page(&suite, "/regions/210922/findings").await;

    assert!(shown.text().contains("2025年1月的报送有错误") && !shown.text().contains("2099年"));
    assert!(findings.text().contains("2025年1月数据质量"));
}
