//! Overlays: what they say otherwise, what they take from the base, and the lines of their faults.

#![expect(clippy::unwrap_used, reason = "a test ends at its first fault")]

use junheng_domain::{
    checks::{ItemRow, check_items},
    criteria::{Criterion, variation_limit::Weighting},
    facts::{CountyItem, ItemValue},
    quantity::Quantity,
    school::{SchoolType, Stage},
    standard::{Change, NATIONAL_DEFAULT, Standard, StandardFault},
};

const LIAONING: &str = include_str!("../../../tests/data/standards/liaoning-quality-example.toml");
const UNWEIGHTED: &str = include_str!("../../../tests/data/standards/unweighted-quality-example.toml");
const GUANGXI: &str = include_str!("../../../tests/data/standards/guangxi-basic-example.toml");

/// What every overlay says of itself.
const HEAD: &str =
    "id = \"over\"\nextends = \"national-quality-2017\"\ntitle = \"甲\"\nact = \"乙\"\nissued_on = \"2025-01-01\"\n";

fn national() -> &'static Standard {
    Standard::national().unwrap().iter().find(|standard| standard.id == NATIONAL_DEFAULT).unwrap()
}

fn over(differences: &str) -> Standard {
    Standard::load(&format!("{HEAD}{differences}")).unwrap_or_else(|faults| panic!("{faults}"))
}

fn faults(differences: &str) -> Vec<StandardFault> {
    Standard::load(&format!("{HEAD}{differences}")).unwrap_err().0
}

/// A fault of the document itself, on a line after those of [`HEAD`].
fn fault(line: u32, path: &str, reason: &str) -> StandardFault {
    StandardFault { base: None, line: line + 5, path: path.to_owned(), reason: reason.to_owned() }
}

fn threshold(standard: &Standard, id: &str, stage: Stage) -> String {
    let indicator = standard.resources.indicators.iter().find(|indicator| indicator.id == id).unwrap();
    indicator.stages[&stage].threshold.unwrap().to_string()
}

fn ids(standard: &Standard) -> Vec<&str> {
    standard.items.iter().map(|item| item.id.as_str()).collect()
}

#[test]
fn a_provinces_overlay_states_only_its_differences() {
    let standard = Standard::load(LIAONING).unwrap();

    assert_eq!(standard.extends.as_deref(), Some(NATIONAL_DEFAULT));
    assert_eq!((standard.id.as_str(), standard.document.as_str()), ("liaoning-quality-example", LIAONING));
    assert_eq!(standard.issued_on.to_string(), "2025-01-01");
    assert_eq!(standard.items.len(), national().items.len() + 1);
    assert_eq!(standard.items.last().unwrap().id, "V7");
    let (ours, theirs) = (standard.item("G7").unwrap(), national().item("G7").unwrap());
    assert_eq!((ours.operands.len(), ours.tests.len()), (theirs.operands.len(), 1));
    let Criterion::Ratio(ratio) = &ours.tests[0].criterion else { panic!("{ours:?}") };
    assert_eq!(ratio.at_least, Quantity::whole(8000).unwrap());
    for stage in Stage::COMPULSORY {
        for indicator in &national().resources.indicators {
            assert_eq!(threshold(&standard, &indicator.id, stage), threshold(national(), &indicator.id, stage));
        }
    }
    assert_eq!(standard.weighting, national().weighting);
}

#[test]
fn an_overlay_may_change_nothing_but_the_weighting() {
    let standard = Standard::load(UNWEIGHTED).unwrap();

    assert_eq!(standard.weighting, Weighting::Unweighted);
    assert_eq!(ids(&standard), ids(national()));
}

#[test]
fn a_region_may_score_one_item_more_of_the_basic_standard() {
    let standard = Standard::load_with(GUANGXI, &|id| (id == "national-basic-2012").then(basic)).unwrap();

    let item = standard.item("B2").unwrap();
    assert_eq!(item.operands.len(), 19);
    let Criterion::Score(score) = &item.tests[0].criterion else { panic!("{item:?}") };
    assert_eq!(score.points.len(), 18);
    assert_eq!(score.points.last().map(String::as_str), Some("region_item_18"));
}

/// A small standard with the 17 points that Guangxi's form builds on.
fn basic() -> String {
    let points: Vec<&str> = GUANGXI
        .lines()
        .filter_map(|line| line.trim().strip_prefix('"')?.strip_suffix("\","))
        .filter(|id| *id != "region_item_18")
        .collect();
    assert_eq!(points.len(), 17);
    let operands: Vec<_> = std::iter::once("score_total")
        .chain(points.iter().copied())
        .map(|id| format!("[[items.operands]]\nid = \"{id}\"\nkind = \"score\"\ntitle = \"分\"\n"))
        .collect();
    format!(
        "id = \"national-basic-2012\"\ntitle = \"甲\"\nact = \"乙\"\nissued_on = \"2012-01-20\"\nweighting = \"pupil-weighted\"\n\
         items_valid_months = 12\nunits = []\n[[parts]]\nid = \"government\"\ntitle = \"丙\"\nsource = \"丁\"\n\
         [resources]\npart = \"government\"\nrule = \"戊\"\nsource = \"己\"\nindicators = []\n\
         [[items]]\nid = \"B2\"\npart = \"government\"\ntitle = \"庚\"\nsource = \"辛\"\n{}\
         [[items.tests]]\nkind = \"score\"\ntotal = \"score_total\"\npoints = {points:?}\nat_least = 85\nrule = \"壬\"\n",
        operands.concat()
    )
}

#[test]
fn tables_merge_scalars_replace_and_entries_merge_by_their_key() {
    let standard = over(
        "[resources]\nfloor = 0.9\n[[resources.indicators]]\nid = \"L4\"\nthreshold = { primary = 5 }\n\
         [[units]]\nschool_type = \"218\"\nmin_pupils = 30\n\
         [[items]]\nid = \"S1\"\n[[items.operands]]\nid = \"visited\"\ntitle = \"走访人数\"\n",
    );

    assert_eq!(threshold(&standard, "L4", Stage::Primary), "5");
    assert_eq!(threshold(&standard, "L4", Stage::Junior), threshold(national(), "L4", Stage::Junior));
    assert_eq!(standard.resources.indicators.len(), 7);
    let attainment = standard.resources.attainment.as_ref().unwrap();
    assert_eq!((attainment.reach_at_least, attainment.floor.to_string().as_str()), (6, "0.9"));
    let rule = standard.unit_rule("218".parse::<SchoolType>().unwrap()).unwrap();
    assert_eq!((rule.stages.as_slice(), rule.min_pupils), ([Stage::Primary].as_slice(), Quantity::whole(30)));
    let item = standard.item("S1").unwrap();
    assert_eq!(item.operand_rule("visited").unwrap().title, "走访人数");
    assert_eq!(item.tests.len(), national().item("S1").unwrap().tests.len(), "tests that are not stated stay");
}

#[test]
fn tests_are_replaced_as_a_whole() {
    let standard = over(
        "[[items]]\nid = \"S1\"\n[[items.tests]]\nkind = \"ratio\"\namount = \"visited_satisfied\"\ndivisor = \"visited\"\n\
         at_least = 0.9\nrule = \"走访满意度不低于90%\"\n",
    );

    assert_eq!(standard.item("S1").unwrap().tests.len(), 1);
}

#[test]
fn an_entry_is_removed_by_its_key() {
    let standard = over("[[items]]\nid = \"Q3\"\nremove = true\n[[units]]\nschool_type = \"218\"\nremove = true\n");

    let mut left = ids(national());
    left.retain(|id| *id != "Q3");
    assert_eq!(ids(&standard), left);
    assert_eq!(standard.units.len(), national().units.len() - 1);
}

#[test]
fn a_chinese_text_that_is_replaced_takes_its_translation_along() {
    let base = format!("{HEAD}[[items]]\nid = \"G7\"\ntitle_en = \"Special education\"\n");
    let upon = |rest: &str| {
        let document = format!(
            "{}[[items]]\nid = \"G7\"\n{rest}",
            HEAD.replace("\"over\"", "\"upon\"").replace(NATIONAL_DEFAULT, "over")
        );
        let standard = Standard::load_with(&document, &|id| (id == "over").then(|| base.clone())).unwrap();
        standard.item("G7").unwrap().title_en.clone()
    };

    assert_eq!(upon("source = \"子\"\n"), "Special education");
    assert_eq!(upon("title = \"特教\"\n"), "");
    assert_eq!(upon("title = \"特教\"\ntitle_en = \"Special\"\n"), "Special");
}

#[test]
fn every_fault_of_an_overlay_is_told_with_its_own_line() {
    let found = faults(
        "[[items]]\nid = \"G7\"\ntests = []\n[[items]]\nid = \"X1\"\nremove = true\n[[items]]\nid = \"G1\"\nremove = true\ntitle = \"甲\"\n\
         [[items]]\nid = \"V7\"\npart = \"vetos\"\n[[items]]\ntitle = \"乙\"\n[[items]]\nid = \"G7\"\n",
    );

    assert_eq!(
        found,
        [
            fault(3, "items/G7", "tests 不能为空"),
            fault(4, "items/X1", "所扩展的标准没有此项，无从去掉"),
            fault(9, "items/G1", "remove 只能是 true，且只与 id 同写"),
            fault(11, "items/V7", "缺少 title"),
            fault(11, "items/V7", "缺少 source"),
            fault(11, "items/V7", "缺少 tests"),
            fault(13, "items/V7", "没有“vetos”这个部分"),
            fault(14, "items", "缺少 id，不知是哪一项"),
            fault(16, "items/G7", "重复，第6行已有"),
        ]
    );
}

#[test]
fn a_fault_that_stands_in_the_base_names_the_base_and_its_line() {
    let found = faults("[[parts]]\nid = \"recognition\"\nremove = true\n");

    let line = national().document.lines().position(|line| line == "part = \"recognition\"").unwrap() + 1;
    let told = StandardFault {
        base: Some(NATIONAL_DEFAULT.to_owned()),
        line: u32::try_from(line).unwrap(),
        path: "items/S1".to_owned(),
        reason: "没有“recognition”这个部分".to_owned(),
    };
    assert_eq!(found, std::slice::from_ref(&told));
    assert_eq!(told.to_string(), format!("基础标准 {NATIONAL_DEFAULT} 第{line}行 items/S1：没有“recognition”这个部分"));
}

#[test]
fn what_a_standard_says_of_itself_is_not_taken_from_the_base() {
    let found = Standard::load("extends = \"national-quality-2017\"\n").unwrap_err().0;

    let paths: Vec<_> = found.iter().map(|fault| (fault.line, fault.path.as_str())).collect();
    assert_eq!(paths, [(1, "id"), (1, "title"), (1, "act"), (1, "issued_on")]);
}

#[test]
fn an_overlay_lies_on_a_standard_that_is_known_and_not_on_itself() {
    let head =
        |id: &str, extends: &str| HEAD.replace("\"over\"", &format!("\"{id}\"")).replace(NATIONAL_DEFAULT, extends);
    let find = |id: &str| match id {
        "a" => Some(head("a", "b")),
        "b" => Some(head("b", "a")),
        "c1" => Some(head("c1", NATIONAL_DEFAULT)),
        "c2" => Some(head("c2", "c1")),
        "c3" => Some(head("c3", "c2")),
        _ => None,
    };
    let load = |document: &str| Standard::load_with(document, &find);
    let reason = |document: &str| load(document).unwrap_err().0[0].reason.clone();

    assert!(reason(&head("over", "nobody")).contains("没有编号为“nobody”的标准可以扩展"));
    assert!(reason(&head("over", "over")).contains("扩展到了自身"));
    assert!(reason(&head("a", "b")).contains("扩展到了自身"));
    assert!(reason(&head("over", "c3")).contains("最多4层"));
    assert_eq!(ids(&load(&head("over", "c2")).unwrap()), ids(national()));
}

#[test]
fn standards_are_compared_by_what_they_mean() {
    let same = over("[resources]\nfloor = 0.850\n[[resources.indicators]]\nid = \"L1\"\nfactor = 100.0\n");
    let differences = national().compare(&same);
    let paths: Vec<_> = differences.iter().map(|difference| difference.path.as_str()).collect();
    assert_eq!(paths, ["title", "act", "issued_on"]);

    let other = over(
        "weighting = \"unweighted\"\n[[resources.indicators]]\nid = \"L4\"\nthreshold = { primary = 5 }\n\
         [[items]]\nid = \"Q3\"\nremove = true\n[[items]]\nid = \"G1\"\ntests = [{ kind = \"declaration\", operand = \"declared_met\", rule = \"新\" }]\n\
         [[items]]\nid = \"V7\"\npart = \"vetoes\"\ntitle = \"培训\"\nsource = \"示例\"\noperands = [{ id = \"found\", kind = \"declaration\", title = \"培训\" }]\n\
         tests = [{ kind = \"declaration\", operand = \"found\", expected = false, rule = \"没有\" }]\n",
    );
    let differences = national().compare(&other);
    let told: Vec<_> = differences
        .iter()
        .skip(3)
        .map(|difference| (difference.path.as_str(), difference.title.as_str(), difference.change))
        .collect();
    let title = |id: &str| format!("{id} {}", national().item(id).unwrap().title);
    assert_eq!(
        told,
        [
            ("weighting", "差异系数加权方式", Change::Changed),
            ("indicators/L4/threshold/primary", "L4 生均教学及辅助用房面积：标准值（小学）", Change::Changed),
            ("items/G1/tests/0", format!("{}：判定（第1条）", title("G1")).as_str(), Change::Changed),
            ("items/Q3", title("Q3").as_str(), Change::Removed),
            ("items/V7", "V7 培训", Change::Added),
        ]
    );
    let threshold = &differences[4];
    assert_eq!((threshold.before.as_str(), threshold.after.as_str()), ("4.5", "5"));
    assert!(
        differences[5].after.starts_with("新（") && differences[5].after.contains("要素：是否达到要求"),
        "{}",
        differences[5].after
    );
    assert_eq!((differences[6].after.as_str(), differences[7].before.as_str()), ("", ""));
    let back = other.compare(national());
    assert!(back.iter().any(|difference| difference.path == "items/Q3" && difference.change == Change::Added));
}

#[test]
fn provinces_may_mean_different_things_by_one_id() {
    let with = |kind: &str, test: &str| {
        over(&format!(
            "[[items]]\nid = \"V7\"\npart = \"vetoes\"\ntitle = \"培训\"\nsource = \"示例\"\n\
             operands = [{{ id = \"found\", kind = \"{kind}\", title = \"培训\" }}]\ntests = [{{ rule = \"没有\", {test} }}]\n"
        ))
    };
    let standards = [
        with("declaration", "kind = \"declaration\", operand = \"found\", expected = false"),
        with("count", "kind = \"ratio\", amount = \"found\", divisor = \"found\", at_least = 0"),
    ];
    let rules = |value: ItemValue| {
        let item = CountyItem {
            item: "V7".to_owned(),
            operand: "found".to_owned(),
            value,
            declared_on: None,
            declared_by: String::new(),
            evidence: String::new(),
        };
        let findings = check_items(&[ItemRow { path: String::new(), item }], &standards, "2025-01".parse().unwrap());
        findings.into_iter().map(|finding| finding.rule).collect::<Vec<_>>()
    };

    assert_eq!(rules(ItemValue::Declaration(false)), [""; 0]);
    assert_eq!(rules(ItemValue::Quantity(Quantity::ZERO)), [""; 0]);
    assert_eq!(rules(ItemValue::Date("2025-01-01".parse().unwrap())), ["item_kind"]);
    assert_eq!(rules(ItemValue::Quantity(Quantity::parse("0.5").unwrap())), ["item_kind"]);
}
