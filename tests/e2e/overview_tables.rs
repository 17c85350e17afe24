//! What overviews say, as tables: with the same figures, and in no program a danger.

use junheng_e2e::{Database, Suite, on_both_databases, province::MONTH, run};
use junheng_proto::{
    ingest::v1::{ImportRegionsRequest, Region},
    reporting::v1::{ExportTableRequest, ExportTableResponse, TableFormat, export_table_request::Question},
};

use crate::{
    errors::assert_fields,
    overviews::{asked, overview, reported},
};

on_both_databases!(tables_have_the_figures_of_the_answer_and_do_no_harm, the_program_shows_and_writes_tables,);

async fn export(suite: &Suite, question: Question, format: TableFormat, table: &str) -> ExportTableResponse {
    let request = ExportTableRequest { question: Some(question), format: format.into(), table: table.to_owned() };
    suite.overviews().export_table(request).await.unwrap().into_inner()
}

async fn tables_have_the_figures_of_the_answer_and_do_no_harm(database: Database) {
    let suite = reported(database).await;
    let evil = Region {
        name: "regions/210971".to_owned(),
        display_name: "=cmd|'/c calc'!A0<script>".to_owned(),
        parent: "regions/211000".to_owned(),
        ..Region::default()
    };
    let request = ImportRegionsRequest { regions: vec![evil], request_id: "evil".to_owned() };
    suite.registry().import_regions(request).await.unwrap();
    let answer = overview(&suite, "210000", MONTH).await;
    let question = || Question::Overview(asked("210000", MONTH));

    let csv = export(&suite, question(), TableFormat::Csv, "variations").await;
    let workbook = export(&suite, question(), TableFormat::Xlsx, "").await;

    assert_eq!(csv.file_name, "辽宁省-2024-12-县级总览-差异系数.csv");
    assert_eq!(csv.tables, ["counties", "ranking", "variations", "means", "inflow", "children", "targets"]);
    let text = String::from_utf8(csv.content).unwrap();
    let text = text.strip_prefix('\u{feff}').unwrap();
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), answer.counties.len());
    let mut sheets: calamine::Xlsx<_> =
        calamine::open_workbook_from_rs(std::io::Cursor::new(workbook.content)).unwrap();
    let names = calamine::Reader::sheet_names(&sheets);
    assert_eq!(names, ["各县结论", "排名", "差异系数", "县均值", "报送情况", "下级汇总", "各年度目标"]);
    let sheet = calamine::Reader::worksheet_range(&mut sheets, "差异系数").unwrap();
    let told = |row: u32| sheet.get_value((row, 0)).map(ToString::to_string).unwrap_or_default();
    assert_eq!(told(0), "辽宁省2024年12月县级总览　差异系数");
    for fact in ["评估月份：2024年12月", "（national-quality-2017）", "范围：", "数据截止：20", "单位："]
    {
        assert!(told(1).contains(fact), "{fact}: {}", told(1));
    }
    let head = (0..9).find(|row| told(*row) == "区划代码").unwrap();
    for (place, (row, county)) in rows.iter().zip(&answer.counties).enumerate() {
        let cell = |column: u32| sheet.get_value((head + 1 + u32::try_from(place).unwrap(), column)).unwrap();
        let name = &county.region_display_name;
        assert_eq!(row.get(0), Some(&county.region["regions/".len()..]));
        assert_eq!(row.get(1).unwrap(), if name.starts_with('=') { format!("'{name}") } else { name.clone() });
        assert_eq!(cell(1), &calamine::Data::String(name.clone()), "a string, no formula");
        let stages = county.summary.iter().flat_map(|summary| &summary.stages);
        // Both stages have units; the composite decides nothing under this standard.
        let figures = stages.flat_map(|stage| stage.indicators.iter().filter(|one| one.id != "composite"));
        let figures: Vec<_> = figures.map(|one| one.variation).collect();
        if figures.is_empty() {
            assert_eq!((row.get(2), cell(2)), (Some("缺报"), &calamine::Data::String("缺报".to_owned())));
        }
        for (column, figure) in (2..).zip(figures) {
            let text = row.get(usize::try_from(column).unwrap()).unwrap();
            match figure {
                Some(figure) => {
                    assert_eq!(text.parse(), Ok(figure));
                    assert_eq!(cell(column), &calamine::Data::Float(figure));
                }
                None => assert!(["待定", "无定义"].contains(&text), "{text}"),
            }
        }
    }
    let inflow = calamine::Reader::worksheet_range(&mut sheets, "报送情况").unwrap();
    let days = inflow.rows().skip_while(|row| row[0] != "区划代码").skip(1).map(|row| &row[3]);
    let days: Vec<_> = days.collect();
    assert_eq!(days.len(), answer.counties.len());
    assert!(days.iter().all(|day| matches!(day, calamine::Data::DateTime(_))), "{days:?}");
    let formulas = calamine::Reader::worksheet_formula(&mut sheets, "差异系数").unwrap();
    assert!(formulas.used_cells().next().is_none());
    let unknown = ExportTableRequest { question: Some(question()), table: "nothing".to_owned(), ..Default::default() };
    assert_fields(&suite.overviews().export_table(unknown).await.unwrap_err(), &["table"]);
}

async fn the_program_shows_and_writes_tables(database: Database) {
    let suite = reported(database).await;
    let server = format!("http://{}", suite.reporting_address());
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("总览.xlsx");
    let call = |arguments: &[&str]| {
        let arguments: Vec<String> =
            arguments.iter().map(|one| (*one).to_owned()).chain(["--server".to_owned(), server.clone()]).collect();
        tokio::task::spawn_blocking(move || run(&arguments.iter().map(String::as_str).collect::<Vec<_>>()))
    };

    let shown = call(&["overview", "210000", "--month", MONTH, "--table", "ranking"]).await.unwrap();
    let written = call(&["overview", "210000", "--month", MONTH, "-o", file.to_str().unwrap()]).await.unwrap();
    let compared = call(&["overview", "210901", "210922", "--month", MONTH, "--json"]).await.unwrap();
    let wrong = call(&["overview", "210000", "--month", MONTH, "-o", "总览.pdf"]).await.unwrap();

    let text = String::from_utf8(shown.stdout).unwrap();
    assert!(text.contains("单元达标率") && text.contains("100.00%") && text.contains("缺报"), "{text}");
    assert!(written.status.success() && file.metadata().unwrap().len() > 4_000);
    let json: serde_json::Value = serde_json::from_slice(&compared.stdout).unwrap();
    assert_eq!(json["counties"].as_array().unwrap().len(), 2);
    assert_eq!(wrong.status.code(), Some(2));
}
