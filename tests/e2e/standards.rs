//! The standards that counties are judged by: shown with the clause of every rule, registered for good, and compared.

use junheng_e2e::{Database, Suite, county::data_folder, on_both_databases};
use junheng_proto::{
    common::v1::Stage,
    evaluation::v1::{
        CompareStandardsRequest, GetStandardRequest, ListStandardsInForceRequest, ListStandardsRequest,
        RegisterStandardRequest, StageLimit, Standard, StandardChange, StandardFault,
        register_standard_response::Outcome,
    },
};
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

on_both_databases!(
    every_standard_is_shown_with_its_document_and_sources,
    a_registered_standard_is_shown_like_the_others_and_stays,
    a_standard_never_changes,
    every_fault_of_a_document_is_told_at_once_with_its_line,
    what_is_only_checked_is_not_kept,
    an_overlay_may_lie_on_a_registered_one,
    two_standards_are_compared,
    every_wrong_field_of_a_request_is_told,
);

/// An example of an overlay from the test data.
pub(crate) fn example(file: &str) -> String {
    std::fs::read_to_string(data_folder().join("standards").join(file)).unwrap()
}

async fn outcome(suite: &Suite, document: &str, request_id: &str, validate_only: bool) -> Result<Outcome, Status> {
    let request =
        RegisterStandardRequest { document: document.to_owned(), request_id: request_id.to_owned(), validate_only };
    Ok(suite.standards().register_standard(request).await?.into_inner().outcome.unwrap())
}

/// Registers a standard that must be taken.
pub(crate) async fn registered(suite: &Suite, document: &str, request_id: &str) -> Standard {
    match outcome(suite, document, request_id, false).await.unwrap() {
        Outcome::Standard(standard) => standard,
        Outcome::Refusal(refusal) => panic!("{refusal:#?}"),
    }
}

async fn refused(suite: &Suite, document: &str, request_id: &str, validate_only: bool) -> Vec<StandardFault> {
    match outcome(suite, document, request_id, validate_only).await.unwrap() {
        Outcome::Refusal(refusal) => refusal.faults,
        Outcome::Standard(standard) => panic!("{standard:#?}"),
    }
}

async fn listed(suite: &Suite) -> Vec<Standard> {
    suite.standards().list_standards(ListStandardsRequest::default()).await.unwrap().into_inner().standards
}

async fn shown(suite: &Suite, name: &str) -> Result<Standard, Status> {
    let request = GetStandardRequest { name: name.to_owned() };
    Ok(suite.standards().get_standard(request).await?.into_inner().standard.unwrap())
}

fn assert_reason(status: &Status, code: Code, reason: &str) {
    let found = status.get_details_error_info().unwrap().reason;
    assert_eq!((status.code(), found.as_str()), (code, reason), "{status:?}");
}

async fn every_standard_is_shown_with_its_document_and_sources(database: Database) {
    let suite = Suite::start(database).await;

    let listed = listed(&suite).await;

    let names: Vec<_> = listed.iter().map(|standard| standard.name.as_str()).collect();
    assert_eq!(names, ["standards/national-basic-2012", "standards/national-quality-2017"]);
    for entry in listed {
        assert_eq!(entry.document, "", "a list has no documents");
        let standard = shown(&suite, &entry.name).await.unwrap();
        let document: toml::Table = standard.document.parse().unwrap();
        assert_eq!(format!("standards/{}", document["id"].as_str().unwrap()), standard.name);
        assert!(!standard.act.is_empty() && !standard.issued_on.is_empty());
        for indicator in &standard.indicators {
            assert!(!indicator.source.is_empty() && !indicator.rule.is_empty(), "{}", indicator.id);
            let stages: Vec<_> = indicator.limits.iter().map(StageLimit::stage).collect();
            assert_eq!(stages, [Stage::Primary, Stage::Junior], "{}", indicator.id);
            // The basic standard asks nothing of a unit or of one coefficient by itself.
            let limited = standard.name == "standards/national-quality-2017";
            for limit in &indicator.limits {
                assert_eq!((limit.threshold.is_some(), limit.variation_limit.is_some()), (limited, limited));
            }
        }
        for item in &standard.items {
            assert!(!item.source.is_empty() && !item.title.is_empty() && !item.tests.is_empty(), "{}", item.id);
        }
        assert_eq!((standard.registered_at, standard.extends.as_str()), (None, ""));
        let bare = Standard { document: String::new(), ..standard };
        assert_eq!(bare, entry);
    }
}

async fn a_registered_standard_is_shown_like_the_others_and_stays(database: Database) {
    let suite = Suite::start(database).await;
    let document = example("liaoning-quality-example.toml");

    let kept = registered(&suite, &document, "liaoning").await;

    assert_eq!(kept.name, "standards/liaoning-quality-example");
    assert_eq!((kept.extends.as_str(), kept.valid_from.as_str()), ("standards/national-quality-2017", "2025-01-01"));
    assert!(kept.registered_at.is_some());
    assert_eq!((kept.items.len(), kept.indicators.len()), (34, 7));
    assert!(listed(&suite).await.contains(&kept));
    let replica = suite.replica().await;
    let suite = suite.restart().await;
    for program in [&suite, &replica] {
        let shown = shown(program, &kept.name).await.unwrap();
        assert_eq!(shown.document, document);
        assert_eq!(Standard { document: String::new(), ..shown }, kept);
        assert!(listed(program).await.contains(&kept));
    }
    let later = registered(&replica, &example("unweighted-quality-example.toml"), "unweighted").await;
    assert!(listed(&suite).await.contains(&later), "a program that runs already learns of it");
    assert_eq!(later.weighting, "unweighted");
}

async fn a_standard_never_changes(database: Database) {
    let suite = Suite::start(database).await;
    let document = example("liaoning-quality-example.toml");
    let first = registered(&suite, &document, "first").await;
    suite.tick();

    assert_eq!(registered(&suite, &document, "first").await, first, "the same request");
    assert_eq!(registered(&suite, &document, "second").await, first, "the same standard");
    let changed = document.replace("at_least = 8000", "at_least = 9000");
    for only_checked in [true, false] {
        let status = outcome(&suite, &changed, "third", only_checked).await.unwrap_err();
        assert_reason(&status, Code::AlreadyExists, "STANDARD_ID_TAKEN");
    }
    let status = outcome(&suite, &changed, "first", false).await.unwrap_err();
    assert_reason(&status, Code::InvalidArgument, "REQUEST_ID_REUSED");
    let national = shown(&suite, "standards/national-quality-2017").await.unwrap().document;
    let status = outcome(&suite, &national, "national", false).await.unwrap_err();
    assert_reason(&status, Code::AlreadyExists, "STANDARD_ID_TAKEN");
    assert_eq!(shown(&suite, &first.name).await.unwrap().document, document);
}

async fn every_fault_of_a_document_is_told_at_once_with_its_line(database: Database) {
    let suite = Suite::start(database).await;
    let document = example("liaoning-quality-example.toml")
        .replace("at_least = 8000", "at_least = \"viel\"")
        .replace("part = \"vetoes\"", "part = \"veto\"")
        .replace("valid_from = \"2025-01-01\"", "valid_from = \"2025-02-30\"");

    let faults = refused(&suite, &document, "faults", false).await;

    let line = |text: &str| u32::try_from(document.lines().position(|line| line == text).unwrap() + 1).unwrap();
    let told: Vec<_> = faults.iter().map(|fault| (fault.line, fault.path.as_str())).collect();
    let expected = [
        (line("valid_from = \"2025-02-30\""), ""),
        (line("at_least = \"viel\""), "items/G7/tests/0"),
        (line("part = \"veto\""), "items/V7"),
    ];
    assert_eq!(told, expected, "{faults:#?}");
    assert!(faults.iter().all(|fault| fault.base.is_empty()));
    assert!(faults[2].message.contains("没有“veto”这个部分"), "{}", faults[2].message);
    assert_eq!(refused(&suite, &document, "faults", false).await, faults, "the first reply again");
    let status = shown(&suite, "standards/liaoning-quality-example").await.unwrap_err();
    assert_reason(&status, Code::NotFound, "STANDARD_MISSING");
    let of_the_base = example("unweighted-quality-example.toml") + "\n[[parts]]\nid = \"recognition\"\nremove = true\n";
    let faults = refused(&suite, &of_the_base, "base", false).await;
    assert_eq!((faults.len(), faults[0].base.as_str()), (1, "standards/national-quality-2017"), "{faults:#?}");
    assert!(faults[0].line > 100, "the line of the base's item");
}

async fn what_is_only_checked_is_not_kept(database: Database) {
    let suite = Suite::start(database).await;
    let document = example("liaoning-quality-example.toml");

    let checked = outcome(&suite, &document, "", true).await.unwrap();

    let Outcome::Standard(standard) = checked else { panic!("{checked:?}") };
    assert_eq!((standard.items.len(), standard.registered_at), (34, None));
    assert_eq!(refused(&suite, "id = 1\nid = 2\n", "", true).await.len(), 1);
    assert!(shown(&suite, &standard.name).await.is_err());
}

async fn an_overlay_may_lie_on_a_registered_one(database: Database) {
    let suite = Suite::start(database).await;
    let city = "id = \"shenyang\"\nextends = \"liaoning-quality-example\"\ntitle = \"示例\"\nact = \"示例\"\n\
                issued_on = \"2025-01-01\"\n[[items]]\nid = \"Q3\"\nremove = true\n";

    let unknown = refused(&suite, city, "early", false).await;
    registered(&suite, &example("liaoning-quality-example.toml"), "province").await;
    let kept = registered(&suite, city, "city").await;

    assert_eq!((unknown[0].line, unknown[0].path.as_str()), (2, "extends"), "{unknown:#?}");
    let ids: Vec<_> = kept.items.iter().map(|item| item.id.as_str()).collect();
    assert!(ids.contains(&"V7") && !ids.contains(&"Q3"), "{ids:?}");
    let suite = suite.restart().await;
    assert_eq!(Standard { document: String::new(), ..shown(&suite, &kept.name).await.unwrap() }, kept);
}

async fn two_standards_are_compared(database: Database) {
    let suite = Suite::start(database).await;
    let liaoning = registered(&suite, &example("liaoning-quality-example.toml"), "one").await.name;
    let national = "standards/national-quality-2017".to_owned();

    let request = CompareStandardsRequest { before: national.clone(), after: liaoning.clone() };
    let compared = suite.standards().compare_standards(request).await.unwrap().into_inner().differences;
    let request = CompareStandardsRequest { before: liaoning, after: national.clone() };
    let back = suite.standards().compare_standards(request).await.unwrap().into_inner().differences;
    let request = CompareStandardsRequest { before: national.clone(), after: national };
    let same = suite.standards().compare_standards(request).await.unwrap().into_inner().differences;

    let of_items: Vec<_> = compared
        .iter()
        .filter(|one| one.path.starts_with("items/"))
        .map(|one| (one.path.as_str(), one.change()))
        .collect();
    assert!(of_items.contains(&("items/G7/tests/0", StandardChange::Changed)), "{of_items:?}");
    assert_eq!(of_items.last(), Some(&("items/V7", StandardChange::Added)));
    let funds = compared.iter().find(|one| one.path == "items/G7/tests/0").unwrap();
    assert!(funds.before.contains("下限：6000") && funds.after.contains("下限：8000"), "{funds:?}");
    assert!(funds.title.starts_with("G7 "), "{}", funds.title);
    assert!(back.iter().any(|one| one.path == "items/V7" && one.change() == StandardChange::Removed));
    assert_eq!(same, []);
}

async fn every_wrong_field_of_a_request_is_told(database: Database) {
    let suite = Suite::start(database).await;
    let fields = |status: Status| -> Vec<String> {
        assert_reason(&status, Code::InvalidArgument, "INVALID_FIELD");
        status.get_details_bad_request().unwrap().field_violations.into_iter().map(|one| one.field).collect()
    };

    for document in [String::new(), "a\0b".to_owned(), "#".repeat(256 * 1024 + 1)] {
        let status = outcome(&suite, &document, "a b", false).await.unwrap_err();
        assert_eq!(fields(status), ["request_id", "document"]);
    }
    let request = CompareStandardsRequest { before: "x".to_owned(), after: String::new() };
    assert_eq!(fields(suite.standards().compare_standards(request).await.unwrap_err()), ["before", "after"]);
    let request = CompareStandardsRequest { before: "standards/a".to_owned(), after: "standards/b".to_owned() };
    let missing = suite.standards().compare_standards(request).await.unwrap_err();
    assert_reason(&missing, Code::NotFound, "STANDARD_MISSING");
    let request = ListStandardsInForceRequest { region: "x".to_owned(), month: "x".to_owned() };
    assert_eq!(fields(suite.standards().list_standards_in_force(request).await.unwrap_err()), ["region", "month"]);
}
