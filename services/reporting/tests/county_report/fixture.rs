//! Small evaluations made by hand, and one of a whole county's size.

use junheng_proto::{
    common::v1::{Stage, Verdict},
    evaluation::v1::{
        Basis, Evaluation, InstitutionTest, Item, MissingOperand, Operand, OutsideSchool, Part, StageIndicator,
        StageResources, Test, Unit, UnitIndicator, operand::Value,
    },
};
use junheng_reporting::report::Names;

/// Id, title, unit, thresholds of both stages.
pub(crate) const INDICATORS: [(&str, &str, &str, [f64; 2]); 7] = [
    ("L1", "每百名学生拥有高于规定学历教师数", "人/百生", [4.2, 5.3]),
    ("L2", "每百名学生拥有县级以上骨干教师数", "人/百生", [1.0, 1.0]),
    ("L3", "每百名学生拥有体育、艺术(美术、音乐)专任教师数", "人/百生", [0.9, 0.9]),
    ("L4", "生均教学及辅助用房面积", "平方米/生", [4.5, 5.8]),
    ("L5", "生均体育运动场馆面积", "平方米/生", [7.5, 10.2]),
    ("L6", "生均教学仪器设备值", "元/生", [2000.0, 2500.0]),
    ("L7", "每百名学生拥有网络多媒体教室数", "间/百生", [2.3, 2.4]),
];

pub(crate) fn names(note: &str) -> Names {
    Names {
        county_name: "彰武县".to_owned(),
        city_name: Some("阜新市".to_owned()),
        province_name: Some("辽宁省".to_owned()),
        data_note: note.to_owned(),
    }
}

/// A unit whose seven values are these multiples of their thresholds; `None` was not reported.
pub(crate) fn unit(stage: usize, code: usize, name: &str, pupils: Option<u32>, of_threshold: [Option<f64>; 7]) -> Unit {
    let indicators: Vec<UnitIndicator> = INDICATORS
        .iter()
        .zip(of_threshold)
        .map(|(&(id, _, _, thresholds), share)| indicator(id, thresholds[stage], pupils, share))
        .collect();
    let count = |verdict| indicators.iter().filter(|indicator| indicator.verdict() == verdict).count();
    let below_floor = indicators.iter().any(|indicator| indicator.floor_verdict() == Verdict::NotMet);
    let verdict = match (count(Verdict::NotMet), count(Verdict::Undetermined)) {
        (2.., _) => Verdict::NotMet,
        _ if below_floor => Verdict::NotMet,
        (_, 0) => Verdict::Met,
        _ => Verdict::Undetermined,
    };
    Unit {
        school_code: format!("31210{code:05}"),
        school_name: name.to_owned(),
        school_type: if stage == 0 { "211" } else { "311" }.to_owned(),
        pupils,
        verdict: verdict.into(),
        reached_count: Some(u32::try_from(count(Verdict::Met)).unwrap()),
        indicators,
    }
}

fn indicator(id: &str, threshold: f64, pupils: Option<u32>, share: Option<f64>) -> UnitIndicator {
    let of = |limit: f64| match share {
        Some(share) if share >= limit => Verdict::Met,
        Some(_) => Verdict::NotMet,
        None => Verdict::Undetermined,
    };
    let hundreds = if threshold < 3.0 || id == "L1" || id == "L7" { 100.0 } else { 1.0 };
    let value = share.map(|share| share * threshold);
    let short = value.filter(|value| *value < threshold).zip(pupils);
    UnitIndicator {
        id: id.to_owned(),
        value,
        verdict: of(1.0).into(),
        floor_verdict: of(0.85).into(),
        shortfall: short.map(|(value, pupils)| (threshold - value) * f64::from(pupils) / hundreds),
        ..UnitIndicator::default()
    }
}

/// A stage of these units, with these coefficients.
pub(crate) fn stage(stage: Stage, units: Vec<Unit>, variations: [f64; 7]) -> StageResources {
    let index = usize::from(stage == Stage::Junior);
    let count = |verdict| u32::try_from(units.iter().filter(|unit| unit.verdict() == verdict).count()).unwrap();
    let limit = [0.5, 0.45][index];
    let indicators: Vec<StageIndicator> = INDICATORS
        .iter()
        .zip(variations)
        .enumerate()
        .map(|(position, (&(id, title, unit, thresholds), variation))| {
            let values: Vec<Option<f64>> = units.iter().map(|unit| unit.indicators[position].value).collect();
            let reached = units.iter().filter(|unit| unit.indicators[position].verdict() == Verdict::Met).count();
            let known = values.iter().all(Option::is_some);
            let verdict = if !known {
                Verdict::Undetermined
            } else if variation <= limit {
                Verdict::Met
            } else {
                Verdict::NotMet
            };
            StageIndicator {
                id: id.to_owned(),
                title: title.to_owned(),
                unit: unit.to_owned(),
                mean: known.then_some(thresholds[index] * 1.2),
                variation: known.then_some(variation),
                variation_low: (!known).then_some(variation / 2.0),
                variation_high: (!known && position % 2 == 0).then_some(variation * 1.5),
                variation_limit: Some(limit),
                reached_unit_count: Some(u32::try_from(reached).unwrap()),
                threshold: Some(thresholds[index]),
                verdict: verdict.into(),
                source: format!("教督〔2017〕6号,资源配置第{}项", position + 1),
                floor: Some(thresholds[index] * 85.0 / 100.0),
                amount_unit: unit.split('/').next().unwrap_or_default().to_owned(),
                ..StageIndicator::default()
            }
        })
        .collect();
    let all_met = units.iter().all(|unit| unit.verdict() == Verdict::Met)
        && indicators.iter().all(|indicator| indicator.verdict() == Verdict::Met);
    let any_short = units.iter().any(|unit| unit.verdict() == Verdict::NotMet)
        || indicators.iter().any(|indicator| indicator.verdict() == Verdict::NotMet);
    let verdict = match (any_short, all_met) {
        (true, _) => Verdict::NotMet,
        (false, true) => Verdict::Met,
        _ => Verdict::Undetermined,
    };
    StageResources {
        stage: stage.into(),
        unit_count: Some(u32::try_from(units.len()).unwrap()),
        met_unit_count: Some(count(Verdict::Met)),
        undetermined_unit_count: Some(count(Verdict::Undetermined)),
        verdict: if units.is_empty() { Verdict::Unspecified } else { verdict }.into(),
        composite_variation: Some(variations.iter().sum::<f64>() / 7.0),
        indicators: if units.is_empty() { Vec::new() } else { indicators },
        units,
        ..StageResources::default()
    }
}

pub(crate) fn part(id: &str, title: &str, verdict: Verdict, reasons: &[&str]) -> Part {
    Part {
        id: id.to_owned(),
        title: title.to_owned(),
        verdict: verdict.into(),
        reasons: reasons.iter().map(|&reason| reason.to_owned()).collect(),
        source: format!("教督〔2017〕6号,{title}"),
        ..Part::default()
    }
}

pub(crate) fn item(id: &str, part: &str, title: &str, tests: Vec<Test>) -> Item {
    let any = |verdict| tests.iter().any(|test| test.verdict() == verdict);
    let verdict = if any(Verdict::NotMet) {
        Verdict::NotMet
    } else if any(Verdict::Undetermined) {
        Verdict::Undetermined
    } else {
        Verdict::Met
    };
    Item {
        id: id.to_owned(),
        part: part.to_owned(),
        title: title.to_owned(),
        verdict: verdict.into(),
        tests,
        source: format!("教督〔2017〕6号,{id}"),
    }
}

pub(crate) fn test(rule: &str, verdict: Verdict, operands: Vec<Operand>) -> Test {
    Test { rule: rule.to_owned(), verdict: verdict.into(), operands, ..Test::default() }
}

pub(crate) fn operand(id: &str, value: Option<Value>) -> Operand {
    let known = value.is_some();
    let text = |text: &str| if known { text.to_owned() } else { String::new() };
    Operand {
        id: id.to_owned(),
        value,
        month: String::new(),
        declared_on: text("2024-12-29"),
        declared_by: text("彰武县人民政府教育督导室"),
        evidence: text("工作总结 2024-12-29 (published)"),
        title: title(id),
        ..Operand::default()
    }
}

/// The titles of the operands used here; another has none.
fn title(id: &str) -> String {
    let title = match id {
        "migrant_children_eligible" => "符合条件的随迁子女数",
        "migrant_children_in_purchased_places" => "其中在政府购买服务的民办学校就读人数",
        "special_education_funds_yuan" => "特殊教育公用经费（元）",
        "special_education_pupils" => "特殊教育学生数",
        "questionnaires_valid" => "有效问卷数",
        "music_rooms_qualified" => "达标音乐专用教室",
        "art_rooms_qualified" => "达标美术专用教室",
        "classes_primary" => "小学班数",
        "pe_arts_teachers_junior" => "初中体育、艺术专任教师",
        _ => "",
    };
    title.to_owned()
}

pub(crate) fn institution(
    code: usize,
    name: &str,
    value: f64,
    limit: f64,
    operands: &[(&str, f64)],
) -> InstitutionTest {
    InstitutionTest {
        school_code: format!("31210{code:05}"),
        school_name: name.to_owned(),
        verdict: Verdict::NotMet.into(),
        value: Some(value),
        limit: Some(limit),
        operands: operands
            .iter()
            .map(|&(id, value)| Operand {
                id: id.to_owned(),
                value: Some(Value::Quantity(value)),
                title: title(id),
                ..Operand::default()
            })
            .collect(),
        ..InstitutionTest::default()
    }
}

/// An evaluation of these stages and items; the verdict follows from the parts.
pub(crate) fn evaluation(parts: Vec<Part>, resources: Vec<StageResources>, items: Vec<Item>) -> Evaluation {
    let any = |verdict| parts.iter().any(|part| part.verdict() == verdict);
    let verdict = if any(Verdict::NotMet) {
        Verdict::NotMet
    } else if any(Verdict::Undetermined) {
        Verdict::Undetermined
    } else {
        Verdict::Met
    };
    Evaluation {
        name: "regions/210922/evaluations/2024-12.national-quality-2017".to_owned(),
        region: "regions/210922".to_owned(),
        month: "2024-12".to_owned(),
        standard: "standards/national-quality-2017".to_owned(),
        verdict: verdict.into(),
        parts,
        resources,
        items,
        missing: Vec::new(),
        outside_schools: Vec::new(),
        basis: Some(Basis {
            submission: "regions/210922/submissions/2024-12.3".to_owned(),
            revision: Some(3),
            content_digest: "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08".to_owned(),
            known_at: Some(junheng_proto::Timestamp { seconds: 1_736_043_825, nanos: 0 }),
        }),
        act: "教督〔2017〕6号《县域义务教育优质均衡发展督导评估办法》".to_owned(),
        weighting: "pupil-weighted".to_owned(),
        standard_title: "县域义务教育优质均衡发展督导评估标准".to_owned(),
        waivers: vec![],
    }
}

/// A county in which everything is met.
pub(crate) fn all_met() -> Evaluation {
    let reached = [Some(1.1); 7];
    evaluation(
        vec![
            part("prerequisite", "前置条件", Verdict::Met, &["前置条件2项均达标"]),
            part("resources", "资源配置", Verdict::Met, &["小学1个、初中1个评估单元均综合达标"]),
            part("government", "政府保障程度", Verdict::Met, &["1项均达标"]),
            part("vetoes", "一票否决", Verdict::Met, &["未发现一票否决情形"]),
        ],
        vec![
            stage(Stage::Primary, vec![unit(0, 1, "第一小学", Some(800), reached)], [0.1; 7]),
            stage(Stage::Junior, vec![unit(1, 2, "第一初级中学", Some(900), reached)], [0.2; 7]),
        ],
        vec![
            item(
                "P1",
                "prerequisite",
                "基本均衡认定三年以上",
                vec![test(
                    "通过认定已满三年",
                    Verdict::Met,
                    vec![operand("basic_recognised_on", Some(Value::Date("2015-10-01".to_owned())))],
                )],
            ),
            item(
                "G15",
                "government",
                "随迁子女就学",
                vec![Test {
                    value: Some(398.0 / 410.0),
                    limit: Some(0.85),
                    ..test(
                        "随迁子女在公办学校就读的比例不低于85%",
                        Verdict::Met,
                        vec![
                            operand("migrant_children_eligible", Some(Value::Quantity(410.0))),
                            operand("migrant_children_in_purchased_places", Some(Value::Quantity(0.0))),
                        ],
                    )
                }],
            ),
            item(
                "V1",
                "vetoes",
                "存在以考试方式招生",
                vec![test("未发现此项情形", Verdict::Met, vec![operand("found", Some(Value::Declaration(false)))])],
            ),
        ],
    )
}

/// A county of 28 primary and 26 junior units with gaps of every kind.
pub(crate) fn county() -> Evaluation {
    let spread =
        |index: usize, position: usize| 1.0 + f64::from(u32::try_from((index * 7 + position * 5) % 13).unwrap()) / 20.0;
    let units = |at: usize, count: usize, kind: &str| -> Vec<Unit> {
        (0..count)
            .map(|index| {
                let mut shares: [Option<f64>; 7] = std::array::from_fn(|position| Some(spread(index, position)));
                match index {
                    2 => (shares[3], shares[4]) = (Some(0.61), Some(0.9)),
                    5 => shares[4] = Some(0.79),
                    9 => shares[5] = Some(0.93),
                    11 => (shares[3], shares[4], shares[5]) = (Some(0.58), Some(0.4), Some(0.72)),
                    17 if at == 1 => shares[2] = None,
                    _ => {}
                }
                let pupils = 180 + u32::try_from((index * 137) % 1400).unwrap();
                unit(at, at * 100 + index, &format!("第{}{kind}", index + 1), Some(pupils), shares)
            })
            .collect()
    };
    let primary = stage(
        Stage::Primary,
        units(0, 28, "小学"),
        [0.093_827, 0.166_488, 0.131_130, 0.332_541, 0.371_783, 0.242_773, 0.107_377],
    );
    let junior = stage(
        Stage::Junior,
        units(1, 26, "初级中学"),
        [0.101_322, 0.246_221, 0.409_485, 0.257_888, 0.477_118, 0.137_368, 0.140_287],
    );
    let mut evaluation = evaluation(
        vec![
            part("prerequisite", "前置条件", Verdict::Undetermined, &["P1、P2未申报"]),
            part(
                "resources",
                "资源配置",
                Verdict::NotMet,
                &["小学3个评估单元未综合达标", "初中L5差异系数0.477,高于限值0.45"],
            ),
            part("government", "政府保障程度", Verdict::NotMet, &["G3未达标:10所学校专用教室不足"]),
            part("quality", "教育质量", Verdict::NotMet, &["Q4未达标:21所学校教师培训经费低于5%", "Q9尚无监测结果"]),
            part("recognition", "社会认可度", Verdict::Undetermined, &["尚未开展社会认可度调查"]),
            part("vetoes", "一票否决", Verdict::Undetermined, &["V1至V6未申报"]),
        ],
        vec![primary, junior],
        items(),
    );
    evaluation.outside_schools.push(OutsideSchool {
        school_code: "2121009999".to_owned(),
        school_name: "大冷教学点".to_owned(),
        school_type: "218".to_owned(),
        pupils: Some(0),
    });
    let missing = |rule: &str, stage: Stage, code: &str, operand: &str| MissingOperand {
        rule: rule.to_owned(),
        stage: stage.into(),
        school_code: code.to_owned(),
        school_name: if code.is_empty() { String::new() } else { "第18初级中学".to_owned() },
        operand: operand.to_owned(),
        title: title(operand),
    };
    evaluation.missing = vec![
        missing("P1", Stage::Unspecified, "", "basic_recognised_on"),
        missing("L3", Stage::Junior, "3121000117", "pe_arts_teachers_junior"),
        missing("S1", Stage::Unspecified, "", "questionnaires_valid"),
        missing("S1", Stage::Unspecified, "", "questionnaires_satisfied"),
        missing("V1", Stage::Unspecified, "", "found"),
    ];
    evaluation
}

fn items() -> Vec<Item> {
    let training = (0..21).map(|index| {
        institution(
            index,
            &format!("第{}小学", index + 1),
            0.03 + 0.000_1 * f64::from(u32::try_from(index).unwrap()),
            0.05,
            &[("public_funds_budget_yuan", 427_000.0), ("training_budget_yuan", 12_810.0)],
        )
    });
    let mut items = government_items();
    items.extend([
        item(
            "Q4",
            "quality",
            "所有学校按照不低于学校年度公用经费预算总额的5%安排教师培训经费",
            vec![Test {
                institution_count: Some(30),
                met_institution_count: Some(9),
                institutions: training.collect(),
                ..test("每所学校教师培训经费不低于年度公用经费预算总额的5%", Verdict::NotMet, Vec::new())
            }],
        ),
        item(
            "S1",
            "recognition",
            "社会认可度达到85%以上",
            vec![
                test(
                    "问卷调查满意度不低于85%",
                    Verdict::Undetermined,
                    vec![operand("questionnaires_satisfied", None), operand("questionnaires_valid", None)],
                ),
                test(
                    "实地走访满意度不低于85%",
                    Verdict::Undetermined,
                    vec![operand("visited_satisfied", None), operand("visited", None)],
                ),
            ],
        ),
        item(
            "V1",
            "vetoes",
            "存在以考试方式招生",
            vec![test("未发现此项情形", Verdict::Undetermined, vec![operand("found", None)])],
        ),
    ]);
    items
}

fn government_items() -> Vec<Item> {
    let quantity = |id: &str, value: f64| operand(id, Some(Value::Quantity(value)));
    let share = |value: f64, limit: f64, test: Test| Test { value: Some(value), limit: Some(limit), ..test };
    let rooms = (0..10).map(|index| {
        institution(
            index,
            &format!("第{}小学", index + 1),
            1.0,
            2.0,
            &[("music_rooms_qualified", 1.0), ("art_rooms_qualified", 0.0), ("classes_primary", 18.0)],
        )
    });
    vec![
        item(
            "P1",
            "prerequisite",
            "通过县域义务教育基本均衡发展认定三年以上",
            vec![test(
                "至评估月末,通过国家义务教育基本均衡发展认定已满三年",
                Verdict::Undetermined,
                vec![operand("basic_recognised_on", None)],
            )],
        ),
        item(
            "G1",
            "government",
            "县域内义务教育学校规划布局合理,符合国家规定要求",
            vec![test(
                "县级人民政府声明达到要求,并附依据",
                Verdict::Met,
                vec![operand("declared_met", Some(Value::Declaration(true)))],
            )],
        ),
        item(
            "G3",
            "government",
            "所有小学、初中每12个班级配备音乐、美术专用教室1间以上",
            vec![Test {
                institution_count: Some(30),
                met_institution_count: Some(20),
                institutions: rooms.collect(),
                ..test("每所学校音乐、美术专用教室分别不少于每12个班级1间", Verdict::NotMet, Vec::new())
            }],
        ),
        item(
            "G7",
            "government",
            "特殊教育学校生均公用经费不低于6000元",
            vec![share(
                8000.0,
                6000.0,
                test(
                    "特殊教育生均公用经费不低于6000元",
                    Verdict::Met,
                    vec![
                        quantity("special_education_funds_yuan", 488_000.0),
                        quantity("special_education_pupils", 61.0),
                    ],
                ),
            )],
        ),
        item(
            "G11",
            "government",
            "交流轮岗",
            vec![
                share(
                    92.0 / 700.0,
                    0.1,
                    test(
                        "交流轮岗教师不低于符合交流条件教师总数的10%",
                        Verdict::Met,
                        vec![quantity("rotation_actual", 92.0), quantity("rotation_eligible", 700.0)],
                    ),
                ),
                share(
                    21.0 / 92.0,
                    0.2,
                    test(
                        "交流轮岗骨干教师不低于交流轮岗教师总数的20%",
                        Verdict::Met,
                        vec![quantity("rotation_actual_backbone", 21.0), quantity("rotation_actual", 92.0)],
                    ),
                ),
            ],
        ),
    ]
}
