//! `junheng demo` ends with a province that has something of everything, and says of what is made up that it is.

use junheng_e2e::run;

#[test]
fn the_demo_reports_a_county_and_made_up_ones_beside_it() {
    let folder = tempfile::tempdir().unwrap();
    let output = run(&["demo", "--output", folder.path().to_str().unwrap()]);
    let (said, told) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());

    assert!(output.status.success(), "{told}");
    assert!(said.contains("小学：评估单元28个，综合达标24个"), "{said}");
    // What is missing is told in words, by what waits for it.
    assert!(said.contains("V2 违规择校：缺1项") && !said.contains("用 --json"), "{said}");
    assert!(told.contains("6. 219121 自 2024-12 起同时按 national-quality-2017 和 national-basic-2012 评估"), "{told}");
    let others = told.lines().find(|line| line.starts_with("5. ")).unwrap();
    assert!(others.contains("12个示例县（均为合成数据"), "{others}");
    // One month is missing; one is held and one refused as their stories go, so every other was accepted without a warning too many.
    assert!(others.contains("2024-07 至 2024-12 报送71份，其中待确认1份、退回1份，已全部评估"), "{others}");
    let report = folder.path().join("彰武县-2024-12-优质均衡发展自查报告.html");
    assert!(std::fs::read_to_string(report).unwrap().contains("图1 小学各项指标差异系数与限值"));
}
