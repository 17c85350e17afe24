//! Evaluations: the newest one stays.

use junheng_store::{
    Store, evaluation_summaries,
    evaluation_summaries::{Filter, Order, Summary},
    evaluations::{self, Evaluation},
};

use crate::{Database, at, county, month, on_both_databases};

on_both_databases!(
    an_evaluation_never_goes_back,
    months_and_standards_of_counties_are_listed_newest_first,
    what_other_standards_said_is_deleted_unless_it_knows_more,
);

fn evaluation(text: &str, standard_id: &str, known_at: i64) -> Evaluation {
    Evaluation {
        county: county(),
        month: month(text),
        standard_id: standard_id.to_owned(),
        verdict: "not_met".to_owned(),
        known_at: at(known_at),
        evaluated_at: at(known_at + 5),
        evaluation: vec![0, 255, 10, 0],
    }
}

async fn put(store: &Store, evaluation: &Evaluation) -> bool {
    let transaction = store.begin_write().await.unwrap();
    let summary =
        Summary { met_share_billionths: None, not_met_unit_count: 0, exceeded_variation_count: 0, summary: vec![] };
    let stored = evaluations::put(&transaction, evaluation, &summary).await.unwrap();
    transaction.commit().await.unwrap();
    stored
}

async fn an_evaluation_never_goes_back(database: Database) {
    let store = database.migrated().await;
    let first = evaluation("2024-12", "quality", 100);
    let newer =
        Evaluation { verdict: "met".to_owned(), evaluation: Vec::new(), ..evaluation("2024-12", "quality", 200) };
    let same_facts = Evaluation { verdict: "undetermined".to_owned(), evaluated_at: at(900), ..newer.clone() };

    assert!(put(&store, &first).await);
    assert!(put(&store, &newer).await);
    assert!(!put(&store, &first).await);

    let find = async || evaluations::find(&store, &county(), month("2024-12"), "quality").await.unwrap().unwrap();
    assert_eq!(find().await, newer);
    assert!(put(&store, &same_facts).await);
    assert_eq!(find().await, same_facts);
    assert_eq!(evaluations::find(&store, &county(), month("2024-12"), "basic").await.unwrap(), None);
}

async fn months_and_standards_of_counties_are_listed_newest_first(database: Database) {
    let store = database.migrated().await;
    let neighbour = Evaluation { county: "210921".parse().unwrap(), ..evaluation("2024-12", "basic", 100) };
    let stranger = Evaluation { county: "220101".parse().unwrap(), ..evaluation("2025-01", "basic", 100) };
    let own = [("2024-11", "quality"), ("2024-12", "quality"), ("2024-12", "basic")];
    for one in own.map(|(month, id)| evaluation(month, id, 100)).iter().chain([&neighbour, &stranger]) {
        assert!(put(&store, one).await);
    }

    let judged = evaluations::list_judged(&store, &["210921".parse().unwrap(), county()]).await.unwrap();

    let judged: Vec<String> = judged.into_iter().map(|(month, id)| format!("{month} {id}")).collect();
    assert_eq!(judged, ["2024-12 basic", "2024-12 quality", "2024-11 quality"]);
    assert_eq!(evaluations::list_judged(&store, &[]).await.unwrap(), []);
}

async fn what_other_standards_said_is_deleted_unless_it_knows_more(database: Database) {
    let store = database.migrated().await;
    let neighbour = Evaluation { county: "210921".parse().unwrap(), ..evaluation("2024-12", "old", 100) };
    for (month, id, known_at) in
        [("2024-12", "old", 100), ("2024-12", "older", 200), ("2024-12", "newer", 201), ("2024-12", "kept", 100)]
    {
        assert!(put(&store, &evaluation(month, id, known_at)).await);
    }
    for other in [evaluation("2024-11", "old", 100), evaluation("2025-01", "old", 100), neighbour] {
        assert!(put(&store, &other).await);
    }

    let transaction = store.begin_write().await.unwrap();
    let kept = ["kept", "absent"];
    let deleted = evaluations::delete_others(&transaction, &county(), month("2024-12"), &kept, at(200)).await.unwrap();
    let again = evaluations::delete_others(&transaction, &county(), month("2024-12"), &kept, at(200)).await.unwrap();
    transaction.commit().await.unwrap();

    assert_eq!((deleted, again), (vec!["old".to_owned(), "older".to_owned()], vec![]));
    let counties = ["210921".parse().unwrap(), county()];
    let filter = Filter { counties: &counties, from: None, to: None, standard_id: None, verdicts: &[] };
    let listed = evaluation_summaries::list(&store, filter, Order::Region, None, 10).await.unwrap();
    let left = listed.into_iter().map(|one| {
        assert!(one.summary.is_some());
        format!("{} {} {}", one.position.county, one.position.month, one.position.standard_id)
    });
    let wanted = [
        "210921 2024-12 old",
        "210922 2025-01 old",
        "210922 2024-12 kept",
        "210922 2024-12 newer",
        "210922 2024-11 old",
    ];
    assert_eq!(left.collect::<Vec<_>>(), wanted);
    // A summary that outlived its evaluation would stand in the way of none that is put later.
    assert!(put(&store, &evaluation("2024-12", "old", 50)).await);
    let listed = evaluation_summaries::list(&store, filter, Order::Region, None, 10).await.unwrap();
    assert!(listed.iter().all(|one| one.summary.is_some()));
}
