//! The rules alone, without a database.

use std::{hint::black_box, time::Duration};

use junheng_domain::{
    evaluation::evaluate,
    explanation::explain,
    facts::{CountyFacts, SchoolFacts},
    standard::{NATIONAL_DEFAULT, Standard},
};

use crate::{
    measure::{median, row},
    synthetic,
};

/// A county of 100 schools, judged and explained, against a bare loop that computes only its 14 coefficients.
pub(crate) fn run() {
    let facts = synthetic::reported(100);
    let standard = standard();
    let columns = columns(&facts);
    let reference = median(200, || drop(black_box(bare_coefficients(&columns))));
    let whole = median(200, || drop(black_box(evaluate(standard, &facts))));
    let evaluation = evaluate(standard, &facts);
    let explained = median(50, || drop(black_box(explain(&evaluation, "", 9))));
    row("reference: bare loop over 14 coefficients, 100 schools", reference, None);
    row("a whole evaluation, 100 schools", whole, Some(reference));
    row("its whole explanation, in two languages", explained, Some(reference));
}

/// Judges a nation on this thread; and computes nothing but 14 coefficients of the same schools.
pub(crate) fn nation(counties: &[CountyFacts]) -> (Duration, Duration) {
    let standard = standard();
    let columns: Vec<_> = counties.iter().map(columns).collect();
    let judged = median(3, || {
        for facts in counties {
            drop(black_box(evaluate(standard, facts)));
        }
    });
    let loops = median(3, || {
        for columns in &columns {
            drop(black_box(bare_coefficients(columns)));
        }
    });
    (judged, loops)
}

fn standard() -> &'static Standard {
    Standard::find_national(NATIONAL_DEFAULT).unwrap().unwrap()
}

/// Weights and values of 14 indicators; which ones they are does not matter to the reference.
fn columns(facts: &CountyFacts) -> Vec<Vec<(f64, f64)>> {
    let elements: Vec<_> = junheng_domain::element::Element::all().take(14).collect();
    let value =
        |facts: &SchoolFacts, element| facts.get(element).map_or(1.0, junheng_domain::quantity::Quantity::to_f64);
    elements
        .iter()
        .map(|element| facts.school_facts.iter().map(|school| (100.0, value(school, *element) + 1.0)).collect())
        .collect()
}

fn bare_coefficients(columns: &[Vec<(f64, f64)>]) -> Vec<f64> {
    columns
        .iter()
        .map(|units| {
            let weight: f64 = units.iter().map(|(weight, _)| weight).sum();
            let mean = units.iter().map(|(weight, value)| weight * value).sum::<f64>() / weight;
            let variance = units.iter().map(|(weight, value)| weight * (value - mean).powi(2)).sum::<f64>() / weight;
            variance.sqrt() / mean
        })
        .collect()
}
