//! The Chinese words of what the evaluation says in codes: verdicts, stages, school types, months, instants.

use jiff::{Timestamp, civil::Date, tz::Offset};
use junheng_domain::{element::Element, finding::Rule, school::SchoolType};
use junheng_proto::Timestamp as ProtoTimestamp;
use junheng_proto::common::v1::{Stage, Verdict};

use super::number::{self, MISSING};

/// The word for a verdict; what was not judged has none.
pub(crate) const fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Met => "达标",
        Verdict::NotMet => "不达标",
        Verdict::Undetermined => "待定",
        Verdict::Unspecified => MISSING,
    }
}

/// The word for a verdict on a veto: it is met when the fact was not found.
pub(crate) const fn veto_verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Met => "未触发",
        Verdict::NotMet => "触发",
        Verdict::Undetermined => "待定",
        Verdict::Unspecified => MISSING,
    }
}

/// The word for a stage.
pub(crate) const fn stage(stage: Stage) -> &'static str {
    match stage {
        Stage::Primary => "小学",
        Stage::Junior => "初中",
        Stage::Unspecified => "",
    }
}

/// The name of a school type (办学类型, GB/T 33782); another code is shown as it is.
pub(crate) fn school_type(code: &str) -> String {
    match code.parse::<SchoolType>() {
        Ok(known) => known.title().to_owned(),
        Err(_) if code.is_empty() => MISSING.to_owned(),
        Err(_) => format!("办学类型{code}"),
    }
}

/// The name of an organiser type (举办者类型); another code is shown as it is.
pub(crate) fn organiser(code: u8) -> String {
    const NAMES: [&str; 10] = [
        "中央教育",
        "中央其他",
        "省级教育",
        "省级其他",
        "地级教育",
        "地级其他",
        "县级教育",
        "县级其他",
        "地方企业",
        "民办",
    ];
    let name = usize::from(code).checked_sub(1).and_then(|index| NAMES.get(index));
    name.map_or_else(|| format!("举办者类型{code}"), |name| (*name).to_owned())
}

/// The name of an urban-rural code (城乡分类代码); another code is shown as it is.
pub(crate) fn urban_rural(code: &str) -> String {
    const NAMES: [(&str, &str); 7] = [
        ("111", "主城区"),
        ("112", "城乡结合区"),
        ("121", "镇中心区"),
        ("122", "镇乡结合区"),
        ("123", "特殊区域"),
        ("210", "乡中心区"),
        ("220", "村庄"),
    ];
    NAMES.iter().find(|(known, _)| *known == code).map_or_else(|| code.to_owned(), |(_, name)| (*name).to_owned())
}

/// What a report under a standard of this title is called.
pub(crate) fn kind(standard_title: &str) -> &'static str {
    if standard_title.contains("优质均衡") {
        "优质均衡发展自查报告"
    } else if standard_title.contains("基本均衡") || standard_title.contains("均衡发展") {
        "基本均衡发展自查报告"
    } else {
        "评估报告"
    }
}

/// A level of national monitoring: 3 is Ⅲ级.
pub(crate) fn level(level: f64) -> String {
    let numerals = [(1.0, "Ⅰ"), (2.0, "Ⅱ"), (3.0, "Ⅲ"), (4.0, "Ⅳ"), (5.0, "Ⅴ")];
    let numeral = numerals.into_iter().find(|(number, _)| (number - level).abs() < f64::EPSILON);
    numeral.map_or_else(|| number::plain(level), |(_, numeral)| numeral.to_owned()) + "级"
}

/// A date in words: `2024-12-29` is 2024年12月29日. What is not a date is shown as it is.
pub(crate) fn date(date: &str) -> String {
    let Ok(day) = date.parse::<Date>() else {
        return date.to_owned();
    };
    format!("{}年{}月{}日", day.year(), day.month(), day.day())
}

/// A month in words: `2024-12` is 2024年12月. What is not a month is shown as it is.
pub(crate) fn month(month: &str) -> String {
    let Some((year, number)) = month.split_once('-') else {
        return month.to_owned();
    };
    match number.parse::<u8>() {
        Ok(number @ 1..=12) => format!("{year}年{number}月"),
        _ => month.to_owned(),
    }
}

/// What is said of a declaration that no longer counts: by the earlier of the month that brought it and the one that it was made in.
pub(crate) fn stale(month: &str, declared_on: &str) -> String {
    let declared = declared_on.get(..7).unwrap_or(declared_on);
    let since = [month, declared].into_iter().filter(|month| !month.is_empty()).min().unwrap_or_default();
    format!("{}的声明已过期", self::month(since))
}

/// An instant in Beijing time to the minute, as an office writes it: 2025年1月5日10:23(北京时间). Missing where it is out of range.
pub(crate) fn instant(instant: &ProtoTimestamp) -> Option<String> {
    // Asia/Shanghai has kept eight hours since 1991.
    let there = Offset::constant(8).to_datetime(Timestamp::new(instant.seconds, instant.nanos).ok()?);
    Some(format!(
        "{}年{}月{}日{:02}:{:02}（北京时间）",
        there.year(),
        there.month(),
        there.day(),
        there.hour(),
        there.minute()
    ))
}

/// The last part of a resource name: `standards/national-quality-2017` is `national-quality-2017`.
pub(crate) fn last_segment(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}

/// Who did something: a service that asks nobody who he is cannot say.
pub(crate) fn subject(subject: &str) -> String {
    if subject == "anonymous" { "未登记（服务未启用身份认证）".to_owned() } else { subject.to_owned() }
}

/// What a check is about; its id where nobody knows it any more.
pub(crate) fn check(id: &str) -> String {
    Rule::find(id).map_or_else(|| id.to_owned(), |rule| rule.title.zh.to_owned())
}

/// Where in a submission something was found: `schools[0].pupils_primary` is 小学在校生, `items[2].value` the third of the county's
/// figures; the school itself is named beside it. What is neither is shown as it is.
pub(crate) fn found_at(path: &str) -> String {
    let (entry, field) = path.split_once('.').unwrap_or((path, ""));
    let (list, place) = entry.split_once('[').unwrap_or((entry, ""));
    let element = Element::find(field).map(|element| element.definition().title.to_owned());
    match (list, element, field) {
        (_, Some(title), _) => title,
        ("schools", None, "") => "学校".to_owned(),
        ("schools", None, "school_code") => "学校标识码".to_owned(),
        ("items", None, _) => match place.trim_end_matches(']').parse::<usize>() {
            Ok(place) => format!("县级数据第{}条", place + 1),
            Err(_) => "县级数据".to_owned(),
        },
        _ => path.to_owned(),
    }
}

/// A school's name, its code where the name is not known.
pub(crate) fn school(name: &str, code: &str) -> String {
    if name.is_empty() { code.to_owned() } else { name.to_owned() }
}

/// Ids of indicators and items, one after the other; three or more that follow on each other are told by the first and the last: L1至L7.
pub(crate) fn ids(ids: &[&str]) -> String {
    let parted = |id: &str| -> Option<(String, u32)> {
        let digits = id.find(|character: char| character.is_ascii_digit())?;
        Some((id[..digits].to_owned(), id[digits..].parse().ok()?))
    };
    let follows = |one: &str, next: &str| {
        parted(one).zip(parted(next)).is_some_and(|((of, one), (other, next))| of == other && next == one + 1)
    };
    let runs: Vec<String> = ids
        .chunk_by(|one, next| follows(one, next))
        .map(|run| match run {
            [first, _, .., last] => format!("{first}至{last}"),
            few => few.join("、"),
        })
        .collect();
    runs.join("、")
}

/// A sentence with one full stop at its end.
pub(crate) fn sentence(text: &str) -> String {
    let text = text.trim();
    if text.is_empty() || text.ends_with(['。', '！', '？']) {
        text.to_owned()
    } else {
        format!("{}。", text.trim_end_matches([';', '；', '.', ',', '，']))
    }
}

/// 一, 二, … 十, 十一: numbers of headings.
pub(crate) fn chinese_number(number: usize) -> String {
    const DIGITS: [&str; 10] = ["", "一", "二", "三", "四", "五", "六", "七", "八", "九"];
    let (tens, ones) = (number / 10, number % 10);
    match tens {
        0 => DIGITS[ones].to_owned(),
        1 => format!("十{}", DIGITS[ones]),
        2..=9 => format!("{}十{}", DIGITS[tens], DIGITS[ones]),
        _ => number.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_shown_in_beijing_time() {
        let instant_utc = ProtoTimestamp { seconds: 1_735_662_600, nanos: 0 };

        assert_eq!(instant(&instant_utc).unwrap(), "2025年1月1日00:30（北京时间）");
    }

    #[test]
    fn months_are_shown_in_words() {
        assert_eq!(month("2024-12"), "2024年12月");
        assert_eq!(month("2025-01"), "2025年1月");
        assert_eq!(month("soon"), "soon");
    }

    #[test]
    fn a_stale_declaration_is_told_by_its_earlier_month() {
        assert_eq!(stale("2023-05", ""), "2023年5月的声明已过期");
        assert_eq!(stale("2024-03", "2023-11-30"), "2023年11月的声明已过期");
        assert_eq!(stale("", "2023-11-30"), "2023年11月的声明已过期");
    }

    #[test]
    fn dates_and_levels_are_shown_in_words() {
        assert_eq!(date("2024-12-09"), "2024年12月9日");
        assert_eq!(date("soon"), "soon");
        assert_eq!(level(3.0), "Ⅲ级");
    }

    #[test]
    fn a_report_is_called_after_the_title_of_its_standard() {
        assert_eq!(kind("县域义务教育优质均衡发展督导评估标准"), "优质均衡发展自查报告");
        assert_eq!(kind("县域义务教育基本均衡发展评估标准"), "基本均衡发展自查报告");
        // So the act of 2012 calls the basic standard.
        assert_eq!(kind("县域义务教育均衡发展督导评估标准"), "基本均衡发展自查报告");
        assert_eq!(kind(""), "评估报告");
    }

    #[test]
    fn headings_count_in_chinese() {
        assert_eq!(chinese_number(3), "三");
        assert_eq!(chinese_number(10), "十");
        assert_eq!(chinese_number(21), "二十一");
    }

    #[test]
    fn a_place_in_a_submission_is_told_by_what_stands_there() {
        assert_eq!(found_at("schools[0].pupils_primary"), "小学在校生");
        assert_eq!(found_at("schools"), "学校");
        assert_eq!(found_at("items[2].value"), "县级数据第3条");
        assert_eq!(found_at("month"), "month");
    }

    #[test]
    fn ids_that_follow_on_each_other_are_told_by_the_first_and_the_last() {
        assert_eq!(ids(&["L1", "L2", "L3", "L5"]), "L1至L3、L5");
        assert_eq!(ids(&["G3", "G4", "Q4"]), "G3、G4、Q4");
        assert_eq!(ids(&["G9", "G10", "G11", "弄虚作假"]), "G9至G11、弄虚作假");
    }

    #[test]
    fn a_sentence_ends_with_one_full_stop() {
        assert_eq!(sentence("已达标"), "已达标。");
        assert_eq!(sentence("已达标。"), "已达标。");
    }
}
