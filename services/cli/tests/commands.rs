//! `junheng explain`, `attribute` and `report`, asked of the services that `junheng demo --serve` runs.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    io::{BufRead as _, BufReader, Lines},
    process::{Child, ChildStdout, Command, Stdio},
};

use serde_json::Value;

/// The demo's services; ended when dropped.
struct Demo {
    child: Child,
    evaluation: String,
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
        let address = |line: String| Some(line.split_once("评估服务  ")?.1.trim().to_owned());
        let evaluation = output.by_ref().map(Result::unwrap).find_map(address).unwrap();
        Self { child, evaluation, _output: output, _folder: folder }
    }

    /// Runs a command about the packaged county, and returns what it prints.
    fn ask(&self, command: &str, further: &[&str]) -> (bool, String) {
        let output = Command::new(env!("CARGO_BIN_EXE_junheng"))
            .args([command, "210922", "--month", "2024-12", "--server", &self.evaluation])
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
