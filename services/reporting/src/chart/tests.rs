//! What holds for every chart, whatever its data: it is XML, its texts do not collide, its marks are its data.

use junheng_proto::common::v1::Verdict;
use roxmltree::{Document, Node};

use super::{drawing::Shape, *};

const HOSTILE: &str = "<script>alert(1)</script>&\"'\u{0}\u{fffe}=cmd|'/c calc'!A1 第一实验小学東校区𠀀";

/// Names of many lengths, the first one hostile.
fn name(index: usize) -> String {
    if index == 0 { HOSTILE.to_owned() } else { format!("第{index}{}小学", "实验中心".repeat(index % 4)) }
}

#[expect(clippy::cast_precision_loss, reason = "small numbers")]
fn number(index: usize) -> f64 {
    index as f64
}

fn verdict(index: usize) -> Verdict {
    [Verdict::Met, Verdict::NotMet, Verdict::Undetermined, Verdict::Unspecified][index % 4]
}

fn limit(name: &str, value: f64) -> Limit {
    Limit { name: name.to_owned(), figure: Figure::new(value, format!("{value}")) }
}

fn strips(rows: usize, units: usize) -> Strips {
    let unit = |index: usize| {
        let value = number((index * 37) % 101) / 10.0;
        StripUnit {
            name: name(index),
            value: (index % 9 != 8).then(|| Figure::new(value, format!("{value:.2}"))),
            verdict: match index % 9 {
                8 => Verdict::Undetermined,
                _ if value >= 4.2 => Verdict::Met,
                _ => Verdict::NotMet,
            },
            below_floor: value < 3.57,
        }
    };
    let strip = |row| Strip {
        label: format!("L{row} 每百名学生拥有县级以上骨干教师数"),
        unit: "人/百名学生".to_owned(),
        threshold: Some(limit("标准值", 4.2)),
        floor: Some(limit("单项底线", 3.57)),
        units: (0..units).map(unit).collect(),
    };
    Strips { title: HOSTILE.to_owned(), strips: (0..rows).map(strip).collect() }
}

fn bullets(count: usize) -> Bullets {
    let bullet = |index: usize| Bullet {
        label: name(index),
        text: if index % 3 == 1 { "0.401至0.633※".to_owned() } else { format!("0.{index}12") },
        value: (index % 3 != 1).then(|| number(index) * 0.11),
        low: Some(0.401),
        high: index.is_multiple_of(2).then_some(0.633),
        limit: (index % 4 != 3).then(|| Figure::new(0.5, "0.50")),
        verdict: verdict(index),
        verdict_text: "不达标".to_owned(),
    };
    Bullets { title: HOSTILE.to_owned(), bullets: (0..count).map(bullet).collect() }
}

fn series(months: usize, lines: usize) -> Series {
    let figure = |line: usize, month: usize| {
        let value = 0.3 + number((line * 7 + month * 3) % 11) / 50.0;
        ((month + line) % 5 != 4).then(|| Figure::new(value, format!("{value:.3}")))
    };
    let line = |line| Line { name: name(line), figures: (0..months).map(|month| figure(line, month)).collect() };
    Series {
        title: HOSTILE.to_owned(),
        months: (0..months).map(|month| format!("{}-{:02}", 2020 + month / 12, month % 12 + 1)).collect(),
        lines: (0..lines).map(line).collect(),
        limits: vec![limit("小学限值", 0.5), limit("初中限值", 0.45)],
    }
}

fn heat_map(rows: usize, columns: usize) -> HeatMap {
    let row = |row: usize| HeatRow {
        label: name(row),
        link: if row.is_multiple_of(2) { format!("/counties/{row}?month=2024-12&x=1") } else { String::new() },
        cells: (0..columns.saturating_sub(row % 2))
            .map(|column| HeatCell { verdict: verdict(row + column), hint: HOSTILE.to_owned() })
            .collect(),
    };
    HeatMap {
        title: HOSTILE.to_owned(),
        columns: (0..columns).map(|column| format!("L{column}")).collect(),
        rows: (0..rows).map(row).collect(),
    }
}

fn lorenz(units: usize) -> Lorenz {
    let share = |index| Share { name: name(index), pupils: 50.0 + number(index), value: number((index * 13) % 29 + 1) };
    Lorenz {
        title: HOSTILE.to_owned(),
        amount: HOSTILE.to_owned(),
        shares: (0..units).map(share).collect(),
        unknown: 2,
    }
}

fn below(rows: usize, units: usize) -> Below {
    let unit = |index: usize| BelowUnit {
        name: name(index),
        pupils: (index % 7 != 6).then(|| u32::try_from(40 + index * 11).unwrap()),
        below_floor: index.is_multiple_of(3),
    };
    let row = |row| BelowRow {
        label: format!("L{row} {HOSTILE}"),
        units: (0..units * row / rows.max(1)).map(unit).collect(),
    };
    Below { title: HOSTILE.to_owned(), pupils: 200_000, unreported: 0, rows: (0..rows).map(row).collect() }
}

/// Charts of every kind and of every size that a county or a province has.
fn all() -> Vec<Drawing> {
    let mut all = vec![];
    for count in [0, 1, 2, 3, 12, 47, 150, 300] {
        all.extend([strips(1, count).draw(), strips(8, count).draw(), lorenz(count).draw(), below(7, count).draw()]);
        all.extend([heat_map(count, 32).draw(), heat_map(3, count.min(60)).draw()]);
    }
    for count in [0, 1, 3, 9, 14] {
        all.extend([bullets(count).draw(), series(24, count).draw(), series(count, 2).draw(), below(count, 9).draw()]);
    }
    all.push(series(120, 20).draw());
    all
}

fn of_class<'a>(document: &'a Document<'_>, class: &'a str) -> Vec<Node<'a, 'a>> {
    document.descendants().filter(|node| node.attribute("class") == Some(class)).collect()
}

fn length(node: Node<'_, '_>, attribute: &str) -> f64 {
    node.attribute(attribute).unwrap().parse().unwrap()
}

#[test]
fn every_chart_is_xml_with_its_title_and_its_description_and_no_style_of_its_own() {
    for drawing in all() {
        let svg = drawing.svg("figure-1").unwrap();
        let document = Document::parse(&svg).unwrap();
        let root = document.root_element();

        let child = |name| root.children().find(|child| child.tag_name().name() == name).unwrap();
        let told = child("title").text().unwrap();
        assert!(told.contains("<script>alert(1)</script>"), "{told}");
        assert!(!child("desc").text().unwrap().is_empty());
        assert_eq!(root.attribute("aria-labelledby"), Some("figure-1-title figure-1-desc"));
        for node in document.descendants().filter(Node::is_element) {
            let allowed = ["svg", "title", "desc", "defs", "pattern", "rect", "path", "text", "a"];
            assert!(allowed.contains(&node.tag_name().name()), "{node:?}");
            let bad = |name: &str| name == "style" || name.starts_with("on");
            assert!(node.attributes().all(|attribute| !bad(attribute.name())), "{node:?}");
        }
    }
}

#[test]
fn ids_begin_with_the_id_given_and_every_reference_finds_its_own() {
    for drawing in all() {
        let svg = drawing.svg("figure-7").unwrap();
        let document = Document::parse(&svg).unwrap();
        let ids: Vec<&str> = document.descendants().filter_map(|node| node.attribute("id")).collect();

        assert!(ids.iter().all(|id| id.starts_with("figure-7-")), "{ids:?}");
        assert!(ids.iter().enumerate().all(|(index, id)| !ids[..index].contains(id)), "{ids:?}");
        for fill in document.descendants().filter_map(|node| node.attribute("fill")?.strip_prefix("url(#")) {
            assert!(ids.contains(&fill.trim_end_matches(')')), "{fill}");
        }
    }
}

#[test]
fn no_text_lies_on_another_or_beyond_the_edge() {
    for drawing in all() {
        let texts: Vec<(&str, [f64; 4])> = drawing
            .shapes
            .iter()
            .filter_map(
                |shape| if let Shape::Text(text) = shape { Some((text.words.as_str(), text.bounds())) } else { None },
            )
            .collect();
        for (index, (one, [left, top, right, bottom])) in texts.iter().enumerate() {
            let inside = *left >= 0.0 && *top >= 0.0 && *right <= drawing.width && *bottom <= drawing.height;
            assert!(inside, "{one} at {left} {top} {right} {bottom} of {} {}", drawing.width, drawing.height);
            for (other, [from, above, to, below]) in &texts[..index] {
                let apart = left >= to || from >= right || top >= below || above >= bottom;
                assert!(apart, "{one} on {other} of {}", drawing.description());
            }
        }
    }
}

#[test]
fn every_unit_has_a_bar_as_high_as_its_value_the_lowest_first() {
    let drawing = strips(1, 20).draw();
    let svg = drawing.svg("c").unwrap();
    let document = Document::parse(&svg).unwrap();

    let bars = of_class(&document, "unit");
    let data = strips(1, 20).strips.remove(0);
    let mut values: Vec<f64> = data.units.iter().filter_map(|unit| Some(unit.value.as_ref()?.value)).collect();
    values.sort_by(f64::total_cmp);
    assert_eq!(bars.len(), 20);
    // The strip is 150 high and ends at one and a half times the threshold.
    for (bar, value) in bars.iter().zip(&values) {
        assert!((length(*bar, "height") - value.min(6.3) / 6.3 * 150.0).abs() < 0.02, "{value}");
    }
    let xs: Vec<f64> = bars.iter().map(|bar| length(*bar, "x")).collect();
    assert!(xs.windows(2).all(|pair| pair[0] + length(bars[0], "width") <= pair[1]));
    assert!(drawing.description().contains("达到标准值"), "{}", drawing.description());
    assert!(svg.contains("达到"), "{svg}");
}

#[test]
fn hundreds_of_units_stay_within_the_strip() {
    let svg = strips(7, 300).draw().svg("c").unwrap();
    let document = Document::parse(&svg).unwrap();

    let bars = of_class(&document, "unit");
    assert_eq!(bars.len(), 2_100);
    let right = bars.iter().map(|bar| length(*bar, "x") + length(*bar, "width")).fold(0.0, f64::max);
    assert!(right <= 612.0, "{right}");
}

#[test]
fn a_coefficient_is_a_bar_up_to_its_value_or_the_interval_where_it_must_lie() {
    let bullet = |value: Option<f64>| Bullet {
        label: "L1".to_owned(),
        text: "0.300".to_owned(),
        value,
        low: Some(0.2),
        high: Some(0.4),
        limit: Some(Figure::new(0.5, "0.50")),
        verdict: Verdict::Met,
        verdict_text: "达标".to_owned(),
    };
    let drawing = Bullets { title: "系数".to_owned(), bullets: vec![bullet(Some(0.3)), bullet(None)] }.draw();
    let svg = drawing.svg("c").unwrap();
    let document = Document::parse(&svg).unwrap();

    let bars = of_class(&document, "bullet");
    assert_eq!(bars.len(), 1);
    assert!((length(bars[0], "width") - 0.3 / 0.6 * 430.0).abs() < 0.02);
    assert_eq!(of_class(&document, "interval")[0].attribute("d"), Some("M153.33 67L296.67 67"));
    assert_eq!(drawing.description(), "L1：0.300，限值0.50，达标。L1：0.300，限值0.50，达标。");
}

#[test]
fn a_month_without_a_figure_breaks_the_line_and_is_marked() {
    let figure = |value: f64| Some(Figure::new(value, format!("{value}")));
    let one =
        Line { name: "小学".to_owned(), figures: vec![figure(0.4), figure(0.5), None, figure(0.6), figure(0.2)] };
    let months: Vec<String> = (1..=5).map(|month| format!("2024-0{month}")).collect();
    let drawing =
        Series { title: "系数".to_owned(), months, lines: vec![one], limits: vec![limit("限值", 0.5)] }.draw();
    let svg = drawing.svg("c").unwrap();
    let document = Document::parse(&svg).unwrap();

    assert_eq!(of_class(&document, "line").len(), 2);
    assert_eq!(of_class(&document, "figure").len(), 4);
    assert_eq!(of_class(&document, "gap").len(), 1);
    assert_eq!(of_class(&document, "limit").len(), 1);
    assert!(drawing.description().contains("2024-03 无数据"), "{}", drawing.description());
}

#[test]
fn every_verdict_has_a_letter_of_its_own() {
    let drawing = heat_map(4, 4).draw();
    let svg = drawing.svg("c").unwrap();
    let document = Document::parse(&svg).unwrap();

    for (class, letter, cells) in [("met", "达", 3), ("short", "未", 4), ("open", "待", 3), ("none", "—", 6)] {
        assert_eq!(of_class(&document, class).len(), cells, "{class}");
        let letters =
            document.descendants().filter(|node| node.tag_name().name() == "text" && node.text() == Some(letter));
        assert_eq!(letters.count(), cells, "{letter}");
    }
    let links: Vec<&str> = document.descendants().filter_map(|node| node.attribute("href")).collect();
    assert_eq!(links, ["/counties/0?month=2024-12&x=1", "/counties/2?month=2024-12&x=1"]);
    assert_eq!(document.root_element().attribute("role"), Some("group"));
}

#[test]
fn the_curve_is_the_line_where_all_have_alike_and_below_it_elsewhere() {
    let share = |pupils, value| Share { name: String::new(), pupils, value };
    let of = |shares| Lorenz { title: "面积".to_owned(), amount: "面积".to_owned(), shares, unknown: 0 }.draw();

    let alike = of(vec![share(100.0, 3.0), share(300.0, 3.0)]);
    assert!(alike.description().contains("最低的20%学生占有20.00%"), "{}", alike.description());
    // Half of the pupils have a quarter of all.
    let uneven = of(vec![share(100.0, 3.0), share(100.0, 1.0)]);
    assert!(uneven.description().contains("最低的50%学生占有25.00%"), "{}", uneven.description());
    let svg = uneven.svg("c").unwrap();
    let document = Document::parse(&svg).unwrap();
    assert_eq!(of_class(&document, "curve")[0].attribute("d"), Some("M58 262L183 199.5L308 12"));
    assert_eq!(of_class(&document, "unit").len(), 2);
}

#[test]
fn pupils_below_the_line_are_pieces_as_wide_as_their_number() {
    let unit = |name: &str, pupils, below_floor| BelowUnit { name: name.to_owned(), pupils, below_floor };
    let units = vec![unit("甲", Some(100), true), unit("乙", Some(300), false), unit("丙", None, false)];
    let row = BelowRow { label: "L4".to_owned(), units };
    let drawing = Below { title: "学生".to_owned(), pupils: 1_000, unreported: 1, rows: vec![row] }.draw();
    let svg = drawing.svg("c").unwrap();
    let document = Document::parse(&svg).unwrap();

    let pieces = of_class(&document, "unit");
    assert_eq!(pieces.len(), 2);
    assert!((length(pieces[0], "width") / length(pieces[1], "width") - 3.0).abs() < 0.01);
    assert_eq!(
        drawing.description(),
        "L4：未达到标准值的3个单元400人，占40.00%（1个单元在校生数未报送），人数最多的为乙（300人）。占比以已报送的在校生数计；另有1个单元未报送在校生数，未计入人数和占比。"
    );
    assert!(drawing.legend().ends_with("另有1个单元未报送在校生数，未计入人数和占比。"));
}
