//! The commands that ask the evaluation service, asked of the one that `junheng demo --serve` runs.

use std::{
    process::Command,
    thread::sleep,
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::served::Demo;

impl Demo {
    /// Runs a command that must succeed, and returns what it prints.
    fn does(&self, arguments: &[&str]) -> String {
        let output =
            Command::new(env!("CARGO_BIN_EXE_junheng")).args(arguments).args(["--server", &self.evaluation]).output();
        let output = output.unwrap();
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), told.as_str()), (Some(0), ""), "{arguments:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// Runs a command that must succeed with `--json`, too, and returns what it prints.
    fn does_json(&self, arguments: &[&str]) -> Value {
        serde_json::from_str(&self.does(&[arguments, &["--json"]].concat())).unwrap()
    }

    /// Runs a command about the packaged county, and returns what it prints.
    fn ask(&self, command: &str, further: &[&str]) -> (bool, String) {
        let server = if command == "report" { &self.reporting } else { &self.evaluation };
        let output = Command::new(env!("CARGO_BIN_EXE_junheng"))
            .args([command, "210922", "--month", "2024-12", "--server", server])
            .args(further)
            .output()
            .unwrap();
        let text = if output.status.success() { output.stdout } else { output.stderr };
        (output.status.success(), String::from_utf8(text).unwrap())
    }

    fn told(&self, command: &str, further: &[&str]) -> String {
        let (good, text) = self.ask(command, further);
        assert!(good, "{text}");
        text
    }
}

/// Runs a command that asks the ingest service: whether it succeeded, what it printed, what it told.
fn register(demo: &Demo, arguments: &[&str]) -> (bool, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_junheng"));
    let output = command.args(arguments).args(["--server", &demo.ingest]).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.success(), text(output.stdout), text(output.stderr))
}

#[test]
fn what_happens_to_schools_is_recorded_and_shown() {
    let demo = Demo::start();
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let faulty =
        file("错误.csv", "date,school_code,event\n2024-12-15,2121000025,closed\n2024-12-15,2121999999,closed\n");
    let good = file(
        "变更.csv",
        "date,school_code,event,name,school_type,related,document\n\
         2024-12-01,2121000099,opened,中心小学,211,,教发〔2024〕1号\n\
         2024-12-01,2121000025,merged,,,2121000099,教发〔2024〕1号\n",
    );

    let (refused, _, told) = register(&demo, &["schools", "record", &faulty, "--county", "210922"]);
    let validated = register(&demo, &["schools", "record", &good, "--county", "210922", "--validate-only"]);
    let recorded = register(&demo, &["schools", "record", &good, "--county", "210922"]);
    let (_, shown, _) = register(&demo, &["schools", "show", "210922", "2121000025"]);
    let (_, json, _) = register(&demo, &["schools", "show", "210922", "2121000099", "--json"]);

    assert!(!refused && told.contains("错误.csv:3  学校2121999999没有登记"), "{told}");
    assert_eq!(validated.1, "210922：可以登记变更2项，重新评估的月份：2024-12\n", "{}", validated.2);
    assert_eq!(recorded.1, "210922：已登记变更2项，重新评估的月份：2024-12\n", "{}", recorded.2);
    for text in ["210922，2121000025", "2024-12-01  2121000025  并入  210922，2121000099  教发〔2024〕1号", "后续："]
    {
        assert!(shown.contains(text), "{text} in {shown}");
    }
    assert!(shown.contains("并入中心小学（210922，2121000099）"), "{shown}");
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["predecessors"][0]["kind"], "SCHOOL_LINK_KIND_MERGED");
}

#[test]
fn refused_schools_leave_no_county_behind() {
    let demo = Demo::start();
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, code: &str| {
        let path = folder.path().join(name);
        let head = "school_code,name,school_type,organiser_type,urban_rural_code,opened_on";
        std::fs::write(&path, format!("{head}\n{code},新校,211,7,210,2020-09-01\n")).unwrap();
        path.display().to_string()
    };
    // The first one is a school of 210922.
    let (taken, free) = (file("taken.csv", "2121000025"), file("free.csv", "2121990001"));
    let import =
        |file: &str| register(&demo, &["schools", "import", file, "--county", "210921", "--county-name", "阜新县"]);

    let refused = import(&taken);
    let (_, before, _) = register(&demo, &["regions", "list"]);
    let imported = import(&free);
    let (_, after, _) = register(&demo, &["regions", "list", "210900"]);
    let (_, schools, _) = register(&demo, &["schools", "list", "210921"]);

    assert!(!refused.0 && refused.2.contains("school_in_county"), "{}", refused.2);
    assert!(!before.contains("210921"), "{before}");
    assert_eq!((imported.1.as_str(), imported.2.as_str()), ("210921：登记或更新学校1所，0所未变\n", ""));
    // What is registered is listed.
    let rows: Vec<Vec<&str>> = after.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(rows[0], ["代码", "名称", "上级", "说明"]);
    assert_eq!(rows[1], ["210921", "阜新县", "210900"], "{after}");
    assert!(rows[2].starts_with(&["210922", "彰武县", "210900"]) && rows[3] == ["共2个"], "{after}");
    let rows: Vec<Vec<&str>> = schools.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(rows[1..], [vec!["2121990001", "新校", "211", "2020-09-01"], vec!["共1所"]], "{schools}");
}

#[test]
fn the_codes_of_a_province_are_imported_from_the_packaged_file() {
    let demo = Demo::start();
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/data/regions/liaoning.csv");

    let (_, imported, told) = register(&demo, &["regions", "import", file]);

    // The demo has the city as it stands there, and its province and county with notes on their figures.
    assert_eq!((imported.as_str(), told.as_str()), ("登记或更新行政区划114个，1个未变\n", ""));
}

#[test]
fn a_verdict_is_explained_down_to_the_reported_figures() {
    let demo = Demo::start();

    let county = demo.told("explain", &[]);
    let unit = demo.told("explain", &["resources/junior/3121000001"]);
    let basic = demo.told("explain", &["balance/primary", "--standard", "national-basic-2012"]);
    let json: Value = serde_json::from_str(&demo.told("explain", &["--depth", "0", "--json"])).unwrap();
    let (good, nowhere) = demo.ask("explain", &["no/where"]);

    assert!(county.contains("\n  资源配置  不达标  [resources]\n"), "{county}");
    assert!(county.contains("\n    小学  不达标  [resources/primary]\n"), "{county}");
    assert!(!county.contains("不达标；"), "{county}");
    for text in [
        "8.38199平方米/生（≥10.2）",
        "低于10.2，还差",
        "条款：教督〔2017〕6号，资源配置第5项",
        "· 运动场地面积：3296.05平方米（教基5176；报送2024-12.1，第1版）",
    ] {
        assert!(unit.contains(text), "{text} in {unit}");
    }
    assert!(basic.contains("（≤0.65）  [balance/primary/composite]"), "{basic}");
    assert_eq!(json["root"]["verdict"], "VERDICT_NOT_MET");
    assert_eq!(json["root"]["children"].as_array().map_or(0, Vec::len), 0);
    assert!(!good && nowhere.contains("path"), "{nowhere}");
}

#[test]
fn a_coefficient_is_attributed_to_its_units_and_the_first_to_lift_stands_first() {
    let demo = Demo::start();

    let one = demo.told("attribute", &["--stage", "primary", "--indicator", "L4"]);
    let all = demo.told("attribute", &[]);
    let open = demo.told("attribute", &["--standard", "national-basic-2012", "--stage", "junior", "--indicator", "R5"]);

    let lines: Vec<&str> = one.lines().collect();
    assert_eq!(lines[2], "小学L4生均教学及辅助用房面积：差异系数0.332541，限值0.5，达标，县均值5.72平方米/生");
    assert!(lines[4].contains("第三小学") && lines[4].contains("15.50%"), "{}", lines[4]);
    assert!(lines[4].ends_with("0.305702               3644.01  0.289593"), "{}", lines[4]);
    assert_eq!(lines.len(), 4 + 28);
    assert_eq!(all.matches("：差异系数").count(), 14);
    assert!(open.contains("数据有缺失"), "{open}");
}

#[test]
fn every_command_tells_what_it_did_and_writes_it_as_json() {
    const STANDARD: &str = "liaoning-quality-example";
    let demo = Demo::start();
    let folder = tempfile::tempdir().unwrap();
    let changes = folder.path().join("changes.json");
    let change = r#"[{"setElement": {"schoolCode": "3121000001", "element": "multimedia_rooms", "quantity": 0}}]"#;
    std::fs::write(&changes, change).unwrap();
    let document = format!("{}/../../tests/data/standards/{STANDARD}.toml", env!("CARGO_MANIFEST_DIR"));

    let simulate = ["simulate", "210922", "--month", "2024-12", "--changes", changes.to_str().unwrap()];
    let told = demo.does(&simulate);
    assert!(told.contains("县域结论：不达标，假设改动后：不达标") && told.contains("小学综合达标单元数"), "{told}");
    let json = demo.does_json(&simulate);
    assert_eq!(json["simulations"][0]["evaluation"]["standard"], "standards/national-quality-2017");

    let compare = ["compare", "210922", "--before", "2024-12", "--after", "2024-12"];
    let compare = [&compare[..], &["--after-standard", "national-basic-2012"]].concat();
    let told = demo.does(&compare);
    assert!(told.contains("210922  县域结论的变化") && told.contains("national-basic-2012"), "{told}");
    let steps = demo.does_json(&compare)["steps"].as_array().unwrap().clone();
    assert_eq!((steps.len(), &steps[0]["kind"]), (4, &Value::from("STEP_KIND_STANDARD")));

    let recompute = ["recompute", "210900", "--from", "2024-12", "--to", "2025-01"];
    assert_eq!(demo.does(&recompute), "已登记重新评估：1个县，共1个县月\n");
    let json = demo.does_json(&recompute);
    assert_eq!((&json["countyCount"], &json["monthCount"]), (&Value::from(1), &Value::from(1)));

    let register = ["standards", "register", document.as_str()];
    let told = demo.does(&register);
    assert!(told.starts_with("已登记（") && told.contains("扩展 national-quality-2017"), "{told}");
    assert_eq!(demo.does_json(&register)["standard"]["name"], format!("standards/{STANDARD}"));

    let set = ["standards", "in-force", "set", "210000", STANDARD, "--from", "2025-01"];
    assert_eq!(demo.does(&set), format!("已施行：210000 自2025-01起适用 {STANDARD}\n"));
    assert_eq!(demo.does_json(&set)["inForce"]["fromMonth"], "2025-01");
    let list = ["standards", "in-force", "list", "210922", "--month", "2025-01"];
    let told = demo.does(&list);
    assert!(told.starts_with(&format!("210922 2025-01 适用：{STANDARD}\n")) && told.contains("长期"), "{told}");
    assert_eq!(demo.does_json(&list)["standards"][0], format!("standards/{STANDARD}"));

    let explain = ["explain", "210922", "government/G7", "--month", "2024-12", "--standard", STANDARD];
    assert!(demo.does(&explain).contains("8000"));
    assert_eq!(demo.does_json(&explain)["standard"], format!("standards/{STANDARD}"));
    let attribute = ["attribute", "210922", "--month", "2024-12", "--stage", "primary", "--indicator", "L4"];
    assert!(demo.does(&attribute).contains("小学L4"));
    assert!(demo.does_json(&attribute).is_object());
}

#[test]
fn months_in_the_wrong_order_are_wrong_usage_and_ask_nobody() {
    for command in [&["recompute", "210922"][..], &["standards", "in-force", "set", "210000", "some-standard"]] {
        let output = Command::new(env!("CARGO_BIN_EXE_junheng"))
            .args(command)
            .args(["--from", "2025-02", "--to", "2025-01", "--server", "http://127.0.0.1:9"])
            .output()
            .unwrap();

        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0), "{told}");
        assert!(told.contains("--to（2025-01）不能早于 --from（2025-02）"), "{told}");
    }
}

#[test]
fn a_county_that_the_basic_standard_is_in_force_for_gets_its_report() {
    let demo = Demo::start();
    let standard = "national-basic-2012";
    let asked = ["--standard", standard, "--format", "md"];
    let before = demo.ask("report", &asked);

    demo.does(&["standards", "in-force", "set", "210922", standard, "--from", "2024-01"]);
    let started = Instant::now();
    let report = loop {
        let (good, text) = demo.ask("report", &asked);
        if good {
            break text;
        }
        assert!(started.elapsed() < Duration::from_secs(30), "{text}");
        sleep(Duration::from_millis(50));
    };

    let advice = "junheng standards in-force set 210922 national-basic-2012 --from 2024-12";
    assert!(!before.0 && before.1.contains(advice), "{}", before.1);
    for text in ["彰武县义务教育基本均衡发展自查报告", "综合差异系数", "限值为0.65，因数据不完整待定"]
    {
        assert!(report.contains(text), "{text} in {report}");
    }
    assert!(!report.contains("综合达标") && !report.contains("优质均衡"), "{report}");
}

#[test]
fn who_reported_until_when_and_what_changed() {
    let demo = Demo::start();
    let ask = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_junheng"));
        let output = command.args(arguments).args(["--server", &demo.ingest]).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };

    let status = ask(&["status", "210900", "--month", "2024-12"]);
    let none = ask(&["status", "全国", "--month", "2025-01"]);
    let early = ask(&["status", "全国", "--month", "2019-10"]);
    let set = ask(&["calendar", "210900", "--due-day", "5", "--from", "2024-12"]);
    let held = ask(&["calendar", "210922", "--month", "2024-12"]);
    let changes = ask(&["changes", "210900"]);
    let token = changes.lines().last().unwrap().strip_prefix("标记  ").unwrap();
    let later = ask(&["changes", "210900", "--since", token]);

    assert!(status.contains("应报1个县，已接收1个（完整率100.00%），其中按时0个（及时率0.00%）"), "{status}");
    assert!(none.contains("逾期未报的县") && none.contains("缺报") && none.contains("2025-02-15"), "{none}");
    assert!(early.contains("应报0个县，已接收0个（完整率—）") && early.contains("个县报送义务尚未开始"), "{early}");
    assert!(!early.contains("逾期未报的县"), "{early}");
    assert_eq!(set, "已设置：210900 自2024-12的数据起，于次月5日截止\n");
    assert!(held.starts_with("210922 2024-12 的数据截止到2025-01-05（次月5日；由 210900 自2024-12起设置）"), "{held}");
    assert!(changes.contains("接收  regions/210922/submissions/2024-12.1  第1版"), "{changes}");
    assert_eq!(later.lines().count(), 1, "{later}");
}

#[test]
fn a_report_is_drafted_issued_listed_and_got_again() {
    let demo = Demo::start();
    let ask = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_junheng"));
        let output = command.args(arguments).args(["--server", &demo.reporting]).current_dir(&demo.folder).output();
        let output = output.unwrap();
        let told = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success(), "{arguments:?}: {told}");
        (String::from_utf8(output.stdout).unwrap(), told)
    };
    let month = ["210922", "--month", "2024-12"];

    let (report, told) = ask(&[&["report"][..], &month, &["-o", "申报表.xlsx", "--json"]].concat());
    assert_eq!(told, "报告已写入 申报表.xlsx（草稿，未签发）\n");
    let report: serde_json::Value = serde_json::from_str(&report).unwrap();
    let digest = report["inputsDigest"].as_str().unwrap().to_owned();
    assert!(digest.len() == 64 && report.get("content").is_none(), "{report}");
    let (issued, _) = ask(&[&["reports", "issue"][..], &month, &["--format", "xlsx", "--inputs", &digest]].concat());
    let (listed, _) = ask(&[&["reports", "list"][..], &month].concat());
    let (_, got) = ask(&["reports", "get", "regions/210922/reports/1", "-o", "签发.xlsx"]);
    let (_, statistics) = ask(&[&["statistics"][..], &month].concat());

    assert!(issued.starts_with("regions/210922/reports/1 已签发（"), "{issued}");
    assert!(listed.contains("彰武县-2024-12-优质均衡发展申报表.xlsx") && listed.contains("anonymous"), "{listed}");
    assert!(got.contains(issued.trim().rsplit(' ').next().unwrap()), "{got}");
    assert!(statistics.starts_with("统计报表已写入 彰武县-2024-12-统计报表.xlsx"), "{statistics}");
    for name in ["申报表.xlsx", "签发.xlsx", "彰武县-2024-12-统计报表.xlsx"] {
        assert!(std::fs::read(demo.folder.path().join(name)).unwrap().starts_with(b"PK"), "{name}");
    }
}
