//! What was published of real counties comes out again. Where only coefficients were published, two units are reconstructed that have
//! them: they are not the counties' schools.

use std::{collections::BTreeMap, fs, path::Path};

use junheng_domain::{
    criteria::variation_limit::Variation,
    element::Element,
    facts::CountyFacts,
    missing,
    quantity::Quantity,
    school::Stage,
    verdict::Verdict::{self, Met, NotMet, Undetermined},
};

use crate::county::{BASIC, QUALITY, add_item, add_school, add_spread, empty, item, judged, part, stage};

/// The rows of a table of the test data, by column. Only the last column may hold commas.
fn read(file: &str) -> Vec<BTreeMap<String, String>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/data").join(file);
    let text = fs::read_to_string(path).unwrap();
    let mut lines = text.trim_start_matches('\u{feff}').lines();
    let header: Vec<&str> = lines.next().unwrap().split(',').collect();
    let row = |line: &str| {
        header.iter().map(|id| (*id).to_owned()).zip(line.splitn(header.len(), ',').map(ToOwned::to_owned)).collect()
    };
    lines.map(row).collect()
}

/// A published decimal number in such parts: 1000 for thousandths. `None`: not visible in the source.
fn parts_of(text: &str, parts: i64) -> Option<i64> {
    Some(Quantity::parse(text).ok()?.as_millionths() * parts / 1_000_000)
}

fn stage_of(row: &BTreeMap<String, String>) -> Stage {
    if row["level"] == "小学" { Stage::Primary } else { Stage::Junior }
}

/// Columns of the published table, the elements that stand for them, and so many pupils that a figure is for.
const BASIC_COLUMNS: [(&str, &str, i64); 8] = [
    ("teaching_area_m2_per_pupil", "teaching_area_m2", 1),
    ("sports_area_m2_per_pupil", "sports_ground_area_m2", 1),
    ("equipment_yuan_per_pupil", "equipment_value_yuan", 1),
    ("computers_per_100", "computers", 100),
    ("books_per_pupil", "books", 1),
    ("teacher_pupil_ratio", "teachers_{stage}", 1),
    ("above_required_education_teachers_per_pupil", "teachers_above_degree_{stage}", 1),
    ("mid_or_senior_title_teachers_per_pupil", "senior_title_teachers_{stage}", 1),
];

fn coefficients(variations: impl Iterator<Item = Variation>) -> Vec<String> {
    variations.map(|variation| format!("{:.3}", variation.coefficient.unwrap())).collect()
}

#[test]
fn the_published_composites_are_the_means_of_the_eight_published_coefficients() {
    let rows = read("published/basic_anhui_6_districts_partial.csv");
    let mut compared = 0;
    for cv in rows.iter().filter(|row| row["row"] == "cv") {
        let same = |row: &&BTreeMap<String, String>| row["county"] == cv["county"] && row["level"] == cv["level"];
        let mean = rows.iter().filter(same).find(|row| row["row"] == "mean").unwrap();
        let spreads: Option<Vec<_>> = BASIC_COLUMNS
            .iter()
            .map(|(column, element, per)| {
                Some((*element, parts_of(&mean[*column], 1_000_000)? / per, parts_of(&cv[*column], 1000)?))
            })
            .collect();
        let Some(spreads) = spreads else { continue };
        let mut county = empty("2013-12");
        add_spread(&mut county, stage_of(cv), &spreads);

        let (coefficients, composite, verdict) = judged(BASIC, &county, |evaluation| {
            let stage = stage(evaluation, stage_of(cv));
            let variations = stage.indicators.iter().map(|indicator| indicator.variation);
            (coefficients(variations), stage.composite.unwrap().value.unwrap(), stage.verdict)
        });

        let published: Vec<_> = BASIC_COLUMNS.iter().map(|(column, ..)| cv[*column].clone()).collect();
        assert_eq!(coefficients, published, "{} {}", cv["county"], cv["level"]);
        assert_eq!(format!("{composite:.3}"), cv["composite"], "{} {}", cv["county"], cv["level"]);
        assert_eq!(verdict, Some(Met), "{} {}", cv["county"], cv["level"]);
        compared += 1;
    }
    assert_eq!(compared, 4, "of two districts all eight are visible, by stage");
}

const QUALITY_COLUMNS: [(&str, &str); 7] = [
    ("above_required_education_teachers_per_100", "teachers_above_degree_{stage}"),
    ("backbone_teachers_per_100", "backbone_teachers_{stage}"),
    ("pe_arts_teachers_per_100", "pe_arts_teachers_{stage}"),
    ("teaching_area_m2_per_pupil", "teaching_area_m2"),
    ("sports_area_m2_per_pupil", "sports_ground_area_m2"),
    ("equipment_yuan_per_pupil", "equipment_value_yuan"),
    ("network_multimedia_rooms_per_100", "multimedia_rooms"),
];

#[test]
fn ningguo_exceeds_every_limit_of_variation_but_that_of_equipment() {
    for row in read("published/hq_ningguo_2022_cv.csv") {
        // Means were not published, and a coefficient does not depend on them.
        let spread = |(column, element): &(&'static str, &'static str)| {
            (*element, 100_000, parts_of(&row[*column], 1000).unwrap())
        };
        let mut county = empty("2022-12");
        add_spread(&mut county, stage_of(&row), &QUALITY_COLUMNS.each_ref().map(spread));

        let variations: Vec<Variation> = judged(QUALITY, &county, |evaluation| {
            stage(evaluation, stage_of(&row)).indicators.iter().map(|indicator| indicator.variation).collect()
        });

        let published: Vec<_> = QUALITY_COLUMNS.iter().map(|(column, _)| row[*column].clone()).collect();
        assert_eq!(coefficients(variations.iter().copied()), published, "{}", row["level"]);
        let verdicts: Vec<_> = variations.iter().map(|variation| variation.verdict.unwrap()).collect();
        assert_eq!(verdicts, [NotMet, NotMet, NotMet, NotMet, NotMet, Met, NotMet], "{}", row["level"]);
    }
}

/// Xixiangtang in 2016, as published: composites 0.31 and 0.22, 94.5 points, 91.5 % of disabled children enrolled, 68.32 % of migrant
/// children in public schools. The units that give the composites are reconstructed, and the counts that give the shares.
fn xixiangtang() -> CountyFacts {
    let mut county = empty("2016-12");
    for (of, cv) in [(Stage::Primary, 310), (Stage::Junior, 220)] {
        let spreads = BASIC_COLUMNS.map(|(_, element, _)| (element, 1_000_000, cv));
        add_spread(&mut county, of, &spreads);
    }
    for (item, operand, value) in [
        ("B2", "score_total", "94.5"),
        ("Q2", "disabled_children", "1000"),
        ("Q2", "disabled_children_enrolled", "915"),
        ("G15", "left_behind_care_in_place", "true"),
        ("G15", "migrant_children_eligible", "10000"),
        ("G15", "migrant_children_in_public_schools", "6832"),
    ] {
        add_item(&mut county, item, operand, value);
    }
    county
}

#[test]
fn xixiangtang_meets_what_was_published_under_the_basic_standard() {
    judged(BASIC, &xixiangtang(), |evaluation| {
        let composite = |of| format!("{:.2}", stage(evaluation, of).composite.unwrap().value.unwrap());

        assert_eq!((composite(Stage::Primary), composite(Stage::Junior)), ("0.31".to_owned(), "0.22".to_owned()));
        assert_eq!((part(evaluation, "balance"), part(evaluation, "government")), (Met, Met));
        assert_eq!((part(evaluation, "school-standard"), evaluation.verdict), (Undetermined, Undetermined));
    });
}

#[test]
fn xixiangtang_falls_short_of_the_quality_standard_where_it_met_the_basic_one() {
    let with_bought_places = |places: Option<&str>| -> Verdict {
        let mut county = xixiangtang();
        if let Some(places) = places {
            add_item(&mut county, "G15", "migrant_children_in_purchased_places", places);
        }
        judged(QUALITY, &county, |evaluation| item(evaluation, "G15"))
    };

    assert_eq!(judged(QUALITY, &xixiangtang(), |evaluation| item(evaluation, "Q2")), NotMet);
    assert_eq!(with_bought_places(None), Undetermined, "up to 31.68 % may be in bought places");
    assert_eq!(with_bought_places(Some("1667")), NotMet, "84.99 %");
    assert_eq!(with_bought_places(Some("1668")), Met, "85 %");
}

/// Zhangwu in December 2024, from the test data.
fn zhangwu() -> CountyFacts {
    let mut county = empty("2024-12");
    for row in read("zhangwu-2024/schools.csv") {
        let figure = |(id, cell): (&String, &String)| Some((Element::find(id)?, Quantity::parse(cell).ok()?));
        let figures: Vec<_> = row.iter().filter_map(figure).map(|(element, value)| (element.id(), value)).collect();
        add_school(&mut county, &row["school_code"], &row["school_type"], &figures);
    }
    for row in read("zhangwu-2024/items.csv") {
        add_item(&mut county, &row["item"], &row["operand"], &row["value"]);
    }
    county
}

#[test]
fn zhangwu_is_not_met_under_the_quality_standard() {
    judged(QUALITY, &zhangwu(), |evaluation| {
        let parts = ["prerequisite", "resources", "government", "quality", "recognition", "vetoes"];
        let verdicts = parts.map(|id| part(evaluation, id));

        assert_eq!(verdicts, [Undetermined, NotMet, NotMet, NotMet, Undetermined, Undetermined]);
        assert_eq!(evaluation.verdict, NotMet);
    });
}

#[test]
fn zhangwu_is_undetermined_under_the_basic_standard_for_want_of_computers_books_and_titles() {
    judged(BASIC, &zhangwu(), |evaluation| {
        let missing = missing::all(evaluation);
        let of_rule = |rule: &str| -> std::collections::BTreeSet<&str> {
            missing.iter().filter(|one| one.rule == rule).map(|one| one.operand.operand.as_str()).collect()
        };

        assert_eq!(evaluation.verdict, Undetermined);
        assert_eq!(evaluation.parts.iter().map(|part| part.verdict).collect::<Vec<_>>(), [Undetermined; 4]);
        assert_eq!((of_rule("R4"), of_rule("R5")), (["computers"].into(), ["books"].into()));
        assert_eq!(of_rule("R8"), ["senior_title_teachers_junior", "senior_title_teachers_primary"].into());
        assert!(["R1", "R2", "R3", "R6", "R7"].iter().all(|rule| of_rule(rule).is_empty()), "the others are there");
        assert!(["B1", "B2", "B3"].iter().all(|rule| !of_rule(rule).is_empty()));
    });
}
