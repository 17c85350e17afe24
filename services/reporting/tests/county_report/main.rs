//! What a county report says, in every format.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod declaration;
mod docx;
mod escaping;
mod figures;
mod fixture;
mod golden;
mod reported;
mod statistics;

use std::collections::BTreeMap;

use fixture::{all_met, county, evaluation, item, names, operand, part, stage, test, unit};
use junheng_proto::{
    common::v1::{Stage, Verdict},
    evaluation::v1::{Evaluation, MissingOperand, Operand, operand::Value},
};
use junheng_reporting::report::{CountyReport, Format, Issued, Names, Standing};

fn both(evaluation: &Evaluation, names: &Names) -> [String; 2] {
    let report = CountyReport::new(evaluation, names);
    let html = report.html().unwrap();
    check_html(&html);
    let markdown = report.markdown().unwrap();
    check_tables(&markdown);
    [html, markdown]
}

/// The page is well-formed, has one h1, heads with a scope, captions, unique ids, and refers to nothing outside.
fn check_html(html: &str) {
    let options = roxmltree::ParsingOptions { allow_dtd: true, ..Default::default() };
    let page = roxmltree::Document::parse_with_options(html, options).unwrap();
    let named = |name: &'static str| page.descendants().filter(move |node| node.tag_name().name() == name);
    assert_eq!(named("h1").count(), 1);
    assert_eq!(page.root_element().attribute("lang"), Some("zh-CN"));
    assert!(named("th").all(|head| head.attribute("scope").is_some()));
    assert!(named("table").all(|table| table.children().any(|child| child.tag_name().name() == "caption")));
    for name in ["script", "link", "img", "iframe"] {
        assert_eq!(named(name).count(), 0);
    }
    assert!(page.descendants().all(|node| !node.has_attribute("src") && !node.has_attribute("href")));
    let svg_texts = ["title", "desc"]
        .map(|name| named("svg").all(|svg| svg.children().any(|child| child.tag_name().name() == name)));
    assert_eq!(svg_texts, [true, true]);
    let mut ids: BTreeMap<&str, usize> = BTreeMap::new();
    for id in page.descendants().filter_map(|node| node.attribute("id")) {
        *ids.entry(id).or_default() += 1;
    }
    assert!(ids.values().all(|&count| count == 1));
    check_grids(&page);
}

/// Every row of a table fills its columns, counting the cells that rows above reach into it.
fn check_grids(page: &roxmltree::Document<'_>) {
    for table in page.descendants().filter(|node| node.tag_name().name() == "table") {
        let mut reach: Vec<usize> = Vec::new();
        let mut width = None;
        for row in table.descendants().filter(|node| node.tag_name().name() == "tr") {
            let cells = row.children().filter(roxmltree::Node::is_element);
            let spans: Vec<usize> =
                cells.map(|cell| cell.attribute("rowspan").map_or(1, |span| span.parse().unwrap())).collect();
            assert_eq!(*width.get_or_insert(spans.len()), spans.len() + reach.len());
            reach.extend(spans);
            reach.retain_mut(|left| {
                *left -= 1;
                *left > 0
            });
        }
    }
}

/// All rows of a Markdown table have as many cells as its head.
fn check_tables(markdown: &str) {
    let cells = |line: &str| line.replace(r"\|", "").matches('|').count();
    let lines: Vec<&str> = markdown.lines().collect();
    for pair in lines.windows(2).filter(|pair| pair[0].starts_with('|') && pair[1].starts_with('|')) {
        assert_eq!(cells(pair[0]), cells(pair[1]), "{}\n{}", pair[0], pair[1]);
    }
}

#[test]
fn a_county_that_meets_everything_reads_as_met_without_empty_lists() {
    for report in both(&all_met(), &names("")) {
        for text in [
            "彰武县义务教育",
            "优质均衡发展自查报告",
            "2024年12月",
            "自查结论为达标",
            "一、基本情况",
            "二、资源配置",
            "（一）小学",
            "三、政府保障程度",
            "四、一票否决和前置条件",
            "五、结论",
            "六、存在的主要问题",
            "各项指标、项目均达到标准要求，未发现不达标的问题。",
            "小学各评估单元均综合达标。",
            "7项指标的差异系数均在限值以内",
            "97.07%",
            "就读人数0人",
            "未发现该情形",
            "未触发",
            "草稿",
            "报告单位（盖章）：＿＿",
            "第3次报送",
            "2025年1月5日10:23（北京时间）",
            "判定以精确值为准，表中为四舍五入后的显示值",
        ] {
            assert!(report.contains(text), "{text}");
        }
        for text in [
            "不达标1",
            "自查结论为不达标",
            "未达标评估单元。",
            "下一步工作举措",
            "说明：",
            "待定评估单元",
            "待补充数据",
        ] {
            assert!(!report.contains(text), "{text}");
        }
    }
}

#[test]
fn an_issued_report_is_no_draft() {
    let issued = Issued {
        name: "regions/210922/reports/7".to_owned(),
        by: "zhang".to_owned(),
        at: "2026-02-06T08:00:00Z".parse().unwrap(),
    };
    let standing = Standing { inputs_digest: String::new(), issued: Some(issued) };
    let report = CountyReport::standing(&all_met(), &names(""), &[], &standing);

    for text in [report.markdown().unwrap(), report.html().unwrap()] {
        assert!(!text.contains("草稿") && text.contains("已签发（regions/210922/reports/7）"), "{text}");
    }
}

#[test]
fn what_is_missing_is_undetermined_and_never_zero() {
    let mut shares = [Some(1.2); 7];
    shares[5] = None;
    let units = vec![unit(0, 1, "第一小学", None, [None; 7]), unit(0, 2, "第二小学", Some(300), shares)];
    let evaluation = evaluation(
        vec![part("resources", "资源配置", Verdict::Undetermined, &["2个评估单元待定"])],
        vec![stage(Stage::Primary, units, [0.3; 7])],
        vec![item(
            "S1",
            "resources",
            "社会认可度",
            vec![test("满意度", Verdict::Undetermined, vec![operand("visited", None)])],
        )],
    );

    for report in both(&evaluation, &names("")) {
        assert!(report.contains("自查结论为待定"));
        assert!(report.contains("待定2个"));
        assert!(report.contains("1个评估单元未报送在校生数"));
        assert!(report.contains("0.150至0.450"));
        assert!(report.contains("不低于0.150"));
        assert!(!report.contains("未达标评估单元。"));
        assert!(!report.contains("超出限值的有"));
        assert!(!report.contains("下一步工作举措"));
        assert!(!report.contains("在校生0人"));
    }
}

#[test]
fn very_many_missing_figures_of_an_item_are_named_in_its_own_table_only() {
    let ids: Vec<String> = (0..18).map(|number| format!("score_{number}")).collect();
    let operands = ids.iter().map(|id| operand(id, None)).collect();
    let score = item("B2", "government", "得分", vec![test("得分不低于85分", Verdict::Undetermined, operands)]);
    let part = part("government", "推进工作", Verdict::Undetermined, &[]);
    let mut evaluation = evaluation(vec![part], vec![], vec![score]);
    let missing = |id: &String| MissingOperand {
        rule: "B2".to_owned(),
        operand: id.clone(),
        title: format!("缺{id}"),
        ..Default::default()
    };
    evaluation.missing = ids.iter().map(missing).collect();

    for report in both(&evaluation, &names("")) {
        assert!(report.contains("见表“B2各项数据”中未报送或已过期的各项"), "{report}");
        assert_eq!(report.matches("B2各项数据").count(), 2, "the table's caption, and where it is pointed to");
        assert!(!report.contains("缺score_17"), "named twice");
    }
}

#[test]
fn a_veto_that_was_found_is_triggered() {
    let mut evaluation = all_met();
    evaluation.parts[3] = part("vetoes", "一票否决", Verdict::NotMet, &["V1触发"]);
    evaluation.items[2] = item(
        "V1",
        "vetoes",
        "存在以考试方式招生",
        vec![test("未发现此项情形", Verdict::NotMet, vec![operand("found", Some(Value::Declaration(true)))])],
    );
    evaluation.verdict = Verdict::NotMet.into();

    for report in both(&evaluation, &names("")) {
        assert!(report.contains("触发一票否决，自查结论为不达标。"));
        assert!(report.contains("发现该情形"));
        assert!(report.contains("“存在以考试方式招生”触发。"));
    }
}

#[test]
fn a_stage_without_units_is_said_to_have_none() {
    let mut evaluation = all_met();
    evaluation.resources[1] = stage(Stage::Junior, Vec::new(), [0.0; 7]);

    for report in both(&evaluation, &names("")) {
        assert!(report.contains("初中：本县无该学段评估单元。"));
        assert!(!report.contains("初中各评估单元"));
    }
}

#[test]
fn a_name_cannot_become_markup_or_break_a_table() {
    let mut evaluation = all_met();
    evaluation.resources[0].units[0].school_name = "a|b*c*<script>alert(1)</script>&`x`".to_owned();

    let [html, markdown] = both(&evaluation, &names("<b>注</b>"));

    assert!(!html.contains("<script"));
    assert!(!html.contains("<b>"));
    assert!(markdown.contains(r"a\|b\*c\*&lt;script&gt;alert(1)&lt;/script&gt;&amp;\`x\`"));
}

#[test]
fn an_evaluation_from_files_has_no_submission() {
    let mut evaluation = all_met();
    evaluation.basis = None;

    for report in both(&evaluation, &Names::default()) {
        assert!(report.contains("由数据文件离线评估，无报送版本"));
        assert!(report.contains("210922义务教育"));
    }
}

#[test]
fn an_empty_evaluation_still_renders() {
    both(&Evaluation::default(), &Names::default());
}

#[test]
fn files_are_named_after_county_month_and_standard() {
    let report = CountyReport::new(&all_met(), &names(""));

    assert_eq!(report.file_name(Format::Html), "彰武县-2024-12-优质均衡发展自查报告.html");
    assert_eq!(report.file_name(Format::Markdown), "彰武县-2024-12-优质均衡发展自查报告.md");
}

#[test]
fn another_standard_gives_the_report_its_kind() {
    let kind = |standard_title: &str| {
        let evaluation = Evaluation { standard_title: standard_title.to_owned(), ..all_met() };
        CountyReport::new(&evaluation, &names("")).file_name(Format::Html)
    };

    assert_eq!(kind("县域义务教育基本均衡发展评估标准"), "彰武县-2024-12-基本均衡发展自查报告.html");
    assert_eq!(kind("某县办学基本标准"), "彰武县-2024-12-评估报告.html");
}

#[test]
fn the_same_evaluation_read_from_json_gives_the_same_report() {
    let evaluation = county();
    let read: Evaluation = serde_json::from_str(&serde_json::to_string(&evaluation).unwrap()).unwrap();

    assert_eq!(both(&read, &names("")), both(&evaluation, &names("")));
}

#[test]
fn a_declaration_that_no_longer_counts_is_told_with_its_month_and_asked_for_again() {
    let mut evaluation = county();
    let stale = |operand: &mut Operand| {
        (operand.stale, operand.month) = (true, "2023-05".to_owned());
    };
    evaluation.items.iter_mut().flat_map(|item| &mut item.tests).flat_map(|test| &mut test.operands).for_each(
        |operand| {
            if ["questionnaires_valid", "found"].contains(&operand.id.as_str()) {
                stale(operand);
            }
        },
    );

    for report in both(&evaluation, &names("")) {
        assert!(report.contains("有效问卷数：2023年5月的声明已过期"));
        assert!(report.contains("有效问卷数（2023年5月的声明已过期）"));
        assert!(report.contains("有无此项情形的声明（2023年5月的声明已过期）"));
    }
}

#[test]
fn a_report_is_compared_with_earlier_months() {
    let mut before = county();
    before.month = "2024-11".to_owned();
    before.resources[0].met_unit_count = Some(1);
    before.resources[0].indicators[0].variation = Some(0.2);
    let mut now = before.clone();
    now.month = "2024-12".to_owned();
    now.verdict = Verdict::Met.into();
    now.resources[0].met_unit_count = Some(3);
    now.resources[0].indicators[0].variation = Some(0.15);

    let report = CountyReport::compared(&now, &names(""), &[before]).markdown().unwrap();

    for line in [
        "与以往比较",
        "| 自查结论 | 达标 | 不达标 | 由不达标变为达标 |",
        "| 小学综合达标单元（个） | 3 | 1 | 增加2 |",
        "| 小学L1差异系数 | 0.150 | 0.200 | 减少0.050 |",
    ] {
        assert!(report.contains(line), "{line} in {report}");
    }
    assert!(report.contains("| 持平 |"));
    assert!(!CountyReport::new(&now, &names("")).markdown().unwrap().contains("与以往比较"));
}

#[test]
fn units_that_changed_are_named_with_what_moved_them() {
    let now = county();
    let mut before = now.clone();
    "2024-11".clone_into(&mut before.month);
    let primary = &mut before.resources[0];
    let short = primary.units.iter_mut().find(|unit| unit.verdict() == Verdict::NotMet).unwrap();
    let name = short.school_name.clone();
    short.set_verdict(Verdict::Met);
    let moved = short.indicators.iter_mut().find(|one| one.verdict() == Verdict::NotMet).unwrap();
    let id = moved.id.clone();
    moved.set_verdict(Verdict::Met);
    moved.value = Some(99.0);
    let mut gone = primary.units[5].clone();
    "3121009999".clone_into(&mut gone.school_code);
    "撤并的学校".clone_into(&mut gone.school_name);
    primary.units.push(gone);

    let text = CountyReport::compared(&now, &names(""), &[before]).markdown().unwrap();

    let told = text.lines().find(|line| line.starts_with("与2024年11月相比，小学")).unwrap();
    assert!(told.contains(&format!("结论有变化的单元：{name}由达标变为不达标（{id}由99.00变为")), "{told}");
    assert!(told.contains("，不再作为评估单元：撤并的学校。") && !told.contains("新增"), "{told}");
}
