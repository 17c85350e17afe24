//! A faulty standard: every fault is told at once, with its line.

#![expect(clippy::unwrap_used, reason = "a test ends at its first fault")]

use junheng_domain::standard::{Standard, StandardFault};

fn national() -> &'static str {
    &Standard::national().unwrap()[0].document
}

#[test]
fn every_fault_of_a_document_is_told_with_its_line() {
    let broken = [
        ("floor = 0.85", "floor = \"viel\"", "resources：floor“viel”须为普通的十进制数"),
        (
            "amount = \"multimedia_rooms\"",
            "amount = \"multimedia_room\"",
            "indicators/L7：amount 中没有可用的要素“multimedia_room”",
        ),
        (
            "operand = \"basic_recognised_on\"",
            "operand = \"recognised\"",
            "items/P1/tests/0：operand 的“recognised”不是该项的要素",
        ),
        ("years = 3", "yaers = 3", "items/P1/tests/0：没有“yaers”这个字段；可用的字段："),
        ("part = \"vetoes\"", "part = \"veto\"", "items/V1：没有“veto”这个部分"),
        (
            "kind = \"monitoring\"",
            "kind = \"monitor\"",
            "items/Q9/tests/0：kind 不能是“monitor”，可以是：declaration、",
        ),
        (
            "kind = \"date\"",
            "kind = \"day\"",
            "items/P1/operands/basic_recognised_on：kind 不能是“day”，可以是：count、amount、",
        ),
    ];
    let mut document = national().to_owned();
    for (from, to, _) in &broken {
        document = document.replacen(from, to, 1);
    }

    let faults = Standard::load(&document).unwrap_err().0;

    for (_, written, told) in &broken {
        let line = document.lines().position(|line| line == *written).unwrap() + 1;
        let told = format!("第{line}行 {told}");
        assert!(faults.iter().any(|fault| fault.to_string().starts_with(&told)), "{told} in {faults:#?}");
    }
    let tests = document.lines().take_while(|line| *line != "yaers = 3").count();
    let header = tests
        - document
            .lines()
            .take(tests)
            .collect::<Vec<_>>()
            .iter()
            .rev()
            .position(|line| *line == "[[items.tests]]")
            .unwrap();
    let missing = StandardFault {
        base: None,
        line: u32::try_from(header).unwrap(),
        path: "items/P1/tests/0".into(),
        reason: "缺少 years".into(),
    };
    assert!(faults.contains(&missing), "{missing} in {faults:#?}");
    assert_eq!(faults.len(), broken.len() + 1, "{faults:#?}");
}

#[test]
fn every_place_that_is_no_toml_is_told_with_its_line() {
    let document = national().replacen("factor = 100", "factor = ", 1).replacen("years = 3", "years 3", 1);

    let faults = Standard::load(&document).unwrap_err().0;

    let line = |text: &str| u32::try_from(document.lines().position(|line| line == text).unwrap() + 1).unwrap();
    let lines: Vec<_> = faults.iter().map(|fault| fault.line).collect();
    assert!(lines.contains(&line("factor = ")) && lines.contains(&line("years 3")), "{faults:#?}");
    assert!(faults.iter().all(|fault| fault.reason.starts_with("不是有效的 TOML：")), "{faults:#?}");
}
