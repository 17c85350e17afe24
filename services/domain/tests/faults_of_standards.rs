//! A faulty standard: every fault is told at once, with its line.

#![expect(clippy::unwrap_used, reason = "a test ends at its first fault")]

use junheng_domain::standard::{NATIONAL_DEFAULT, Standard, StandardFault};

fn national() -> &'static str {
    let standards = Standard::national().unwrap();
    &standards.iter().find(|standard| standard.id == NATIONAL_DEFAULT).unwrap().document
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

#[test]
fn a_document_of_any_size_is_answered_soon() {
    let operand = |number: usize| {
        format!("{{ id = \"o{number}\", kind = \"count\", title = \"甲\", part_of = \"o{}\" }},", number + 1)
    };
    let of = |count: usize| {
        let operands: String = (0..count).map(operand).collect();
        format!("id = \"many\"\nextends = \"national-quality-2017\"\n[[items]]\nid = \"G1\"\noperands = [{operands}]\n")
    };
    let begun = std::time::Instant::now();

    let circle = Standard::load(&of(999).replace("part_of = \"o999\"", "part_of = \"o0\"")).unwrap_err().0;
    let too_many = Standard::load(&of(4000)).unwrap_err().0;

    let told = circle.iter().filter(|fault| fault.reason == "part_of 绕回了自身").count();
    assert!(told > 100 && circle.len() == 201, "{told} of {}", circle.len());
    assert!(
        too_many.iter().any(|fault| fault.path == "items/G1" && fault.reason == "operands 最多1000项"),
        "{too_many:?}"
    );
    assert!(begun.elapsed() < std::time::Duration::from_secs(10), "{:?}", begun.elapsed());
}

#[test]
fn whatever_is_written_where_something_else_belongs_is_a_fault() {
    let head = "id = \"over\"\nextends = \"national-quality-2017\"\ntitle = \"甲\"\nact = \"乙\"\nissued_on = \"2025-01-01\"\n";
    for (written, told) in [
        ("valid_to = 2025-02-30", "不是有效的 TOML"),
        ("valid_to = \"2025\"", "valid_to “2025”须为日期，如 2017-04-19"),
        ("valid_from = \"2025-02-01\"\nvalid_to = \"2025-01-31\"", "valid_to 早于 valid_from"),
        ("items_valid_months = 13", "items_valid_months 不能大于12"),
        ("items_valid_months = -1", "items_valid_months 须为不小于零的整数"),
        ("weighting = \"none\"", "weighting 不能是“none”，可以是：pupil-weighted、unweighted"),
        ("weighting = 1", "weighting 须为文本"),
        ("items = 1", "items 须为列表"),
        ("items = [1]", "缺少 id"),
        ("units = [{ school_type = \"999\", stages = [\"primary\"] }]", "school_type “999”不是办学类型代码"),
        ("units = [{ school_type = \"211\", weights = { middle = 1 } }]", "weights 没有学段“middle”"),
        ("[resources]\nfloor = 0.1234567", "floor“0.1234567”最多六位小数"),
        ("[resources]\nreach_at_least = 8", "reach_at_least 大于指标个数7"),
        ("[[resources.indicators]]\nid = \"L4\"\nthreshold = 5", "threshold 须按学段书写"),
        ("[[resources.indicators]]\nid = \"L4\"\nthreshold = { senior = 5 }", "threshold 没有学段“senior”"),
        ("[[resources.indicators]]\nid = \"L4\"\nsplit = \"yes\"", "split 须为 true 或 false"),
        ("[[items]]\nid = \"G1\"\nsource = \"\"", "source 不能为空：每条规则都须注明出处"),
        ("[[items]]\nid = \"G1 \"", "id 须为 1 至 64 个字母、数字"),
        ("extends = \"x\"", "不是有效的 TOML"),
    ] {
        let faults = Standard::load(&format!("{head}{written}\n")).unwrap_err().0;
        assert!(
            faults.iter().any(|fault| fault.reason.contains(told) && fault.base.is_none()),
            "{written}: {faults:#?}"
        );
    }
    assert!(Standard::load(&format!("{head}valid_from = 2025-01-01\n")).is_ok(), "a date needs no quotes");
}

#[test]
fn whatever_line_is_missing_or_garbled_no_fault_goes_untold() {
    let lines: Vec<&str> = national().lines().collect();
    for (index, line) in lines.iter().enumerate().step_by(3) {
        let values = ["[[]]", "{}", "\"\"", "true", "-1", "\"甲\"", "[\"x\"]"];
        // Each in two ways, each kind of line in all.
        let value = values[index % values.len()];
        let garbled = line.split_once(" = ").map(|(key, _)| format!("{key} = {value}"));
        for other in [String::new(), garbled.unwrap_or_else(|| "[[".to_owned())] {
            let mut document = lines.clone();
            document[index] = &other;

            let loaded = Standard::load(&document.join("\n"));

            if let Err(faults) = loaded {
                assert!(!faults.0.is_empty(), "line {}: {line} → {other}", index + 1);
                let known =
                    |fault: &StandardFault| (1..=lines.len() + 1).contains(&usize::try_from(fault.line).unwrap());
                assert!(faults.0.iter().all(known), "{faults}");
            }
        }
    }
}

#[test]
fn a_document_of_nothing_but_faults_is_refused_in_short() {
    let started = "=\n".repeat(100_000);

    let faults = Standard::load(&started).unwrap_err().0;

    assert_eq!(faults.len(), 201, "two hundred, and that there are more");
}
