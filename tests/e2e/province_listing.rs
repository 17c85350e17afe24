//! The evaluations of many counties are listed in every order, by every filter and page by page, each exactly once.

use std::cmp::Reverse;

use junheng_e2e::{
    Database, Suite,
    county::DATA_NOTE,
    on_both_databases,
    province::{MONTH, counties, report},
};
use junheng_proto::{
    common::v1::Verdict,
    evaluation::v1::{
        Evaluation, EvaluationOrder, EvaluationSummary, EvaluationView, GetEvaluationRequest, ListEvaluationsRequest,
        ListEvaluationsResponse,
    },
};
use sea_orm::ConnectionTrait as _;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

on_both_databases!(
    a_summary_says_what_its_evaluation_says,
    pages_of_every_order_hold_each_evaluation_once_also_with_ties,
    filters_select_alone_and_together,
    pages_go_on_where_they_were_while_others_write,
    a_page_token_is_good_for_its_list_only,
    an_evaluation_of_an_older_program_is_summarized_when_it_is_listed,
);

async fn reported(database: Database) -> Suite {
    let suite = Suite::start(database).await;
    report(&suite, &counties()).await;
    suite
}

fn of(parent: &str) -> ListEvaluationsRequest {
    ListEvaluationsRequest { parent: format!("regions/{parent}"), ..ListEvaluationsRequest::default() }
}

async fn try_list(suite: &Suite, request: ListEvaluationsRequest) -> Result<ListEvaluationsResponse, Status> {
    suite.evaluations().list_evaluations(request).await.map(tonic::Response::into_inner)
}

async fn list(suite: &Suite, request: ListEvaluationsRequest) -> Vec<EvaluationSummary> {
    let response = try_list(suite, request).await.unwrap();
    assert_eq!((response.next_page_token.as_str(), response.evaluations.len()), ("", 0));
    response.summaries
}

async fn paged(suite: &Suite, mut request: ListEvaluationsRequest) -> Vec<EvaluationSummary> {
    let mut found = vec![];
    loop {
        let page = try_list(suite, request.clone()).await.unwrap();
        assert!(page.summaries.len() <= usize::try_from(request.page_size).unwrap());
        found.extend(page.summaries);
        if page.next_page_token.is_empty() {
            return found;
        }
        request.page_token = page.next_page_token;
    }
}

fn names(summaries: &[EvaluationSummary]) -> Vec<String> {
    summaries
        .iter()
        .map(|summary| {
            let name = summary.name.replace("regions/", "").replace("/evaluations/", " ");
            name.replace(".national-quality-2017", "")
        })
        .collect()
}

async fn whole(suite: &Suite, name: &str) -> Evaluation {
    let request = GetEvaluationRequest { name: name.to_owned() };
    suite.evaluations().get_evaluation(request).await.unwrap().into_inner().evaluation.unwrap()
}

async fn a_summary_says_what_its_evaluation_says(database: Database) {
    let suite = reported(database).await;

    let summaries = list(&suite, of("210000")).await;

    let wanted =
        ["210901 2024-12", "210901 2024-11", "210922 2024-12", "210971 2024-12", "211001 2024-12", "211002 2024-12"];
    assert_eq!(names(&summaries), [&wanted[..], &["211003 2024-11", "211003 2024-10"]].concat());
    for summary in &summaries {
        let evaluation = whole(&suite, &summary.name).await;
        assert_eq!((&summary.region, &summary.month), (&evaluation.region, &evaluation.month));
        assert_eq!((&summary.standard, summary.verdict), (&evaluation.standard, evaluation.verdict));
        let parts = evaluation.parts.iter().map(|part| (&part.id, &part.title, part.verdict));
        assert!(summary.parts.iter().map(|part| (&part.id, &part.title, part.verdict)).eq(parts));
        assert_eq!(summary.stages.len(), evaluation.resources.len());
        for (stage, resources) in summary.stages.iter().zip(&evaluation.resources) {
            assert_eq!((stage.stage, stage.verdict), (resources.stage, resources.verdict));
            assert_eq!(stage.unit_count, resources.unit_count);
            assert_eq!(stage.met_unit_count, resources.met_unit_count);
            assert_eq!(stage.undetermined_unit_count, resources.undetermined_unit_count);
            let with = |verdict| {
                let ids = resources.indicators.iter().filter(|one| one.verdict() == verdict).map(|one| one.id.clone());
                ids.collect::<Vec<_>>()
            };
            assert_eq!(stage.exceeded_indicators, with(Verdict::NotMet));
            assert_eq!(stage.undetermined_indicators, with(Verdict::Undetermined));
            assert_eq!(stage.exceeded_variation_count.map(|count| count as usize), Some(with(Verdict::NotMet).len()));
        }
        assert_eq!(summary.evaluated_at, Some(junheng_e2e::suite::instant(suite.now())));
    }
    assert_eq!(
        (summaries[2].region_display_name.as_str(), summaries[2].region_data_note.as_str()),
        ("彰武县", DATA_NOTE)
    );
    // One county is listed in full, unless asked otherwise; so is a province when asked.
    let full = try_list(&suite, of("210922")).await.unwrap();
    assert_eq!((full.evaluations, full.summaries), (vec![whole(&suite, &summaries[2].name).await], vec![]));
    let view = EvaluationView::Basic.into();
    assert_eq!(list(&suite, ListEvaluationsRequest { view, ..of("210922") }).await, summaries[2..3]);
    let view = EvaluationView::Full.into();
    let full = try_list(&suite, ListEvaluationsRequest { view, ..of("210000") }).await.unwrap();
    assert_eq!(full.evaluations.len(), 8);
    assert!(full.evaluations.iter().map(|one| &one.name).eq(summaries.iter().map(|one| &one.name)));
    let nation = names(&list(&suite, of("-")).await);
    assert_eq!((nation.len(), nation.last().unwrap().as_str()), (9, "220101 2024-12"));
}

/// What an order goes by, as a fraction and a number, lower first.
fn rank(order: EvaluationOrder, evaluation: &Evaluation) -> (u64, i64) {
    let sum = |count: fn(&junheng_proto::evaluation::v1::StageResources) -> Option<u32>| -> u64 {
        evaluation.resources.iter().filter_map(count).map(u64::from).sum()
    };
    let units = sum(|stage| stage.unit_count);
    let met = sum(|stage| stage.met_unit_count);
    let not_met = units - met - sum(|stage| stage.undetermined_unit_count);
    // Exact for the few units of these counties.
    let share = met * 1_000_000_000 / units;
    let exceeded = evaluation.resources.iter().flat_map(|stage| &stage.indicators);
    let exceeded = exceeded.filter(|indicator| indicator.verdict() == Verdict::NotMet).count();
    match order {
        EvaluationOrder::Unspecified | EvaluationOrder::Region => (0, 0),
        EvaluationOrder::MetShareAscending => (share, 0),
        EvaluationOrder::MetShareDescending => (0, -i64::try_from(share).unwrap()),
        EvaluationOrder::ExceededVariationsDescending => (0, -i64::try_from(exceeded).unwrap()),
        EvaluationOrder::NotMetUnitsDescending => (0, -i64::try_from(not_met).unwrap()),
    }
}

async fn pages_of_every_order_hold_each_evaluation_once_also_with_ties(database: Database) {
    let suite = reported(database).await;
    let mut evaluations = vec![];
    for summary in list(&suite, of("-")).await {
        evaluations.push(whole(&suite, &summary.name).await);
    }
    let mut firsts = std::collections::BTreeSet::new();

    for order in (0..).map_while(|order| EvaluationOrder::try_from(order).ok()) {
        let request = ListEvaluationsRequest { order_by: order.into(), ..of("-") };
        let found = list(&suite, request.clone()).await;

        let mut wanted = evaluations.clone();
        wanted.sort_by_key(|one| (rank(order, one), one.region.clone(), Reverse(one.month.clone())));
        let ranks: std::collections::BTreeSet<_> = wanted.iter().map(|one| rank(order, one)).collect();
        assert!(ranks.len() < wanted.len(), "{order:?} has ties");
        let wanted: Vec<_> = wanted.iter().map(|one| one.name.as_str()).collect();
        assert_eq!(found.iter().map(|one| one.name.as_str()).collect::<Vec<_>>(), wanted, "{order:?}");
        for page_size in [1, 2, 4, 8, 9] {
            let pages = paged(&suite, ListEvaluationsRequest { page_size, ..request.clone() }).await;
            assert_eq!(pages, found, "{order:?} by {page_size}");
        }
        firsts.insert(found[0].name.clone());
    }

    assert!(firsts.len() >= 3, "the orders differ: {firsts:?}");
}

async fn filters_select_alone_and_together(database: Database) {
    let suite = reported(database).await;
    let all = list(&suite, of("210000")).await;
    let months = ["", "2024-10", "2024-11", MONTH, "2025-01"];
    let verdicts = [vec![], vec![Verdict::Met], vec![Verdict::NotMet, Verdict::Undetermined, Verdict::NotMet]];

    for verdicts in &verdicts {
        for standard in ["", "standards/national-quality-2017", "standards/other"] {
            let request = ListEvaluationsRequest {
                standard: standard.to_owned(),
                verdicts: verdicts.iter().map(|verdict| (*verdict).into()).collect(),
                ..of("210000")
            };
            let selected = |from: &str, to: &str| -> Vec<EvaluationSummary> {
                let those = all.iter().filter(|one| {
                    (standard.is_empty() || one.standard == standard)
                        && (verdicts.is_empty() || verdicts.contains(&one.verdict()))
                        && one.month.as_str() >= from
                        && (to.is_empty() || one.month.as_str() <= to)
                });
                those.cloned().collect()
            };
            for from in months {
                let month = from.to_owned();
                let only = list(&suite, ListEvaluationsRequest { month, ..request.clone() }).await;
                assert_eq!(only, selected(from, from), "{request:?} {from}");
                for to in months.into_iter().filter(|to| to.is_empty() || *to >= from) {
                    let (from_month, to_month) = (from.to_owned(), to.to_owned());
                    let found = list(&suite, ListEvaluationsRequest { from_month, to_month, ..request.clone() }).await;
                    assert_eq!(found, selected(from, to), "{request:?} {from} {to}");
                }
            }
        }
    }
    let request = ListEvaluationsRequest { month: MONTH.to_owned(), from_month: MONTH.to_owned(), ..of("210000") };
    assert_eq!(wrong_fields(try_list(&suite, request).await), ["from_month"]);
    let (from_month, to_month) = (MONTH.to_owned(), "2024-11".to_owned());
    let request = ListEvaluationsRequest { from_month, to_month, ..of("210000") };
    assert_eq!(wrong_fields(try_list(&suite, request).await), ["to_month"]);
}

fn wrong_fields(answer: Result<ListEvaluationsResponse, Status>) -> Vec<String> {
    let status = answer.unwrap_err();
    assert_eq!(status.code(), Code::InvalidArgument);
    status.get_details_bad_request().unwrap().field_violations.into_iter().map(|one| one.field).collect()
}

async fn pages_go_on_where_they_were_while_others_write(database: Database) {
    let suite = reported(database).await;
    let before = list(&suite, of("210000")).await;
    let request = ListEvaluationsRequest { page_size: 3, ..of("210000") };
    let first = try_list(&suite, request.clone()).await.unwrap();
    // One that was listed is evaluated anew, one comes in before and one behind the place.
    suite.tick();
    let all = counties();
    for (county, month) in [(&all[0], MONTH), (&all[0], "2025-01"), (&all[5], MONTH)] {
        let receipt = suite.accepted(county.submission_for(month, &format!("again-{month}"))).await;
        suite.stored(&county.region, month, &receipt).await;
    }

    let rest = paged(&suite, ListEvaluationsRequest { page_token: first.next_page_token, ..request }).await;

    let mut wanted = names(&before);
    wanted.insert(wanted.len() - 2, "211003 2024-12".to_owned());
    assert_eq!([names(&first.summaries), names(&rest)].concat(), wanted);
}

async fn a_page_token_is_good_for_its_list_only(database: Database) {
    let suite = Suite::start(database).await;
    report(&suite, &counties()[..2]).await;
    let request = ListEvaluationsRequest { page_size: 1, ..of("210000") };
    let page_token = try_list(&suite, request.clone()).await.unwrap().next_page_token;
    let with = |change: fn(&mut ListEvaluationsRequest)| {
        let mut request = ListEvaluationsRequest { page_token: page_token.clone(), ..request.clone() };
        change(&mut request);
        request
    };

    for change in [
        (|request| request.parent = "regions/210900".to_owned()) as fn(&mut ListEvaluationsRequest),
        |request| request.month = MONTH.to_owned(),
        |request| request.to_month = MONTH.to_owned(),
        |request| request.standard = "standards/national-quality-2017".to_owned(),
        |request| request.verdicts = vec![1],
        |request| request.order_by = EvaluationOrder::MetShareAscending.into(),
        |request| request.page_token = request.page_token.replace("210901", "x"),
        |request| request.page_token.push('/'),
        |request| request.page_token = "x.".repeat(10_000),
    ] {
        assert_eq!(wrong_fields(try_list(&suite, with(change)).await), ["page_token"]);
    }
    // The size and the view may change from page to page.
    let full = try_list(&suite, with(|request| request.view = EvaluationView::Full.into())).await.unwrap();
    let wider = try_list(&suite, with(|request| request.page_size = 1000)).await.unwrap();
    assert_eq!((full.evaluations.len(), wider.summaries.len()), (1, 2));
    assert_eq!(full.evaluations[0].name, wider.summaries[0].name);
}

async fn an_evaluation_of_an_older_program_is_summarized_when_it_is_listed(database: Database) {
    let url = database.url().to_owned();
    let suite = reported(database).await;
    let worst = EvaluationOrder::NotMetUnitsDescending.into();
    let request = ListEvaluationsRequest { order_by: worst, page_size: 3, ..of("210000") };
    let before = paged(&suite, request.clone()).await;
    let raw = sea_orm::Database::connect(&url).await.unwrap();
    for statement in [
        // Stored before there were summaries, and stored anew by a program that leaves them as they are.
        "DELETE FROM evaluation_summaries WHERE county_code < '211000'",
        "UPDATE evaluation_summaries SET known_at_unix_ms = known_at_unix_ms - 1, summary = ''
            WHERE county_code >= '211000'",
    ] {
        let statement = match raw.get_database_backend() {
            sea_orm::DatabaseBackend::Sqlite => statement.replace("''", "x''"),
            _ => statement.to_owned(),
        };
        raw.execute_unprepared(&statement).await.unwrap();
    }

    assert_eq!(paged(&suite, request).await, before);
}
