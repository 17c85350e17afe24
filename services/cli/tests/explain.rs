//! `junheng explain`, `attribute` and `report`, asked of the services that `junheng demo --serve` runs.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    io::{BufRead as _, BufReader, Lines},
    process::{Child, ChildStdout, Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use serde_json::Value;

/// The demo's services; ended when dropped.
struct Demo {
    child: Child,
    evaluation: String,
    reporting: String,
    /// Not closed, as the demo still writes.
    _output: Lines<BufReader<ChildStdout>>,
    _folder: tempfile::TempDir,
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Demo {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_junheng"))
            .args(["demo", "--serve", "--output"])
            .arg(folder.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut address = |service: &str| {
            let found = |line: String| Some(line.split_once(service)?.1.trim().to_owned());
            output.by_ref().map(Result::unwrap).find_map(found).unwrap()
        };
        let (evaluation, reporting) = (address("评估服务  "), address("报告服务  "));
        Self { child, evaluation, reporting, _output: output, _folder: folder }
    }

    /// Runs a command about the packaged county, and returns what it prints.
    fn ask(&self, command: &str, further: &[&str]) -> (bool, String) {
        let server = if command == "report" { &self.reporting } else { &self.evaluation };
        Self::run(&[&[command, "210922", "--month", "2024-12", "--server", server], further].concat())
    }

    fn run(arguments: &[&str]) -> (bool, String) {
        let output = Command::new(env!("CARGO_BIN_EXE_junheng")).args(arguments).output().unwrap();
        let text = if output.status.success() { output.stdout } else { output.stderr };
        (output.status.success(), String::from_utf8(text).unwrap())
    }

    fn told(&self, command: &str, further: &[&str]) -> String {
        let (good, text) = self.ask(command, further);
        assert!(good, "{text}");
        text
    }
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
fn a_county_that_the_basic_standard_is_in_force_for_gets_its_report() {
    let demo = Demo::start();
    let standard = "national-basic-2012";
    let asked = ["--standard", standard, "--format", "md"];
    let before = demo.ask("report", &asked);

    let set = ["standards", "in-force", "set", "210922", standard, "--from", "2024-01", "--server", &demo.evaluation];
    let (set, told) = Demo::run(&set);
    let started = Instant::now();
    let report = loop {
        let (good, text) = demo.ask("report", &asked);
        if good {
            break text;
        }
        assert!(started.elapsed() < Duration::from_secs(30), "{text}");
        sleep(Duration::from_millis(50));
    };

    assert!(!before.0 && before.1.contains("不是现行标准"), "{}", before.1);
    assert!(set, "{told}");
    for text in ["彰武县义务教育基本均衡发展自查报告", "综合差异系数", "限值为0.65，因数据不完整待定"]
    {
        assert!(report.contains(text), "{text} in {report}");
    }
    assert!(!report.contains("综合达标") && !report.contains("优质均衡"), "{report}");
}
