//! `junheng template`, `junheng check` and `junheng push` with workbooks.

use std::{fs, path::Path, process::Command};

use crate::served::Demo;

/// Runs a command in a folder: its exit code, what it prints, what it tells.
fn run(folder: &Path, arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_junheng")).args(arguments).current_dir(folder).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[test]
fn a_template_is_got_checked_and_pushed() {
    let demo = Demo::start();
    let (folder, server) = (&demo.folder, &demo.ingest);

    let (code, _, told) = run(folder.path(), &["template", "210922", "--month", "2025-01", "--server", server]);
    assert_eq!((code, told.as_str()), (Some(0), "模板已写入 210922-2025-01-彰武县-报送表.xlsx\n"));
    // A workbook says itself what county and month it is for.
    fs::rename(folder.path().join("210922-2025-01-彰武县-报送表.xlsx"), folder.path().join("a.xlsx")).unwrap();
    let (code, printed, told) = run(folder.path(), &["check", "a.xlsx"]);
    assert_eq!((code, printed.as_str()), (Some(1), ""));
    assert!(told.contains("month_empty") && !told.contains("school_empty"), "{told}");
    let (code, _, told) = run(folder.path(), &["push", "a.xlsx", "--validate-only", "--server", server]);
    assert_eq!(code, Some(1), "nothing would count");
    assert!(told.contains("month_empty"), "{told}");
    let data = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/data/zhangwu-2024/");
    let (schools, items) = (format!("{data}schools.csv"), format!("{data}items.csv"));
    let files = ["check", &schools, &items, "--county", "210922", "--month", "2025-01", "--annotated", "a.xlsx"];
    assert_eq!(run(folder.path(), &files).0, Some(0));
    let (code, printed, told) = run(folder.path(), &["check", "a.xlsx"]);
    assert_eq!(code, Some(0), "{told}");
    assert!(printed.starts_with("210922 2025-01 检查通过：学校30所"), "{printed}");
    let answered = ["push", "a.xlsx", "--validate-only", "--acknowledge", "month_repeated=无变动", "--server", server];
    let (code, printed, told) = run(folder.path(), &answered);
    assert_eq!(code, Some(0), "{told}");
    assert!(printed.starts_with("210922 2025-01 校验通过：学校30所"), "{printed}");
    let (code, _, told) = run(folder.path(), &["push", "a.xlsx", "--month", "2025-02", "--server", server]);
    assert_eq!(code, Some(1));
    assert!(told.contains("file_month") && told.contains("填报说明"), "{told}");
}

#[test]
fn a_check_warns_of_what_needs_neither_registry_nor_history() {
    let folder = tempfile::tempdir().unwrap();
    let schools = "学校标识码,学校名称,school_type,小学在校生,小学班数\n2121000001,第一小学,211,76,1\n2121000002,第二小学,211,,\n";
    fs::write(folder.path().join("s.csv"), schools).unwrap();
    fs::write(folder.path().join("i.csv"), "item,operand,value\nG1,declared_met,是\n").unwrap();

    let (code, printed, told) =
        run(folder.path(), &["check", "s.csv", "i.csv", "--county", "210922", "--month", "2024-12"]);

    assert_eq!(code, Some(0), "{told}");
    assert!(printed.contains("检查通过"), "{printed}");
    for text in
        ["发现3处警告", "class_size_plausible", "允许：1 至 75", "declaration_evidence", "school_empty", "s.csv:3"]
    {
        assert!(told.contains(text), "{text} in {told}");
    }
    assert!(told.contains("规划布局合理（G1.declared_met）是声明"), "{told}");
}

#[test]
fn what_is_no_table_is_one_finding() {
    let folder = tempfile::tempdir().unwrap();
    let notice = "关于报送数据的通知\n\n各县，各校：\n".to_owned() + &"请于次月15日前报送,一,二,三\n\"".repeat(40);
    fs::write(folder.path().join("通知.txt"), notice).unwrap();

    let (code, _, told) = run(folder.path(), &["check", "通知.txt", "--county", "210922", "--month", "2024-12"]);

    assert_eq!(code, Some(1));
    assert!(told.contains("发现1处错误：\n错误 sheet_header（1处）\n  通知.txt:1  文件不是可以读取的表格"), "{told}");
}

#[test]
fn a_standard_that_is_no_toml_is_told_in_chinese_where() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("标准.toml"), "id = \"x\"\ntitle = 小学\n").unwrap();

    let (code, _, told) = run(folder.path(), &["standards", "check", "标准.toml"]);

    assert_eq!(code, Some(1));
    let place = "第2行：不是有效的 TOML：第9列，值无法识别：文字须加英文引号，不能留空（string values must be quoted";
    assert!(told.contains(place), "{told}");
}

#[test]
fn a_check_needs_no_service_and_sends_the_findings_back_in_a_workbook() {
    let folder = tempfile::tempdir().unwrap();
    let (table, ..) = encoding_rs::GBK
        .encode("学校标识码,学校名称,小学在校生,小学班数,图书\n2121000001,第一小学,40,0,约三百\n")
        .to_owned();
    fs::write(folder.path().join("s.csv"), &table).unwrap();

    let arguments = ["check", "s.csv", "--county", "210922", "--month", "2024-12", "--annotated", "out.xlsx"];
    let (code, printed, told) = run(folder.path(), &arguments);

    assert_eq!((code, printed.as_str()), (Some(1), ""));
    for text in
        ["文件 s.csv 按 GBK 编码读取", "检查未通过", "number", "s.csv:2.books", "约三百", "s.csv:2.classes_primary"]
    {
        assert!(told.contains(text), "{text} in {told}");
    }
    let (code, _, told) = run(folder.path(), &["check", "out.xlsx"]);
    assert_eq!(code, Some(1));
    for text in ["学校数据!AA5", "学校数据!G5"] {
        assert!(told.contains(text), "{text} in {told}");
    }
    assert_eq!(run(folder.path(), &["check", "none.xlsx"]).0, Some(1));
    assert_eq!(run(folder.path(), &["check", "s.csv"]).0, Some(2), "no county, no month");
}
