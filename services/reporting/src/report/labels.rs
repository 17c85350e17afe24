//! What operands are called, and the units that they are counted in.
//!
//! The title comes with the operand. The unit of an element is the catalogue's; that of a county figure is read from the end
//! of its title, which says what is counted. A figure of which neither is known stands without a unit.

use junheng_domain::element::Element;

use super::number;

/// What is counted, at the end of a title, and the word that it is counted with.
const COUNTED: [(&str, &str); 10] = [
    ("人数", "人"),
    ("教师数", "人"),
    ("学生数", "人"),
    ("新生数", "人"),
    ("子女数", "人"),
    ("少年数", "人"),
    ("学校数", "所"),
    ("问卷数", "份"),
    ("名额数", "个"),
    ("总分", "分"),
];

/// The label of an element or operand: its title without a unit in brackets, and its id where it has no title.
pub(crate) fn label(id: &str, title: &str) -> String {
    if title.is_empty() {
        return monitored(id).unwrap_or_else(|| id.to_owned());
    }
    yuan(title).unwrap_or(title).to_owned()
}

/// The unit of a quantity; empty where it is not known.
pub(crate) fn unit(id: &str, title: &str) -> &'static str {
    if let Some(element) = Element::find(id) {
        // 班数 is counted in 个: 小学班数5个.
        return if title.ends_with("班数") { "个" } else { element.definition().unit };
    }
    if yuan(title).is_some() {
        return "元";
    }
    if title.ends_with("教学点数") {
        return "所";
    }
    COUNTED.into_iter().find(|(end, _)| title.ends_with(end)).map_or("", |(_, unit)| unit)
}

/// An amount that is short, rounded up: persons, rooms and pieces whole, areas with two decimals, points with two at most, money in
/// whole yuan.
pub(crate) fn amount(amount: f64, unit: &str) -> String {
    match unit {
        "平方米" => format!("{}{unit}", number::rounded_up(amount, 0, 2)),
        "分" => format!("{}{unit}", number::rounded_up(amount, 0, 2).trim_end_matches('0').trim_end_matches('.')),
        "元" if amount >= 100_000.0 => format!("{}万元", number::rounded_up(amount, -4, 2)),
        _ => format!("{}{unit}", number::rounded_up(amount, 0, 0)),
    }
}

/// An amount as [`amount`] rounds it, so that a sum of what is printed is right: whole, or with two decimals.
pub(crate) fn whole(amount: f64, unit: &str) -> f64 {
    let decimals = if matches!(unit, "平方米" | "分") { 2 } else { 0 };
    number::rounded_up(amount, 0, decimals).parse().unwrap_or(amount)
}

fn yuan(title: &str) -> Option<&str> {
    title.strip_suffix("（元）").or_else(|| title.strip_suffix("(元)"))
}

/// Puts what begins with 其中 behind what it is part of: a test names the part before the whole.
pub(crate) fn in_reading_order<T>(entries: Vec<T>, title: impl Fn(&T) -> &str) -> Vec<T> {
    let mut ordered = Vec::with_capacity(entries.len());
    let mut parts = Vec::new();
    for entry in entries {
        if title(&entry).starts_with("其中") {
            parts.push(entry);
        } else {
            ordered.push(entry);
            ordered.append(&mut parts);
        }
    }
    ordered.append(&mut parts);
    ordered
}

/// The label of a figure of national monitoring, `<subject>.level`: the standard does not list the subjects and so has no
/// titles for them. A subject in angle brackets stands for every subject.
fn monitored(id: &str) -> Option<String> {
    let (subject, figure) = id.split_once('.')?;
    let figure = match figure {
        "level" => "学业水平等级",
        "difference_rate" => "校际差异率",
        _ => return None,
    };
    let subject = match subject {
        "chinese" => "语文",
        "mathematics" | "math" | "maths" => "数学",
        "science" => "科学",
        "english" => "英语",
        "moral" | "moral_education" => "德育",
        "pe" | "physical_education" => "体育与健康",
        "arts" | "art" => "艺术",
        "labour" => "劳动",
        "mental_health" => "心理健康",
        every if every.starts_with('<') => "各监测科目",
        other => other,
    };
    Some(format!("{subject}{figure}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operand_is_called_by_its_title() {
        assert_eq!(label("teachers", "专任教师数"), "专任教师数");
        assert_eq!(label("teachers_mean_pay_yuan", "教师平均工资收入（元）"), "教师平均工资收入");
    }

    #[test]
    fn an_operand_without_a_title_is_shown_by_its_id() {
        assert_eq!(label("swimming_pools", ""), "swimming_pools");
        assert_eq!(label("chinese.level", ""), "语文学业水平等级");
        assert_eq!(label("<subject>.difference_rate", ""), "各监测科目校际差异率");
    }

    #[test]
    fn a_unit_is_the_catalogues_or_what_the_title_counts() {
        assert_eq!(unit("art_rooms_qualified", "达标美术专用教室"), "间");
        assert_eq!(unit("teachers_mean_pay_yuan", "教师平均工资收入（元）"), "元");
        assert_eq!(unit("rotation_actual", "实际交流轮岗教师数"), "人");
        assert_eq!(unit("small_schools", "不足100名学生的村小学和教学点数"), "所");
        assert_eq!(unit("swimming_pools", "游泳池"), "");
    }

    #[test]
    fn what_is_short_is_rounded_up_in_the_unit_of_the_amount() {
        assert_eq!(amount(2.1, "人"), "3人");
        assert_eq!(amount(512.301, "平方米"), "512.31平方米");
        assert_eq!(amount(99_999.2, "元"), "100000元");
        assert_eq!(amount(1_234_567.0, "元"), "123.46万元");
        assert_eq!(amount(0.3, "间"), "1间");
        assert_eq!(amount(1.5, "分"), "1.5分");
        assert_eq!(amount(10.0, "分"), "10分");
    }

    #[test]
    fn a_part_stands_behind_its_whole() {
        let ordered =
            in_reading_order(vec!["其中小学", "小学", "其中初中", "初中", "其他"], |title| title);

        assert_eq!(ordered, ["小学", "其中小学", "初中", "其中初中", "其他"]);
    }
}
