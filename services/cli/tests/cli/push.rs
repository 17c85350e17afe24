//! Reporting from the command line: a month is held, acknowledged, corrected, looked at and withdrawn.

use std::{fs, path::PathBuf, process::Command};

use crate::served::Demo;

impl Demo {
    /// Runs a command, and returns its exit code with what it tells: results, then everything else.
    fn run(&self, arguments: &[&str]) -> (Option<i32>, String) {
        let output =
            Command::new(env!("CARGO_BIN_EXE_junheng")).args(arguments).args(["--server", &self.ingest]).output();
        let output = output.unwrap();
        let told = [output.stdout, output.stderr].concat();
        (output.status.code(), String::from_utf8(told).unwrap())
    }

    /// Runs a command that must succeed.
    fn reports(&self, arguments: &[&str]) -> String {
        let (code, told) = self.run(arguments);
        assert_eq!(code, Some(0), "{arguments:?}: {told}");
        told
    }

    /// The packaged schools, as many rows of them as wanted, in a file of their own.
    fn schools(&self, name: &str, wanted: impl Fn(usize) -> bool) -> String {
        let packaged = fs::read_to_string(self.folder.path().join("210922-2024-12-学校.csv")).unwrap();
        let rows: Vec<&str> =
            packaged.lines().enumerate().filter(|(row, _)| *row == 0 || wanted(*row)).map(|(_, row)| row).collect();
        let path: PathBuf = self.folder.path().join(name);
        fs::write(&path, rows.join("\n")).unwrap();
        path.to_str().unwrap().to_owned()
    }
}

#[test]
fn a_month_is_held_acknowledged_corrected_and_withdrawn() {
    let demo = Demo::start();
    let incomplete = demo.schools("incomplete.csv", |row| row != 1);
    let one = demo.schools("one.csv", |row| row == 1);
    let month = |file: &str, month: &'static str| {
        vec!["push".into(), file.to_owned(), "--county".into(), "210922".into(), "--month".into(), month.into()]
    };
    let push = |file: &str, of: &'static str, further: &[&str]| {
        let arguments = month(file, of);
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).chain(further.iter().copied()).collect();
        demo.run(&arguments)
    };

    let (code, held) = push(&incomplete, "2025-01", &[]);
    let advised = "junheng acknowledge regions/210922/submissions/2025-01.1 --acknowledge 'school_vanished=理由'";
    assert!(code == Some(1) && held.contains(advised), "{held}");
    let (code, checked) = push(&incomplete, "2025-01", &["--validate-only"]);
    assert!(
        code == Some(1) && checked.contains("--acknowledge") && !checked.contains("junheng acknowledge"),
        "{checked}"
    );

    let given = ["--acknowledge", "item_stale=没有", "--acknowledge", "school_vanished=停办，手续办理中"];
    let accepted = demo.reports(&[&["acknowledge", "regions/210922/submissions/2025-01.1"], given.as_slice()].concat());
    assert!(accepted.contains("已接收 regions/210922/submissions/2025-01.1，第1版"), "{accepted}");
    assert!(accepted.contains("没有这样的警告：item_stale"), "{accepted}");
    assert!(accepted.contains("警告均已确认") && !accepted.contains("发现"), "{accepted}");
    let facts = demo.reports(&["facts", "210922", "2025-01"]);
    assert!(facts.contains("确认 school_vanished：停办，手续办理中"), "{facts}");
    assert!(facts.contains("学校29所") && facts.contains("2024-12"), "{facts}");

    let same = ["--merge", "--base-revision", "1", "--acknowledge", "month_repeated=与上月相同，已核实"];
    let (code, merged) = push(&one, "2025-01", &same);
    assert!(code == Some(0) && merged.contains("第2版：学校30所"), "{merged}");
    let (code, conflict) = push(&one, "2025-01", &["--merge", "--base-revision", "1"]);
    assert!(code == Some(1) && conflict.contains("REVISION_CONFLICT"), "{conflict}");
    assert!(conflict.contains("该月的最新版本不是所给的版本，本次未写入；请先查看最新版本"), "{conflict}");
    assert!(conflict.contains("现行版本号：2"), "{conflict}");
    let (code, all) = push(&incomplete, "2025-02", &["--acknowledge-all", "均已核实"]);
    assert!(code == Some(0) && all.contains("已接收"), "{all}");

    let withdrawn = demo.reports(&["withdraw", "210922", "2025-01", "--reason", "误报"]);
    assert!(withdrawn.contains("第3版"), "{withdrawn}");
    let listed = demo.reports(&["submissions", "210922", "--month", "2025-01"]);
    let rows: Vec<_> = listed.lines().skip(1).map(|line| line.split_whitespace().collect::<Vec<_>>()).collect();
    assert_eq!(rows.len(), 3, "{listed}");
    assert_eq!(rows[0][..3], ["regions/210922/submissions/2025-01.3", "撤回", "3"], "{listed}");
    assert_eq!((rows[2][1], rows[2][2], rows[2].len()), ("已接收", "1", 6), "{listed}");
    let shown = demo.reports(&["submissions", "show", "regions/210922/submissions/2025-01.3"]);
    assert!(shown.contains("撤回的理由：误报"), "{shown}");
    let shown = demo.reports(&["submissions", "show", "regions/210922/submissions/2025-01.1"]);
    assert!(shown.contains("确认 school_vanished：停办") && shown.contains("警告 school_vanished（"), "{shown}");
    let stands = demo.reports(&["status", "210922", "--month", "2025-01"]);
    assert!(stands.contains("该县") && stands.contains("（已撤回）"), "{stands}");
    let (code, none) = demo.run(&["facts", "210922", "2025-01"]);
    assert!(code == Some(1) && none.contains("已撤回"), "{none}");
    let (code, none) = demo.run(&["acknowledge", "regions/210922/submissions/2025-01.1"]);
    assert!(code == Some(2) && none.contains("--acknowledge-all"), "{none}");
}

#[test]
fn a_correction_takes_out_what_it_names() {
    let demo = Demo::start();
    let of = ["push", "--county", "210922", "--month", "2024-12"];
    let push = |further: &[&str]| demo.run(&[&of, further].concat());
    let out = ["--clear", "3121000001.multimedia_rooms", "--remove-item", "G1.declared_met"];

    let (code, told) = push(
        &[&["--merge", "--remove-school", "3121000004", "--acknowledge-all", "该校数据有误，待重报"], out.as_slice()]
            .concat(),
    );

    assert!(code == Some(0) && told.contains("第2版：学校29所，县级指标要素42个"), "{told}");
    let facts: serde_json::Value =
        serde_json::from_str(&demo.reports(&["facts", "210922", "2024-12", "--json"])).unwrap();
    let schools = facts["schools"].as_array().unwrap();
    let school = |code: &str| schools.iter().find(|school| school["schoolCode"] == code);
    assert!(school("3121000004").is_none());
    let cleared = school("3121000001").unwrap();
    assert_eq!((cleared.get("multimediaRooms"), cleared["pupilsPrimary"].as_u64()), (None, Some(180)));

    // Without anything to take out, without a correction, and of what is no element.
    for further in [&["--merge"][..], &out, &["--merge", "--clear", "3121000001.canteens"]] {
        let (code, told) = push(further);
        assert_eq!(code, Some(2), "{further:?}: {told}");
    }
}
