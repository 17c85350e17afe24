//! Waivers: exactly on the line that they move, one smallest unit beyond it, and wherever they do not count.

#![expect(clippy::unwrap_used, reason = "tests")]

use junheng_domain::{
    code::Month,
    criteria::TestDetail,
    element::Element,
    evaluation::{Evaluation, UnitResult, evaluate},
    facts::{CountyFacts, SchoolFacts},
    missing,
    quantity::Quantity,
    school::{School, Stage},
    standard::{NATIONAL_DEFAULT, Standard},
    verdict::Verdict,
    waiver::Waiver,
};

const ALLOWING: &str = include_str!("../../../tests/data/standards/waivers-quality-example.toml");
const SCHOOL: &str = "2121000001";

fn allowing() -> Standard {
    Standard::load(ALLOWING).unwrap_or_else(|faults| panic!("{faults}"))
}

fn month(text: &str) -> Month {
    text.parse().unwrap()
}

/// A grant for January to December 2024, of an amount or of none.
fn grant(waiver: &str, quantity: Option<&str>) -> Waiver {
    Waiver {
        school: SCHOOL.parse().unwrap(),
        waiver: waiver.to_owned(),
        stage: None,
        from: month("2024-01"),
        to: Some(month("2024-12")),
        quantity: quantity.map(|number| Quantity::parse(number).unwrap()),
        granted_on: "2023-12-20".parse().unwrap(),
        granted_by: "省教育厅".to_owned(),
        evidence: "辽教函〔2023〕1号".to_owned(),
    }
}

/// A county of one school in December 2024.
fn county(school_type: &str, urban_rural_code: &str, elements: &[(&str, &str)], waivers: Vec<Waiver>) -> CountyFacts {
    let school = School {
        code: SCHOOL.parse().unwrap(),
        name: String::new(),
        school_type: school_type.parse().unwrap(),
        organiser_type: None,
        urban_rural_code: (!urban_rural_code.is_empty()).then(|| urban_rural_code.to_owned()),
        group: None,
        opened_on: None,
        closed_on: None,
    };
    let mut facts = SchoolFacts::missing(school.code.clone());
    for (id, value) in elements {
        facts.set(Element::find(id).unwrap(), Some(Quantity::parse(value).unwrap()));
    }
    CountyFacts { month: month("2024-12"), schools: vec![school], school_facts: vec![facts], items: vec![], waivers }
}

fn size(evaluation: &Evaluation<'_>) -> Verdict {
    evaluation.items.iter().find(|item| item.rule.id == "G4").unwrap().verdict
}

fn size_details(evaluation: &Evaluation<'_>) -> Vec<TestDetail> {
    evaluation.details(evaluation.items.iter().find(|item| item.rule.id == "G4").unwrap())
}

fn unit<'a>(evaluation: &'a Evaluation<'_>, stage: Stage) -> &'a UnitResult<'a> {
    &evaluation.resources.iter().find(|resources| resources.stage == stage).unwrap().units[0]
}

/// The verdict and the value of an indicator, counted from L1.
fn indicator(evaluation: &Evaluation<'_>, stage: Stage, number: usize) -> (Verdict, Option<f64>) {
    let indicator = unit(evaluation, stage).indicators[number - 1];
    (indicator.verdict.unwrap(), indicator.value())
}

#[test]
fn a_larger_school_keeps_the_waived_limit_and_one_pupil_more_does_not() {
    let standard = allowing();
    let judged = |school_type: &str, primary: &str, junior: &str, waivers: Vec<Waiver>| {
        let pupils = [("pupils_primary", primary), ("pupils_junior", junior)];
        size(&evaluate(&standard, &county(school_type, "", &pupils, waivers)))
    };
    let granted = || vec![grant("school-size", None)];

    assert_eq!(judged("211", "2000", "0", vec![]), Verdict::Met);
    assert_eq!(judged("211", "2001", "0", vec![]), Verdict::NotMet);
    assert_eq!(judged("211", "2400", "0", vec![]), Verdict::NotMet);
    assert_eq!(judged("211", "2400", "0", granted()), Verdict::Met);
    assert_eq!(judged("211", "2401", "0", granted()), Verdict::NotMet);
    assert_eq!(judged("312", "1500", "1500", vec![]), Verdict::NotMet);
    assert_eq!(judged("312", "1500", "1500", granted()), Verdict::Met);
    assert_eq!(judged("312", "1500", "1501", granted()), Verdict::NotMet);
    assert_eq!(judged("312", "2401", "0", granted()), Verdict::Met);
}

#[test]
fn a_grant_counts_from_its_first_to_its_last_month() {
    let standard = allowing();
    let judged = |at: &str, to: Option<&str>| {
        let granted = Waiver { to: to.map(month), ..grant("school-size", None) };
        let mut facts = county("211", "", &[("pupils_primary", "2400")], vec![granted]);
        facts.month = month(at);
        let evaluation = evaluate(&standard, &facts);
        assert_eq!(evaluation.waivers.is_empty(), size(&evaluation) == Verdict::NotMet);
        size(&evaluation)
    };

    assert_eq!(judged("2023-12", Some("2024-12")), Verdict::NotMet);
    assert_eq!(judged("2024-01", Some("2024-12")), Verdict::Met);
    assert_eq!(judged("2024-12", Some("2024-12")), Verdict::Met);
    assert_eq!(judged("2025-01", Some("2024-12")), Verdict::NotMet);
    assert_eq!(judged("2035-01", None), Verdict::Met);
}

#[test]
fn what_the_standard_does_not_allow_or_define_changes_nothing() {
    let national = Standard::find_national(NATIONAL_DEFAULT).unwrap().unwrap();
    let basic = Standard::find_national("national-basic-2012").unwrap().unwrap();
    let of_another = Waiver { school: "2121000002".parse().unwrap(), ..grant("school-size", None) };
    let pupils = [("pupils_primary", "2400")];
    let allowed = allowing();
    let without = county("211", "", &pupils, vec![]);
    for (standard, waiver) in [
        (&**national, grant("school-size", None)),
        (basic, grant("school-size", None)),
        (&allowed, grant("rooms-of-small-rural-schools", None)),
        (&allowed, grant("nobody", None)),
        (&allowed, of_another),
    ] {
        let with = county("211", "", &pupils, vec![waiver]);
        let (with, without) = (evaluate(standard, &with), evaluate(standard, &without));

        assert!(with.waivers.is_empty(), "{:?}", with.waivers);
        let verdicts = |evaluation: &Evaluation<'_>| -> Vec<_> {
            evaluation.items.iter().map(|item| (item.verdict, evaluation.details(item))).collect()
        };
        assert_eq!(verdicts(&with), verdicts(&without));
    }
}

#[test]
fn an_institution_that_exceeds_the_waived_limit_is_told_it() {
    let facts = county("211", "", &[("pupils_primary", "2500")], vec![grant("school-size", None)]);
    let standard = allowing();

    let evaluation = evaluate(&standard, &facts);

    let details = size_details(&evaluation);
    let [other] = &details[0].institutions.as_ref().unwrap().others[..] else { panic!("{details:?}") };
    assert_eq!((other.value, other.limit, other.gap), (Some(2500.0), Some(2400.0), Some(100.0)));
    let [applied] = evaluation.waivers[..] else { panic!("{:?}", evaluation.waivers) };
    assert_eq!((applied.rule.about(), applied.stage, applied.limit), ("G4", None, Quantity::whole(2400)));
    assert_eq!(applied.grant.evidence, "辽教函〔2023〕1号");
}

/// L3 of a primary school with so many pupils and PE and arts teachers.
fn rotating(pupils: &str, teachers: &str, code: &str, quantity: Option<&str>) -> (Verdict, Option<f64>) {
    let elements = [("pupils_primary", pupils), ("pe_arts_teachers_primary", teachers), ("teachers_primary", "9")];
    let waivers = quantity.map(|quantity| grant("rotating-teachers", Some(quantity))).into_iter().collect();
    let (standard, facts) = (allowing(), county("211", code, &elements, waivers));
    let evaluation = evaluate(&standard, &facts);
    let counted = evaluation.waivers.iter().any(|applied| applied.stage == Some(Stage::Primary));
    assert_eq!(counted, !unit(&evaluation, Stage::Primary).unit.granted.is_empty());
    indicator(&evaluation, Stage::Primary, 3)
}

#[test]
fn a_rotating_teacher_counts_in_rural_schools_of_50_to_99_pupils_only() {
    // A school of 50 pupils reaches 0.9 per hundred with 0.45 of a teacher.
    assert_eq!(rotating("99", "0", "220", None).0, Verdict::NotMet);
    assert_eq!(rotating("99", "0", "220", Some("1")).0, Verdict::Met);
    assert_eq!(rotating("50", "0", "210", Some("0.45")), (Verdict::Met, Some(0.9)));
    assert_eq!(rotating("50", "0", "210", Some("0.449999")).0, Verdict::NotMet);
    assert_eq!(rotating("49", "0", "220", Some("1")).0, Verdict::NotMet);
    assert_eq!(rotating("100", "0", "220", Some("1")).0, Verdict::NotMet);
    assert_eq!(rotating("99", "0", "121", Some("1")).0, Verdict::NotMet);
    assert_eq!(rotating("99", "0", "", Some("1")).0, Verdict::NotMet, "nobody said that it is rural");
    assert_eq!(rotating("99", "0", "220", Some("0")).0, Verdict::NotMet);
    assert_eq!(rotating("99", "0", "220", Some("-1")).0, Verdict::NotMet);
}

#[test]
fn a_teacher_of_a_school_with_two_stages_is_granted_to_one_of_them() {
    let elements = [
        ("pupils_primary", "60"),
        ("pupils_junior", "60"),
        ("pe_arts_teachers_primary", "0"),
        ("pe_arts_teachers_junior", "0"),
    ];
    let standard = allowing();
    let judged = |stage: Option<Stage>| {
        let granted = Waiver { stage, ..grant("rotating-teachers", Some("1")) };
        let facts = county("312", "220", &elements, vec![granted]);
        let evaluation = evaluate(&standard, &facts);
        Stage::COMPULSORY.map(|stage| indicator(&evaluation, stage, 3).0)
    };

    assert_eq!(judged(Some(Stage::Primary)), [Verdict::Met, Verdict::NotMet]);
    assert_eq!(judged(Some(Stage::Junior)), [Verdict::NotMet, Verdict::Met]);
    assert_eq!(judged(None), [Verdict::NotMet, Verdict::NotMet]);
}

#[test]
fn leased_venues_are_split_between_the_stages_like_those_of_the_school() {
    // W = 100 + 1.1 · 100 = 210: primary needs 750 = 1575 · 100 / 210, junior 1020 of 1947.27….
    let elements = [
        ("pupils_primary", "100"),
        ("pupils_junior", "100"),
        ("sports_ground_area_m2", "1500"),
        ("indoor_sports_area_m2", "0"),
    ];
    let standard = allowing();
    let judged = |code: &str, area: Option<&str>| {
        let waivers = area.map(|area| grant("leased-venues", Some(area))).into_iter().collect();
        let facts = county("312", code, &elements, waivers);
        let evaluation = evaluate(&standard, &facts);
        Stage::COMPULSORY.map(|stage| indicator(&evaluation, stage, 5).0)
    };

    assert_eq!(judged("111", None), [Verdict::NotMet, Verdict::NotMet]);
    assert_eq!(judged("111", Some("75")), [Verdict::Met, Verdict::NotMet]);
    assert_eq!(judged("111", Some("74.99")), [Verdict::NotMet, Verdict::NotMet]);
    assert_eq!(judged("111", Some("447.28")), [Verdict::Met, Verdict::Met]);
    assert_eq!(judged("112", Some("447.28")), [Verdict::NotMet, Verdict::NotMet]);
}

#[test]
fn what_is_reported_already_is_only_shown() {
    let rooms = [
        ("pupils_primary", "500"),
        ("classes_primary", "12"),
        ("music_rooms_qualified", "0"),
        ("art_rooms_qualified", "1"),
    ];
    let standard = allowing();
    let facts = county("211", "", &rooms, vec![grant("rooms-built-to-2016", None)]);

    let evaluation = evaluate(&standard, &facts);

    let item = evaluation.items.iter().find(|item| item.rule.id == "G3").unwrap();
    assert_eq!(item.verdict, Verdict::NotMet);
    let [applied] = evaluation.waivers[..] else { panic!("{:?}", evaluation.waivers) };
    assert_eq!((applied.rule.about(), applied.stage, applied.limit), ("G3", None, None));
}

#[test]
fn missing_pupils_leave_open_what_a_grant_decides() {
    let standard = allowing();
    let pupils = "pupils_primary";
    let with = |elements: &[(&str, &str)]| {
        let waivers = vec![grant("rotating-teachers", Some("1")), grant("school-size", None)];
        let facts = county("211", "220", elements, waivers);
        let evaluation = evaluate(&standard, &facts);
        (indicator(&evaluation, Stage::Primary, 3).0, size(&evaluation))
    };

    assert_eq!(with(&[("pe_arts_teachers_primary", "0")]), (Verdict::Undetermined, Verdict::Undetermined));
    assert_eq!(with(&[("pe_arts_teachers_primary", "0"), (pupils, "99")]), (Verdict::Met, Verdict::Met));
    assert_eq!(with(&[("pe_arts_teachers_primary", "0"), (pupils, "2400")]), (Verdict::NotMet, Verdict::Met));
    // Whatever number of teachers arrives, the one that is granted reaches it alone.
    assert_eq!(with(&[(pupils, "99")]).0, Verdict::Met);
    assert_eq!(with(&[(pupils, "100")]).0, Verdict::Undetermined);
}

#[test]
fn missing_pupils_leave_a_grant_open_where_nothing_is_divided_by_them() {
    let document = format!("{ALLOWING}\n[[resources.indicators]]\nid = \"L3\"\ndivisor = \"classes_{{stage}}\"\n");
    let standard = Standard::load(&document).unwrap_or_else(|faults| panic!("{faults}"));
    let elements = [("classes_primary", "2"), ("pe_arts_teachers_primary", "0")];
    let facts = county("211", "220", &elements, vec![grant("rotating-teachers", Some("1"))]);

    let evaluation = evaluate(&standard, &facts);

    assert_eq!(indicator(&evaluation, Stage::Primary, 3), (Verdict::Undetermined, None));
    assert!(evaluation.waivers.is_empty(), "{:?}", evaluation.waivers);
    let waiting = missing::all(&evaluation).into_iter().filter(|missing| missing.rule == "L3");
    let waiting: Vec<_> = waiting.map(|missing| missing.operand.operand).collect();
    assert_eq!(waiting, ["pupils_primary"]);
}

fn faults(differences: &str) -> Vec<(String, String)> {
    let head = "id = \"over\"\nextends = \"national-quality-2017\"\ntitle = \"甲\"\nact = \"乙\"\nissued_on = \"2025-01-01\"\n";
    let faults = Standard::load(&format!("{head}{differences}")).unwrap_err().0;
    faults.into_iter().map(|fault| (fault.path, fault.reason)).collect()
}

#[test]
fn a_waiver_that_is_not_lenient_or_about_nothing_is_a_fault() {
    let told = |path: &str, reason: &str| vec![(path.to_owned(), reason.to_owned())];
    let size = |rest: &str| faults(&format!("[[waivers]]\nid = \"school-size\"\n{rest}"));

    assert_eq!(
        size("limits = [{ test = 1, limit = 2000 }]"),
        told("waivers/school-size/limits/0", "只能放宽：limit 须大于第1条判定的2000")
    );
    assert_eq!(
        size("limits = [{ test = 3, limit = 2400 }]"),
        told("waivers/school-size/limits/0", "G4没有第3条判定，共2条")
    );
    assert_eq!(size("limits = []"), told("waivers/school-size", "limits 不能为空"));
    assert_eq!(size("item = \"G44\""), told("waivers/school-size", "没有“G44”这个指标项"));
    assert_eq!(
        size("item = \"G3\"\nlimits = [{ test = 1, limit = 1 }]"),
        told("waivers/school-size/limits/0", "第1条判定不是逐校的 at_least 或 at_most，不能放宽")
    );
    assert_eq!(
        size("item = \"Q4\"\nlimits = [{ test = 1, limit = 0.05 }]"),
        told("waivers/school-size/limits/0", "只能放宽：limit 须小于第1条判定的0.05")
    );
    assert_eq!(
        size("kind = \"none\""),
        told("waivers/school-size", "kind 不能是“none”，可以是：limit、amount、reported")
    );
    let rotating = |rest: &str| faults(&format!("[[waivers]]\nid = \"rotating-teachers\"\n{rest}"));
    assert_eq!(rotating("indicator = \"L8\""), told("waivers/rotating-teachers", "没有“L8”这个指标"));
    assert_eq!(rotating("max_pupils = 49"), told("waivers/rotating-teachers", "max_pupils 小于 min_pupils"));
    assert_eq!(rotating("urban_rural_codes = [\"211\"]"), told("waivers/rotating-teachers", "“211”不是城乡分类代码"));
}

#[test]
fn an_overlay_that_allows_waivers_says_nothing_else() {
    let national = Standard::find_national(NATIONAL_DEFAULT).unwrap().unwrap();

    let allowing = allowing();

    assert!(national.waivers.iter().all(|waiver| !waiver.allowed && !waiver.rule_en.is_empty()));
    assert_eq!((national.waivers.len(), allowing.waivers.len()), (5, 5));
    let differences = national.compare(&allowing);
    let said: Vec<_> = differences.iter().filter(|one| one.path.starts_with("waivers/")).collect();
    assert_eq!(said.len(), 4);
    assert_eq!(
        (said[1].path.as_str(), said[1].title.as_str(), said[1].before.as_str(), said[1].after.as_str()),
        ("waivers/school-size/allowed", "学校规模放宽：是否允许", "否", "是")
    );
    assert_eq!(differences.len() - said.len(), 3, "title, act and date: {differences:?}");
}
