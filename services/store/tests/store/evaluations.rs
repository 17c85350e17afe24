//! Evaluations: the newest one stays.

use junheng_store::{
    Store,
    evaluation_summaries::Summary,
    evaluations::{self, Evaluation},
};

use crate::{Database, at, county, month, on_both_databases};

on_both_databases!(an_evaluation_never_goes_back);

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
