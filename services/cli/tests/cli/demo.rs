//! `junheng demo`: the whole suite in one process, and what it leaves behind.

use std::process::Command;

#[test]
fn the_demo_judges_the_packaged_county_and_writes_its_report() {
    let folder = tempfile::tempdir().unwrap();

    let output =
        Command::new(env!("CARGO_BIN_EXE_junheng")).args(["demo", "--output"]).arg(folder.path()).output().unwrap();

    let (stdout, stderr) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert!(output.status.success(), "{stdout}\n{stderr}");
    for text in ["县域结论：不达标", "24(85.71%)", "0.409485", "四堡子九年制学校", "不是该县的填报数据", "junheng push"]
    {
        assert!(stdout.contains(text), "{text} in {stdout}");
    }
    let names = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path());
    let report = names.into_iter().find(|path| path.extension().is_some_and(|kind| kind == "html")).unwrap();
    let html = std::fs::read_to_string(report).unwrap();
    assert!(html.contains("彰武县") && html.contains("不是该县的填报数据"));
}

#[test]
fn a_demo_that_cannot_write_fails_and_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("taken");
    std::fs::write(&file, "").unwrap();

    let output = Command::new(env!("CARGO_BIN_EXE_junheng")).args(["demo", "--output"]).arg(&file).output().unwrap();

    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8(output.stderr).unwrap().contains("错误："));
}

#[test]
fn the_packaged_files_are_those_of_the_test_data() {
    for name in ["schools.csv", "items.csv"] {
        let packaged = format!("{}/demo/{name}", env!("CARGO_MANIFEST_DIR"));
        let data = format!("{}/../../tests/data/zhangwu-2024/{name}", env!("CARGO_MANIFEST_DIR"));
        assert_eq!(std::fs::read(packaged).unwrap(), std::fs::read(data).unwrap(), "{name}");
    }
}
