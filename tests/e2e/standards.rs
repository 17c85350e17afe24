//! The standards that counties are judged by can be read, with the clause of every rule.

use junheng_e2e::{Database, Suite, on_both_databases};
use junheng_proto::{
    common::v1::Stage,
    evaluation::v1::{GetStandardRequest, ListStandardsRequest},
};

on_both_databases!(every_standard_is_shown_with_its_document_and_sources);

async fn every_standard_is_shown_with_its_document_and_sources(database: Database) {
    let suite = Suite::start(database).await;

    let listed =
        suite.standards().list_standards(ListStandardsRequest::default()).await.unwrap().into_inner().standards;

    let names: Vec<_> = listed.iter().map(|standard| standard.name.as_str()).collect();
    assert_eq!(names, ["standards/national-basic-2012", "standards/national-quality-2017"]);
    for entry in listed {
        assert_eq!(entry.document, "", "a list has no documents");
        let request = GetStandardRequest { name: entry.name.clone() };
        let standard = suite.standards().get_standard(request).await.unwrap().into_inner().standard.unwrap();
        let document: toml::Table = standard.document.parse().unwrap();
        assert_eq!(format!("standards/{}", document["id"].as_str().unwrap()), standard.name);
        assert!(!standard.act.is_empty() && !standard.issued_on.is_empty());
        for indicator in &standard.indicators {
            assert!(!indicator.source.is_empty() && !indicator.rule.is_empty(), "{}", indicator.id);
            let stages: Vec<_> = indicator.limits.iter().map(|limit| limit.stage()).collect();
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
        let bare = junheng_proto::evaluation::v1::Standard { document: String::new(), ..standard };
        assert_eq!(bare, entry);
    }
}
