//! The standards that are compiled in, and what a document may not say.

use super::*;

const QUALITY: &str = NATIONAL[1].1;

#[test]
fn every_national_standard_loads_and_every_item_has_a_citation() {
    for standard in Standard::national().unwrap() {
        let sources = standard.parts.iter().map(|part| (&part.id, &part.source));
        let sources =
            sources.chain(standard.resources.indicators.iter().map(|indicator| (&indicator.id, &indicator.source)));
        let sources = sources.chain(standard.items.iter().map(|item| (&item.id, &item.source)));
        for (id, source) in sources {
            assert!(
                source.contains('号') && source.contains('，'),
                "{} {id}: {source:?} names no act and part",
                standard.id
            );
        }
    }
}

#[test]
fn the_quality_standard_has_every_item_of_the_act() {
    let standard = Standard::find_national(NATIONAL_DEFAULT).unwrap().unwrap();
    let count = |part: &str| standard.items.iter().filter(|item| item.part == part).count();

    assert_eq!(standard.resources.indicators.len(), 7);
    assert_eq!((count("government"), count("quality"), count("recognition")), (15, 9, 1));
    assert_eq!((count("vetoes"), count("prerequisite")), (6, 2));
}

#[test]
fn the_basic_standard_has_every_indicator_and_item_of_the_act() {
    let standard = Standard::find_national("national-basic-2012").unwrap().unwrap();
    let limit = |hundredths: i64| Quantity::hundredths(hundredths).unwrap();
    let [schools, government, satisfaction] = &standard.items[..] else { panic!("{:?}", standard.items) };

    assert_eq!(standard.resources.indicators.len(), 8);
    assert!(standard.resources.attainment.is_none(), "nothing is asked of a unit by itself");
    let stages = standard.resources.indicators.iter().flat_map(|indicator| indicator.stages.values());
    assert!(stages.into_iter().all(|stage| stage.threshold.is_none() && stage.variation_limit.is_none()));
    assert_eq!(standard.resources.composite_limit, [(Stage::Primary, limit(65)), (Stage::Junior, limit(55))].into());
    assert_eq!((schools.operands.len(), satisfaction.operands.len()), (2, 2));
    assert_eq!(government.operands.len(), 1 + 17);
    assert!(government.operands.iter().all(|operand| operand.kind == OperandKind::Score));
}

#[test]
fn the_standards_stand_by_id_and_one_submission_can_carry_the_items_of_all() {
    let standards = Standard::national().unwrap();
    let items: Vec<_> = standards.iter().flat_map(|standard| &standard.items).map(|item| &item.id).collect();

    assert!(standards.is_sorted_by(|one, next| one.id < next.id));
    assert_eq!(items.iter().collect::<std::collections::BTreeSet<_>>().len(), items.len(), "an id stands twice");
}

#[test]
fn nothing_that_is_compiled_in_lacks_its_english() {
    for standard in Standard::national().unwrap() {
        let mut english = vec![("resources", &standard.resources.rule_en)];
        english.extend(standard.parts.iter().map(|part| (part.id.as_str(), &part.title_en)));
        english.extend(standard.resources.indicators.iter().map(|one| (one.id.as_str(), &one.title_en)));
        for item in &standard.items {
            english.push((&item.id, &item.title_en));
            english.extend(item.operands.iter().map(|operand| (operand.id.as_str(), &operand.title_en)));
            english.extend(item.tests.iter().map(|test| (item.id.as_str(), &test.rule_en)));
        }
        for (id, text) in english {
            let chinese = |character: char| ('\u{3000}'..='\u{9fff}').contains(&character);
            assert!(!text.trim().is_empty() && !text.contains(chinese), "{} {id}: {text:?}", standard.id);
        }
    }
}

#[test]
fn a_national_standard_is_found_by_the_id_that_its_document_has() {
    for (standard, (id, _)) in Standard::national().unwrap().iter().zip(NATIONAL) {
        assert_eq!(standard.id, id);
    }
}

#[test]
fn differences_are_told_in_chinese_without_the_names_of_fields() {
    let [basic, quality] =
        ["national-basic-2012", NATIONAL_DEFAULT].map(|id| Standard::find_national(id).unwrap().unwrap());
    let differences = basic.compare(quality);
    let told = differences.iter().filter(|one| !one.path.ends_with("_en"));
    let texts: Vec<&String> = told.flat_map(|one| [&one.title, &one.before, &one.after]).collect();

    let part = differences.iter().find(|one| one.path == "parts/vetoes").unwrap();
    assert!(part.after.starts_with("一票否决（") && part.after.contains("出处：教督"), "{}", part.after);
    for text in texts {
        assert!(!text.contains(" = ") && !text.contains("title"), "{text}");
        for field in [
            "_en",
            "kind",
            "at_least",
            "amount",
            "expected",
            "true",
            "false",
            "declaration",
            "primary）",
            "government",
            "vetoes",
            "questionnaires",
        ] {
            assert!(!text.contains(field), "{field}: {text}");
        }
    }
}

#[test]
fn a_document_that_would_judge_nonsense_is_refused() {
    let of_operand = |id: &str, whole: &str| {
        let written = format!("id = \"{id}\"\nkind = \"count\"");
        (written.clone(), format!("{written}\npart_of = \"{whole}\""))
    };
    let (eligible, in_a_circle) = of_operand("rotation_eligible", "rotation_actual_backbone");
    for (from, to) in [
        ("factor = 100", "factor = 0"),
        ("floor = 0.85", "floor = 1.5"),
        ("stages = [\"junior\"]", "stages = [\"junior\", \"junior\"]"),
        ("part = \"recognition\"", "part = \"government\""),
        (eligible.as_str(), in_a_circle.as_str()),
    ] {
        let document = QUALITY.replacen(from, to, 1);

        assert_ne!(document, QUALITY, "{from}");
        assert!(!Standard::load(&document).unwrap_err().0.is_empty(), "{to}");
    }
}
