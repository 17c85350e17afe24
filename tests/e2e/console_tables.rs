//! What people take along from the console: tables, bulletins, statistics; and counties side by side, and months.

use std::collections::BTreeSet;

use calamine::Reader as _;
use junheng_e2e::{
    Database, Suite,
    http::{Answer, get},
    on_both_databases,
    province::{counties, report},
};

use crate::console::{page, reported};

on_both_databases!(
    every_table_of_a_page_is_handed_over_as_it_is_shown,
    the_tables_of_a_region_are_handed_over_in_full_figures,
    bulletins_and_statistics_are_downloaded,
    counties_are_compared_and_months_followed,
    what_is_not_there_to_be_taken_is_not_found,
);

/// The addresses of what a page hands over in a form.
fn links(answer: &Answer, path: &str, form: &str) -> BTreeSet<String> {
    let own = path.split('?').next().unwrap();
    let links =
        answer.text().split("href=\"").skip(1).map(|rest| rest.split('"').next().unwrap().replace("&#38;", "&"));
    let links = links.filter(|link| link.contains("table=") && link.ends_with(&format!("as={form}")));
    links.map(|link| format!("{own}{link}")).collect()
}

fn sheet(answer: &Answer) -> Vec<Vec<calamine::Data>> {
    let bytes = std::io::Cursor::new(answer.body.clone());
    let mut workbook: calamine::Xlsx<_> = calamine::open_workbook_from_rs(bytes).unwrap();
    let name = workbook.sheet_names()[0].clone();
    workbook.worksheet_range(&name).unwrap().rows().map(<[calamine::Data]>::to_vec).collect()
}

async fn every_table_of_a_page_is_handed_over_as_it_is_shown(database: Database) {
    let (suite, county) = reported(database).await;
    let mut wrong = county.submission_for("2025-01", "january");
    "3121009999".clone_into(&mut wrong.schools[0].school_code);
    suite.refused(wrong).await;

    for (path, tables) in [
        ("/regions/210000", 5),
        ("/regions/210900", 4),
        ("/regions/210922?month=2024-12&standard=national-quality-2017", 5),
        ("/regions/210922/schools/3121000001", 3),
        ("/regions/210922/submissions/2025-01.1", 2),
        ("/regions/210922/inflow", 2),
        ("/regions/210000/inflow", 2),
        ("/regions/210900/findings?month=2025-01", 2),
        ("/regions/210000/series?indicator=L4", 1),
        ("/standards", 1),
        ("/standards/national-quality-2017", 1),
        ("/differences?before=national-basic-2012&after=national-quality-2017", 1),
    ] {
        let shown = page(&suite, path).await;
        for form in ["csv", "xlsx"] {
            let links = links(&shown, path, form);
            assert!(links.len() >= tables, "{path} hands over {links:?}");
            for link in links {
                let answer = page(&suite, &link).await;
                let starts: &[u8] = if form == "csv" { "\u{feff}".as_bytes() } else { b"PK" };
                assert!(answer.body.starts_with(starts) && answer.body.len() > 60, "{link}");
                let disposition = answer.header("content-disposition").unwrap();
                assert!(
                    disposition.starts_with("attachment; filename=\"") && disposition.contains(form),
                    "{disposition}"
                );
            }
        }
    }
    // What the filter leaves is what is handed over, with what must be known of it.
    let csv = page(&suite, "/regions/210922?stage=junior&verdict=short&table=unit-table&as=csv").await;
    assert_eq!(csv.text().lines().filter(|line| line.contains(",不达标,初中,")).count(), 3, "{}", csv.text());
    assert!(csv.text().contains("数据说明：彰武县：") && !csv.text().contains("小学,"), "{}", csv.text());
    let rows = sheet(&page(&suite, "/regions/210900?table=counties&as=xlsx").await);
    let row = rows.iter().find(|row| row[0] == "彰武县").unwrap();
    // 47 of 54 units, as the page prints it.
    assert_eq!(row[3], calamine::Data::Float(0.8704), "{row:?}");
    assert_eq!(row[2].to_string(), "资源配置：7个单元；政府保障程度：G3；教育质量：Q4");
}

async fn the_tables_of_a_region_are_handed_over_in_full_figures(database: Database) {
    let (suite, _county) = reported(database).await;
    let overview = page(&suite, "/regions/210900?as=xlsx").await;
    let bytes = std::io::Cursor::new(overview.body);
    let mut workbook: calamine::Xlsx<_> = calamine::open_workbook_from_rs(bytes).unwrap();

    assert_eq!(
        workbook.sheet_names(),
        ["各县结论", "排名", "差异系数", "县均值", "报送情况", "下级汇总", "各年度目标"]
    );
    let ranking = workbook.worksheet_range("排名").unwrap();
    let first = ranking.rows().find(|row| row[0] == "单元达标率").unwrap();
    assert_eq!(first[4], calamine::Data::Float(47.0 / 54.0));
    let compared = page(&suite, "/regions/210900").await;
    assert!(compared.text().contains("/regions/210900?month=2024-12&#38;standard=national-quality-2017&#38;as=xlsx"));
}

async fn bulletins_and_statistics_are_downloaded(database: Database) {
    let (suite, _county) = reported(database).await;
    let shown = page(&suite, "/regions/210900").await;

    for (extension, starts) in [("docx", b"PK".as_slice()), ("html", b"<!DOCTYPE html>"), ("md", b"#")] {
        let path = format!("/regions/210900/bulletins/2024-12.national-quality-2017.{extension}");
        assert!(shown.text().contains(&format!("\"{path}\" download")), "{path} is not offered");
        let answer = page(&suite, &path).await;
        assert!(answer.body.starts_with(starts), "{path}");
        let disposition = answer.header("content-disposition").unwrap();
        assert!(disposition.contains("filename*=UTF-8''%E9%98%9C%E6%96%B0%E5%B8%82-2024-12"), "{disposition}");
    }
    assert!(page(&suite, "/regions/210922").await.text().contains("\"/regions/210922/statistics/2024-12\" download"));
    let statistics = page(&suite, "/regions/210922/statistics/2024-12").await;
    assert!(statistics.body.starts_with(b"PK"));
    let disposition = statistics.header("content-disposition").unwrap();
    assert!(disposition.starts_with("attachment; filename=\"210922-2024-12-statistics.xlsx\""), "{disposition}");
}

async fn counties_are_compared_and_months_followed(database: Database) {
    let suite = Suite::start(database).await;
    report(&suite, &counties()).await;

    let form = page(&suite, "/regions/210900/comparison").await;
    assert!(form.text().contains("请选择2至10个县") && form.text().contains("value=\"210922\""), "{}", form.text());
    let path = "/regions/210000/comparison?county=210922&county=210971&county=211003&month=2024-12";
    let compared = page(&suite, path).await;
    let text = compared.text();
    for expected in ["id=\"variations\"", "id=\"means\"", "value=\"210971\" checked", "0.588", "缺报", "（第1）"] {
        assert!(text.contains(expected), "{expected} is not in {text}");
    }
    let whole = page(&suite, &format!("{path}&as=xlsx")).await;
    let codes = ["210922", "210971", "211003"];
    let listed = sheet(&whole).into_iter().filter(|row| codes.iter().any(|code| row[0] == *code)).count();
    assert_eq!(listed, 3);

    let series = page(&suite, "/regions/210901/series?indicator=L2&month=2024-12").await;
    assert!(series.text().contains("逐月") && series.text().contains("<svg") && series.text().contains("0.118"));
    let rows = sheet(&page(&suite, "/regions/210901/series?indicator=L2&month=2024-12&as=xlsx").await);
    let stages = rows.iter().filter(|row| row.iter().any(|cell| *cell == "小学" || *cell == "初中")).count();
    assert_eq!(stages, 6, "two stages from October, when the province began to report");
    assert!(series.text().contains("缺报") && !series.text().contains("未开始"), "{}", series.text());
    let shares = page(&suite, "/regions/210000/series?measure=met-share&months=24").await;
    assert!(shares.text().contains("83.33%") || shares.text().contains("100.00%"), "{}", shares.text());
    let composite = page(&suite, "/regions/210000/series?measure=met-county-share").await;
    assert!(composite.text().contains("达标县占比"));
}

async fn what_is_not_there_to_be_taken_is_not_found(database: Database) {
    let (suite, _county) = reported(database).await;

    for path in [
        "/regions/210922?table=unit-table&as=pdf",
        "/regions/210922?table=nothing&as=csv",
        "/regions/210922?as=xlsx",
        "/regions/210900?as=csv",
        "/regions/210900/bulletins/2024-12.national-quality-2017.xlsx",
        "/regions/210900/bulletins/2024-12.unknown.docx",
        "/regions/210900/bulletins/soon.national-quality-2017.docx",
        "/regions/210922/statistics/2024-11",
        "/regions/210922/statistics/soon",
        "/regions/210900/statistics/2024-12",
        "/regions/210900/comparison?county=x",
        "/regions/210900/comparison?county=999999",
        "/regions/210922/series?measure=met-county-share",
        "/regions/210922/series?indicator=L9",
        "/regions/210922/series?months=7",
    ] {
        let answer = get(suite.console_address(), path).await;
        assert_eq!(answer.status, 404, "{path}: {}", answer.text());
    }
}
