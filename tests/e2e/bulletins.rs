//! The monthly bulletin says what data shows, for every region and in every format.

use junheng_e2e::{
    County, Database, Suite, Workbook, on_both_databases,
    province::{MONTH, counties, report},
    run,
};
use junheng_proto::{
    ingest::v1::{ImportRegionsRequest, Region, SetReportingCalendarRequest},
    reporting::v1::{GetProvinceOverviewRequest, RenderBulletinRequest, RenderBulletinResponse, ReportFormat},
};

use crate::{errors::assert_fields, inflow::inflow, overviews::send};

on_both_databases!(
    a_bulletin_of_a_province_tells_who_reported_what_came_out_and_what_is_due,
    units_of_a_bulletin_add_up_and_every_county_with_missing_data_is_named,
    a_bulletin_of_a_city_tells_what_changed_and_why,
    a_region_without_counties_or_data_has_a_bulletin_that_says_so,
    text_of_data_does_no_harm_in_a_bulletin,
    a_bulletin_names_all_wrong_fields_at_once,
);

async fn bulletin(suite: &Suite, region: &str, month: &str, format: ReportFormat) -> RenderBulletinResponse {
    let request = RenderBulletinRequest {
        region: format!("regions/{region}"),
        month: month.to_owned(),
        format: format.into(),
        ..RenderBulletinRequest::default()
    };
    suite.overviews().render_bulletin(request).await.unwrap().into_inner()
}

async fn markdown(suite: &Suite, region: &str, month: &str) -> String {
    String::from_utf8(bulletin(suite, region, month, ReportFormat::Markdown).await.content).unwrap()
}

async fn a_bulletin_of_a_province_tells_who_reported_what_came_out_and_what_is_due(database: Database) {
    let suite = Suite::start(database).await;
    report(&suite, &counties()).await;

    let text = markdown(&suite, "210000", MONTH).await;

    for wanted in [
        "# 辽宁省义务教育优质均衡发展每月调度通报",
        "应报送7个县（市、区），已报送5个；已有评估结果5个，其中达标1个、不达标3个、待定1个。",
        "迟报（5个）：",
        "逾期未报（2个）：",
        "本月无评估结果的县（2个）：",
        "最近一次为2024年11月，达标，距本月1个月",
        "从未评估",
        "到2035年底，达标县占比100%（按7个县计为7个）。本月评估达标1个，尚差6个。",
        "两个月均有评估结果的1个县中，达标县上月1个，本月1个。",
        "与上月相比，1个有可比结果的县结论和各项均无变化。",
        "无评估结果、未排名的县（2个）：",
        "补报2024年12月数据（2个）：",
        "已报送5个县，其中按时0个；最早于2026年2月6日16:00接收。",
        "补齐数据以作出结论（1个）：",
        "项县级指标",
        "2025年1月数据的报送截止日：",
        "2025年2月15日（各县）",
        "| 阜新市 | 2 | 2 | 2 | 1 | 1 | 0 |",
        "**草稿**",
        "印发机关（盖章）：＿＿",
        "成文日期：＿＿",
        "有可比结果的县中，没有比上月退步的。",
        "达标的县（1个）：",
        "不达标的县（3个）：",
        "待定的县（1个）：",
        "不代表评估结论",
    ] {
        assert!(text.contains(wanted), "{wanted}\n{text}");
    }
    let page = bulletin(&suite, "210000", MONTH, ReportFormat::Html).await;
    assert_eq!(
        (page.file_name.as_str(), page.media_type.as_str()),
        ("辽宁省-2024-12-调度通报.html", "text/html; charset=utf-8")
    );
    let page = String::from_utf8(page.content).unwrap();
    assert!(!page.contains("class=\"verdict\""), "a bulletin has no one conclusion");
    let document = bulletin(&suite, "210000", MONTH, ReportFormat::Docx).await;
    assert_eq!(document.file_name, "辽宁省-2024-12-调度通报.docx");
    let body = Workbook::open(&document.content).part("word/document.xml");
    assert!(body.contains("每月调度通报") && body.contains("w:tblHeader") && body.contains("Heading1"));
    if let Some(folder) = std::env::var_os("JUNHENG_TEST_KEEP") {
        std::fs::write(std::path::Path::new(&folder).join("bulletin.docx"), &document.content).unwrap();
        std::fs::write(std::path::Path::new(&folder).join("bulletin.html"), &page).unwrap();
    }
}

/// The numbers in a text.
fn numbers(text: &str) -> Vec<u32> {
    let parts = text.split(|character: char| !character.is_ascii_digit());
    parts.filter_map(|digits| digits.parse().ok()).collect()
}

/// The cells of the rows below the table of this caption.
fn rows(text: &str, caption: &str) -> Vec<Vec<String>> {
    let below = text.lines().skip_while(|line| !line.contains(caption)).skip(4);
    let rows = below.take_while(|line| line.starts_with('|'));
    rows.map(|row| row.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect()).collect()
}

async fn units_of_a_bulletin_add_up_and_every_county_with_missing_data_is_named(database: Database) {
    let suite = Suite::start(database).await;
    report(&suite, &counties()).await;
    let request = GetProvinceOverviewRequest {
        region: "regions/210000".to_owned(),
        month: MONTH.to_owned(),
        ..Default::default()
    };
    let overview = suite.overviews().get_province_overview(request).await.unwrap().into_inner();

    let text = markdown(&suite, "210000", MONTH).await;

    let sentence = text.split("已评估的县共有评估单元").nth(1).unwrap().split('。').next().unwrap();
    let (share, counts) = (sentence.split('占').nth(1).unwrap(), sentence.split('占').next().unwrap());
    let [units, met] = numbers(counts)[..] else { panic!("{sentence}") };
    let [.., not_met, open] = numbers(share)[..] else { panic!("{sentence}") };
    assert_eq!(units, met + not_met + open, "{sentence}");
    assert!(open > 0, "{sentence}");
    for caption in ["按单元达标率排名**", "各县不达标的评估单元**"] {
        let rows = rows(&text, caption);
        assert!(!rows.is_empty(), "{caption}");
        for row in rows {
            let counts: Vec<u32> = row[1..].iter().filter_map(|cell| cell.parse().ok()).collect();
            let [units, met, not_met, open] = counts[..] else { panic!("{row:?}") };
            assert_eq!(units, met + not_met + open, "{row:?}");
        }
    }
    let due = text.split("、待办事项").nth(1).unwrap();
    let mut named = 0;
    for county in &overview.counties {
        let Some(summary) = &county.summary else { continue };
        let open: u32 = summary.stages.iter().filter_map(|stage| stage.undetermined_unit_count).sum();
        if open == 0 && summary.undetermined_items.is_empty() {
            continue;
        }
        named += 1;
        let told = due.split(&format!("{}（", county.region_display_name)).nth(1).unwrap_or_default();
        let told = told.split("待定）").next().unwrap();
        assert!(open == 0 || told.contains(&format!("{open}个评估单元")), "{}: {told}", county.region_display_name);
        let items = summary.undetermined_items.len();
        assert!(items == 0 || told.contains(&format!("{items}项县级指标")), "{}: {told}", county.region_display_name);
    }
    assert!(named > 1, "more than the one whose verdict is undetermined");
}

async fn a_bulletin_of_a_city_tells_what_changed_and_why(database: Database) {
    let suite = Suite::start(database).await;
    let (one, two) = (County::met_at("219902", "21"), County::met_at("219903", "22"));
    let mut worse = one.clone();
    worse.facts[0].backbone_teachers_primary = Some(50);
    for county in [&one, &two] {
        suite.register(county).await;
        send(&suite, county, "2024-11", &format!("{}-november", &county.region[8..])).await;
    }
    send(&suite, &worse, "2024-12", "one").await;
    send(&suite, &two, "2024-12", "two").await;

    let text = markdown(&suite, "219900", "2024-12").await;

    for wanted in [
        "与上月相比，2个有可比结果的县中，1个有变化。",
        "资源配置由达标变为不达标",
        "超过限值（限值0.50）",
        "1个县的差异系数超过限值，可计算的共1项。",
        "## 六、退步的县",
        "结论由达标变为不达标",
        "已评估的县没有确定不达标的评估单元。",
    ] {
        assert!(text.contains(wanted), "{wanted}\n{text}");
    }
}

async fn a_region_without_counties_or_data_has_a_bulletin_that_says_so(database: Database) {
    let suite = Suite::start(database).await;
    let region = |code: &str, name: &str| Region {
        name: format!("regions/{code}"),
        display_name: name.to_owned(),
        ..Region::default()
    };
    let regions = vec![region("440000", "广东省"), region("441900", "东莞市"), region("450000", "广西壮族自治区")];
    let request = ImportRegionsRequest { regions, request_id: "regions".to_owned() };
    suite.registry().import_regions(request).await.unwrap();

    let (province, city) = (markdown(&suite, "450000", MONTH).await, markdown(&suite, "440000", MONTH).await);

    assert!(province.contains("广西壮族自治区没有登记县（市、区），无可通报的数据。"), "{province}");
    assert!(city.contains("应报送0个县（市、区），已报送0个") && city.contains("东莞市（未开始；从未评估）"), "{city}");
    assert!(city.contains("报送义务尚未开始（1个）") && !city.contains("补报"), "{city}");
    let calendar = SetReportingCalendarRequest {
        region: "regions/440000".to_owned(),
        from_month: MONTH.to_owned(),
        due_day: Some(10),
        request_id: "calendar".to_owned(),
    };
    inflow(&suite).set_reporting_calendar(calendar).await.unwrap();
    let due = markdown(&suite, "440000", MONTH).await;
    assert!(due.contains("应报送1个县（市、区），已报送0个") && due.contains("东莞市（缺报；从未评估）"), "{due}");
    assert!(due.contains("补报2024年12月数据（1个）"), "{due}");
    assert!(!city.contains("达标县上月"), "{city}");
}

async fn text_of_data_does_no_harm_in_a_bulletin(database: Database) {
    let suite = Suite::start(database).await;
    let mut county = County::met();
    county.regions[2].display_name = "<script>alert(1)</script>|县&".to_owned();
    suite.register(&county).await;
    send(&suite, &county, "2024-12", "december").await;

    let page = bulletin(&suite, "219900", "2024-12", ReportFormat::Html).await;
    let document = bulletin(&suite, "219900", "2024-12", ReportFormat::Docx).await;
    let text = markdown(&suite, "219900", "2024-12").await;

    let page = String::from_utf8(page.content).unwrap();
    assert!(!page.contains("<script") && page.contains("&#60;script"), "{page}");
    let body = Workbook::open(&document.content).part("word/document.xml");
    assert!(!body.contains("<script") && body.contains("script"));
    assert!(!text.contains("<script>") && !text.contains("</script>|"), "{text}");
}

async fn a_bulletin_names_all_wrong_fields_at_once(database: Database) {
    let suite = Suite::start(database).await;
    let request = RenderBulletinRequest {
        region: "x".to_owned(),
        month: "y".to_owned(),
        standard: "z".to_owned(),
        format: 77,
        targets: vec![junheng_proto::reporting::v1::YearTarget { year: Some(2025), share_basis_points: None }],
    };

    let refused = suite.overviews().render_bulletin(request).await.unwrap_err();

    assert_fields(&refused, &["region", "month", "standard", "format", "targets"]);
}

#[test]
fn a_bulletin_is_offered_in_the_formats_that_it_has() {
    let help = String::from_utf8(run(&["bulletin", "--help"]).stdout).unwrap();
    let wrong = run(&["bulletin", "210000", "--month", "2024-12", "-o", "通报.xlsx"]);

    assert!(help.contains("docx, html, md") && !help.contains("xlsx"), "{help}");
    assert_eq!(wrong.status.code(), Some(2));
    assert!(String::from_utf8(wrong.stderr).unwrap().contains("junheng overview"));
}
