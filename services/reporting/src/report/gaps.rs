//! 存在的主要问题 and 下一步工作举措: what falls short, and what would close it, each sentence with the figures behind it.
//!
//! Nothing is said that the evaluation does not show: no achievement, no cause, no owner and no date.

use junheng_proto::{
    common::v1::Verdict,
    evaluation::v1::{Evaluation, Item, MissingOperand, StageIndicator, StageResources},
};

use super::{composite, drafts, figures, items, labels, missing, number, resources, words, writer::Writer};

/// Units that are named one by one; of more the worst are.
const NAMED: usize = 5;

/// Something that falls short.
struct Gap {
    problem: String,
    /// What shows it.
    shown: String,
    measure: String,
    /// How much is needed where; empty where it cannot be said in an amount.
    needed: String,
}

/// One unit that is short of an indicator.
struct Short<'a> {
    name: String,
    amount: Option<f64>,
    unit: &'a str,
}

/// Writes both sections.
pub(super) fn write(writer: &mut Writer, evaluation: &Evaluation) {
    let gaps: Vec<Gap> = of_indicators(evaluation)
        .into_iter()
        .chain(of_variation(evaluation))
        .chain(evaluation.items.iter().filter(|item| item.verdict() == Verdict::NotMet).map(of_item))
        .collect();
    let certain = gaps.len();
    let gaps: Vec<Gap> = gaps.into_iter().chain(of_missing(evaluation)).collect();
    writer.section("存在的主要问题");
    if gaps.is_empty() {
        writer.paragraph(match evaluation.verdict() {
            Verdict::Met => "各项指标、项目均达到标准要求，未发现不达标的问题。",
            _ => "依据已报送数据，未发现可以确定的不达标问题。",
        });
        return;
    }
    writer.paragraph(match (certain, gaps.len() - certain) {
        (0, _) => "依据已报送数据，未发现可以确定的不达标问题；数据尚不完整，有关项目待定。",
        (_, 0) => "下列问题依据已报送数据即可确定，应逐项建立整改台账。",
        _ => "下列不达标问题依据已报送数据即可确定，应逐项建立整改台账；另有数据未报送，有关项目待定。",
    });
    for (number, gap) in (1..).zip(&gaps) {
        writer.led(format!("（{}）{}。", words::chinese_number(number), gap.problem), gap.shown.as_str());
    }
    writer.section("下一步工作举措");
    writer.paragraph("下列举措由上述差距逐项对应拟出，责任单位、完成时限和资金安排由县级人民政府核定。");
    for (number, gap) in (1..).zip(&gaps) {
        writer.led(format!("（{}）{}。", words::chinese_number(number), gap.measure), gap.needed.as_str());
    }
}

/// Indicators that units are short of, both stages together.
fn of_indicators(evaluation: &Evaluation) -> Vec<Gap> {
    let mut rules: Vec<&StageIndicator> = Vec::new();
    for rule in evaluation.resources.iter().flat_map(|stage| &stage.indicators) {
        if rules.iter().all(|known| known.id != rule.id) {
            rules.push(rule);
        }
    }
    rules.into_iter().filter_map(|rule| of_indicator(evaluation, rule)).collect()
}

fn of_indicator(evaluation: &Evaluation, rule: &StageIndicator) -> Option<Gap> {
    let (mut shown, mut needed) = (vec![], vec![]);
    for stage in &evaluation.resources {
        let Some(of_stage) = stage.indicators.iter().find(|indicator| indicator.id == rule.id) else { continue };
        let mut short = short_units(stage, of_stage);
        if short.is_empty() {
            continue;
        }
        short.sort_by(|one, other| other.amount.partial_cmp(&one.amount).unwrap_or(std::cmp::Ordering::Equal));
        let name = words::stage(stage.stage());
        shown.push(told(name, of_stage, &short));
        needed.push(format!("{name}需补足：{}", amounts(&short)));
    }
    if shown.is_empty() {
        return None;
    }
    Some(Gap {
        problem: drafts::problem(&rule.id, &rule.title),
        shown: shown.join("；") + "。",
        measure: drafts::measure(&rule.id, &rule.title),
        needed: needed.join("；") + "。",
    })
}

fn short_units<'a>(stage: &StageResources, rule: &'a StageIndicator) -> Vec<Short<'a>> {
    let indicators = stage.units.iter().flat_map(|unit| unit.indicators.iter().map(move |indicator| (unit, indicator)));
    indicators
        .filter(|(_, indicator)| indicator.id == rule.id && indicator.verdict() == Verdict::NotMet)
        .map(|(unit, indicator)| Short {
            name: words::school(&unit.school_name, &unit.school_code),
            amount: indicator.shortfall,
            unit: &rule.amount_unit,
        })
        .collect()
}

/// How many units are short and by how much, the worst first.
fn told(stage: &str, rule: &StageIndicator, short: &[Short<'_>]) -> String {
    let threshold = rule.threshold.map(number::plain).unwrap_or_default();
    let begun = format!("{stage}{}个单元低于标准值（{threshold}{}）", short.len(), rule.unit);
    let Some(total) = total(short) else { return begun };
    let printed = |short: &Short<'_>| short.amount.map(|amount| labels::amount(amount, short.unit)).unwrap_or_default();
    match short {
        [] => begun,
        [only] => format!("{begun}，为{}，缺口{}", only.name, printed(only)),
        [worst, next, ..] => {
            let all = format!("{begun}，缺口合计{}", labels::amount(total, worst.unit));
            let alike = printed(worst) == printed(next);
            if alike && short.len() == 2 {
                format!("{all}，{}、{}各{}", worst.name, next.name, printed(worst))
            } else if alike {
                all
            } else {
                format!("{all}，其中{}最大，为{}", worst.name, printed(worst))
            }
        }
    }
}

/// The sum of what is short, each unit's rounded up as it is printed, so that the figures add up; nothing where one is not known.
fn total(short: &[Short<'_>]) -> Option<f64> {
    short.iter().map(|short| short.amount.map(|amount| labels::whole(amount, short.unit))).sum()
}

fn amounts(short: &[Short<'_>]) -> String {
    let named: Vec<String> = short
        .iter()
        .take(NAMED)
        .map(|short| {
            let amount = short.amount.map(|amount| labels::amount(amount, short.unit)).unwrap_or_default();
            format!("{}{amount}", short.name)
        })
        .collect();
    let more = if short.len() > NAMED { format!("等{}个单元", short.len()) } else { String::new() };
    named.join("、") + &more
}

/// Coefficients of variation beyond their limits.
fn of_variation(evaluation: &Evaluation) -> Option<Gap> {
    let mut beyond: Vec<String> = Vec::new();
    for stage in &evaluation.resources {
        let name = words::stage(stage.stage());
        for rule in stage.indicators.iter().filter(|rule| rule.verdict() == Verdict::NotMet) {
            let limit = rule.variation_limit.map(|limit| number::limit(limit, 2)).unwrap_or_default();
            beyond.push(format!("{name}{}为{}（限值{limit}）", rule.title, resources::variation_text(rule)));
        }
        if let Some(limit) = stage.composite_limit.filter(|_| stage.composite_verdict() == Verdict::NotMet) {
            let limit = number::limit(limit, 2);
            beyond.push(format!("{name}综合差异系数为{}（限值{limit}）", composite::composite_text(stage)));
        }
    }
    (!beyond.is_empty()).then(|| Gap {
        problem: "校际差异系数超出限值".to_owned(),
        shown: beyond.join("；") + "。",
        measure: "新增资源优先投向低于全县均值的学校，缩小校际差距".to_owned(),
        needed: "各校数值见附件。".to_owned(),
    })
}

/// What was not reported and bears on what is undetermined: a problem of its own, which reporting it mends.
fn of_missing(evaluation: &Evaluation) -> Option<Gap> {
    let (county, schools): (Vec<&MissingOperand>, Vec<&MissingOperand>) =
        evaluation.missing.iter().partition(|missing| missing.school_code.is_empty());
    let distinct = |of: &[&MissingOperand], key: &dyn Fn(&MissingOperand) -> String| {
        let mut found: Vec<String> = vec![];
        for key in of.iter().map(|missing| key(missing)) {
            if !found.contains(&key) {
                found.push(key);
            }
        }
        found
    };
    let items = distinct(&county, &|missing| missing.rule.clone());
    let names = distinct(&schools, &|missing| words::school(&missing.school_name, &missing.school_code));
    let figures = distinct(&schools, &|missing| format!("{} {}", missing.school_code, missing.operand)).len();
    let ids = || words::ids(&items.iter().map(String::as_str).collect::<Vec<_>>());
    let listed = || {
        let more = if names.len() > NAMED { format!("等{}所学校", names.len()) } else { String::new() };
        names.iter().take(NAMED).map(String::as_str).collect::<Vec<_>>().join("、") + &more
    };
    let (mut shown, mut needed) = (vec![], vec![]);
    if !items.is_empty() {
        let mut operands = evaluation.items.iter().flat_map(|item| &item.tests).flat_map(|test| &test.operands);
        let stale = if operands.any(|operand| operand.stale) { "或已过期" } else { "" };
        shown.push(format!("{}项县级项目（{}）的数据未报送{stale}", items.len(), ids()));
        needed.push(format!("由县级补报{}项县级项目（{}）的数据", items.len(), ids()));
    }
    if !names.is_empty() {
        shown.push(format!("{}所学校的{figures}项数据未报送（{}）", names.len(), listed()));
        needed.push(format!("由{}补报{figures}项学校数据", listed()));
    }
    (!shown.is_empty()).then(|| Gap {
        problem: "部分数据未报送，有关项目不能判定".to_owned(),
        shown: format!("{}，逐项见“{}”。", shown.join("；"), missing::TITLE),
        measure: "补报缺失数据".to_owned(),
        needed: format!("{}；补报后重新评估。", needed.join("；")),
    })
}

/// A veto that was triggered: who declared it, when and on what evidence, as it was reported; what is done about it is the county's to say.
fn of_veto(item: &Item) -> Gap {
    let declared: Vec<String> = item.tests.iter().flat_map(|test| &test.operands).filter_map(figures::source).collect();
    let declared = if declared.is_empty() {
        String::new()
    } else {
        format!("填报单位、时间和依据：{}。", declared.join("；"))
    };
    Gap {
        problem: format!("触发一票否决项“{}”", item.title),
        shown: format!("{}“{}”触发。{declared}", item.id, item.title),
        measure: format!("立即纠正“{}”的情形", item.title),
        needed: "整改措施（由县级填写）：＿＿＿＿＿＿＿＿＿＿＿＿；完成时限（由县级填写）：＿＿＿＿年＿＿月＿＿日。"
            .to_owned(),
    }
}

fn of_item(item: &Item) -> Gap {
    if item.part == items::VETOES {
        return of_veto(item);
    }
    let mut schools: Vec<(&str, String, Option<String>)> = item
        .tests
        .iter()
        .flat_map(|test| &test.institutions)
        .filter(|institution| institution.verdict() == Verdict::NotMet)
        .map(|institution| {
            let name = words::school(&institution.school_name, &institution.school_code);
            (institution.school_code.as_str(), name, figures::gap_of_institution(institution))
        })
        .collect();
    schools.sort_by_key(|(code, ..)| *code);
    schools.dedup_by_key(|(code, ..)| *code);
    let verdict = items::badge(&item.part, Verdict::NotMet).text;
    let lacking: Vec<String> = item.tests.iter().filter_map(figures::lacking).collect();
    let told = std::iter::once(verdict.to_owned()).chain(lacking.iter().cloned());
    let concerned = match schools.len() {
        0 => String::new(),
        count => format!("，{count}所学校未达到要求{}", figures::total_of_institutions(item).unwrap_or_default()),
    };
    let shown = format!("{}“{}”{}{concerned}。", item.id, item.title, told.collect::<Vec<_>>().join("，"));
    // What all of them lack alike is said once.
    let alike = match schools.as_slice() {
        [(_, _, Some(gap)), others @ ..]
            if !others.is_empty() && others.iter().all(|(.., other)| other.as_ref() == Some(gap)) =>
        {
            Some(gap)
        }
        _ => None,
    };
    let named = schools.iter().take(NAMED).map(|(_, name, gap)| match gap {
        Some(gap) if alike.is_none() => format!("{name}（{gap}）"),
        _ => name.clone(),
    });
    let named: Vec<String> = named.collect();
    let more = if schools.len() > NAMED { format!("等{}所学校", schools.len()) } else { String::new() };
    let each = alike.map(|gap| format!("，每所{gap}")).unwrap_or_default();
    let needed = match (named.is_empty(), lacking.is_empty()) {
        (false, _) => format!("涉及{}{more}{each}。", named.join("、")),
        (true, false) => format!("{}。", lacking.join("，")),
        (true, true) => String::new(),
    };
    Gap {
        problem: drafts::problem(&item.id, &item.title),
        shown,
        measure: drafts::measure(&item.id, &item.title),
        needed,
    }
}
