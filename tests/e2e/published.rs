//! Figures that were published come out of the same API that judges counties.

use junheng_e2e::{County, Database, Suite, county::read, on_both_databases};
use junheng_proto::{
    common::v1::{Stage, Verdict},
    evaluation::v1::Evaluation,
    ingest::v1::SchoolFacts,
};

use crate::{stage, unit};

on_both_databases!(
    the_published_example_of_a_weighted_variation_is_reproduced,
    the_published_split_of_a_nine_year_school_is_reproduced,
    a_published_county_falls_short_on_one_variation_though_the_mean_of_seven_is_within,
    the_published_counts_of_units_that_reach_are_reproduced,
);

fn number(text: &str) -> f64 {
    text.parse().unwrap()
}

fn whole(number: f64) -> u32 {
    format!("{number:.0}").parse().unwrap()
}

async fn judged(database: Database, county: &County) -> Evaluation {
    let suite = Suite::start(database).await;
    suite.register(county).await;
    let receipt = suite.accepted(county.submission("published")).await;
    suite.stored(&county.region, &county.month, &receipt).await
}

async fn the_published_example_of_a_weighted_variation_is_reproduced(database: Database) {
    // The example counts books; the equipment of this standard is shared out by the same formula.
    let mut county = County::empty("219905", "2024-12", ["示例省", "示例市", "算例县"]);
    let rows = read("published/example_cv_books_5_schools.csv");
    for (index, row) in rows.iter().filter(|row| row["school"] != "总计").enumerate() {
        let facts = SchoolFacts {
            school_code: format!("212100000{index}"),
            pupils_primary: row["pupils"].parse().ok(),
            equipment_value_yuan: row["books"].parse().ok(),
            ..SchoolFacts::default()
        };
        county.add("211", &row["school"], facts);
    }
    assert_eq!(county.schools.len(), 5);

    let evaluation = judged(database, &county).await;

    let books = &stage(&evaluation, Stage::Primary).indicators[5];
    assert_eq!(format!("{:.5}", books.variation.unwrap()), "0.51526");
    assert_eq!(format!("{:.2}", books.mean.unwrap()), rows.last().unwrap()["books_per_pupil_published"]);
    assert_eq!(books.verdict(), Verdict::NotMet, "above 0.50");
    assert_eq!(books.other_variation.map(|other| format!("{other:.5}")).as_deref(), Some("0.48877"));
}

async fn the_published_split_of_a_nine_year_school_is_reproduced(database: Database) {
    let item = |name: &str| {
        let rows = read("published/example_split_nine_year_books.csv");
        rows.iter().find(|row| row["item"] == name).map(|row| number(&row["value"])).unwrap()
    };
    let pupils = |name: &str| Some(whole(item(name)));
    let mut county = County::empty("219905", "2024-12", ["示例省", "示例市", "算例县"]);
    let facts = SchoolFacts {
        school_code: "3121000001".to_owned(),
        pupils_primary: pupils("primary_pupils"),
        pupils_junior: pupils("junior_pupils"),
        equipment_value_yuan: Some(item("books_total")),
        ..SchoolFacts::default()
    };
    county.add("312", "九年一贯制学校", facts);

    let evaluation = judged(database, &county).await;

    for (of, weighted, published) in [
        (Stage::Primary, item("primary_pupils"), item("published_primary_books")),
        (Stage::Junior, item("junior_pupils") * item("junior_weight"), item("published_junior_books")),
    ] {
        let indicator = &unit(&evaluation, of, "3121000001").indicators[5];
        let share = indicator.share.unwrap();
        assert!((share - weighted / item("weighted_pupils")).abs() < 1e-12, "{of:?}");
        // The source cuts the one to a whole book and rounds the other up.
        assert!((share * item("books_total") - published).abs() < 1.0, "{of:?}");
    }
    let primary = unit(&evaluation, Stage::Primary, "3121000001").indicators[5].value.unwrap();
    assert_eq!(format!("{primary:.1}"), format!("{:.1}", item("published_primary_books_per_pupil")));
}

/// Indicators L1 to L7 by column of the published tables.
const COLUMNS: [&str; 7] = [
    "above_required_education_teachers_per_100",
    "backbone_teachers_per_100",
    "pe_arts_teachers_per_100",
    "teaching_area_m2_per_pupil",
    "sports_area_m2_per_pupil",
    "equipment_yuan_per_pupil",
    "network_multimedia_rooms_per_100",
];

async fn a_published_county_falls_short_on_one_variation_though_the_mean_of_seven_is_within(database: Database) {
    let rows = read("published/hq_jiujiang_2023_primary.csv");
    let published = |row: &str, column: &str| number(&rows.iter().find(|found| found["row"] == row).unwrap()[column]);
    // Two units of equal size, a standard deviation above and below the mean, have the published mean and deviation.
    let mut county = County::empty("340207", "2023-12", ["安徽省", "芜湖市", "鸠江区"]);
    for (code, sign) in [("2134000001", 1.0), ("2134000002", -1.0)] {
        let value = |column: usize| published("mean", COLUMNS[column]) + sign * published("std", COLUMNS[column]);
        let persons = |column: usize| Some(whole(value(column) * 1e6));
        let amount = |column: usize| Some((value(column) * 1e8).round());
        let facts = SchoolFacts {
            school_code: code.to_owned(),
            pupils_primary: Some(100_000_000),
            teachers_above_degree_primary: persons(0),
            backbone_teachers_primary: persons(1),
            pe_arts_teachers_primary: persons(2),
            teaching_area_m2: amount(3),
            indoor_sports_area_m2: Some(0.0),
            sports_ground_area_m2: amount(4),
            equipment_value_yuan: amount(5),
            multimedia_rooms: persons(6),
            ..SchoolFacts::default()
        };
        county.add("211", "示例小学", facts);
    }

    let evaluation = judged(database, &county).await;

    let primary = stage(&evaluation, Stage::Primary);
    for (indicator, column) in primary.indicators.iter().zip(COLUMNS) {
        assert!((indicator.mean.unwrap() - published("mean", column)).abs() < 1e-6, "{column}");
        assert!((indicator.variation.unwrap() - published("cv", column)).abs() < 2e-6, "{column}");
    }
    let beyond: Vec<_> = primary.indicators.iter().filter(|indicator| indicator.verdict() == Verdict::NotMet).collect();
    assert_eq!(beyond.len(), 1);
    assert_eq!((beyond[0].id.as_str(), format!("{:.6}", beyond[0].variation.unwrap()).as_str()), ("L2", "0.501787"));
    let composite = primary.composite_variation.unwrap();
    assert!((composite - published("cv", "composite")).abs() < 1e-6);
    assert!(composite < 0.5, "it is printed and never decides");
    assert_eq!(primary.verdict(), Verdict::NotMet);
}

async fn the_published_counts_of_units_that_reach_are_reproduced(database: Database) {
    let county = County::zhangwu();

    let evaluation = judged(database, &county).await;

    for row in read("published/hq_zhangwu_2024_reach_counts.csv") {
        let of = if row["level"] == "小学" { Stage::Primary } else { Stage::Junior };
        let resources = stage(&evaluation, of);
        let all = resources.unit_count.unwrap();
        let reached = match row["indicator"].split_once(' ').and_then(|(index, _)| index.parse::<usize>().ok()) {
            Some(index) => {
                let indicator = &resources.indicators[index - 1];
                assert_eq!(indicator.threshold, row["threshold"].parse().ok(), "{row:?}");
                indicator.reached_unit_count.unwrap()
            }
            None => resources.met_unit_count.unwrap(),
        };
        assert_eq!(
            (reached.to_string(), all.to_string()),
            (row["schools_reaching"].clone(), row["schools_total"].clone())
        );
        let percent = 100.0 * f64::from(reached) / f64::from(all);
        assert!((percent - number(&row["published_percent"])).abs() < 0.005, "{row:?}");
    }
}
