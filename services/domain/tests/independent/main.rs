//! Both standards a second time, written from the domain notes alone and as plainly as they read, held against the code under test on
//! random counties: verdict for verdict, with missing values, on every line and one smallest unit beside it.
//!
//! Where something is missing, a verdict must be determined when the bounds that the notes state determine it, and must not be when even
//! the plain checks of a submission leave it open.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::float_arithmetic,
    clippy::cast_precision_loss,
    reason = "tests"
)]

mod county;
mod items;
mod random;
mod random_items;
mod rules;
mod schools;
mod variation;

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
};

use junheng_domain::{evaluation::evaluate, standard::Standard};

use crate::{
    county::{County, V, Verdicts},
    random::Random,
    schools::Reading,
};

const COUNTIES: u64 = 10_000;

/// A name without the school that it is on.
fn rule(name: &str) -> String {
    let words = name.split(' ').filter(|word| word.len() < 10 || !word.bytes().all(|byte| byte.is_ascii_digit()));
    words.collect::<Vec<_>>().join(" ")
}

/// What of an evaluation is not as the rules say: less determined than what is stated, or other than everything known allows.
fn differences(stated: &Verdicts, known: &Verdicts, found: &Verdicts) -> Vec<String> {
    let names: BTreeSet<&String> = stated.keys().chain(known.keys()).chain(found.keys()).collect();
    let differs = |name: &&String| {
        let [stated, known, found] = [stated, known, found].map(|verdicts| verdicts.get(*name));
        found != stated && found != known
    };
    let told = |name: &String| {
        let [stated, known, found] = [stated, known, found].map(|verdicts| verdicts.get(name).copied());
        format!("{name}: stated {stated:?}, known {known:?}, evaluated {found:?}")
    };
    names.into_iter().filter(differs).map(told).collect()
}

/// How often each verdict on a rule occurred, and how often one was left open that everything known decides.
#[derive(Debug, Clone, Copy, Default)]
struct Occurred {
    met: usize,
    not_met: usize,
    open: usize,
    cautious: usize,
}

impl Occurred {
    fn plus(self, other: Self) -> Self {
        Self {
            met: self.met + other.met,
            not_met: self.not_met + other.not_met,
            open: self.open + other.open,
            cautious: self.cautious + other.cautious,
        }
    }
}

/// Judges counties of these seeds both ways and counts the verdicts on every rule.
fn check(
    seeds: Range<u64>,
    standard: &Standard,
    rules: fn(&County, Reading) -> Verdicts,
) -> BTreeMap<String, Occurred> {
    let mut all: BTreeMap<String, Occurred> = BTreeMap::new();
    for seed in seeds {
        let county = random::county(&mut Random(seed));
        let stated = rules(&county, Reading::Stated);
        let open = stated.values().any(|verdict| *verdict == V::Open);
        let known = if open { rules(&county, Reading::Everything) } else { stated.clone() };
        let facts = county.facts();
        let found = county::read(&evaluate(standard, &facts));
        let differences = differences(&stated, &known, &found);
        assert!(differences.is_empty(), "seed {seed}:\n{}\n{county:#?}", differences.join("\n"));
        for (name, verdict) in found {
            let occurred = all.entry(rule(&name)).or_default();
            match verdict {
                V::Met => occurred.met += 1,
                V::NotMet => occurred.not_met += 1,
                V::Open => occurred.open += 1,
            }
            occurred.cautious += usize::from(known.get(&name) != Some(&verdict));
        }
    }
    all
}

fn agrees(id: &str, rules: fn(&County, Reading) -> Verdicts) {
    let standard = Standard::find_national(id).unwrap().unwrap();
    let all = std::thread::scope(|scope| {
        let halves = [0..COUNTIES / 2, COUNTIES / 2..COUNTIES];
        let threads = halves.map(|seeds| scope.spawn(move || check(seeds, standard, rules)));
        let mut all: BTreeMap<String, Occurred> = BTreeMap::new();
        for thread in threads {
            for (rule, occurred) in thread.join().unwrap_or_else(|failure| std::panic::resume_unwind(failure)) {
                let sum = all.entry(rule).or_default();
                *sum = sum.plus(occurred);
            }
        }
        all
    });
    for (rule, occurred) in &all {
        let Occurred { met, not_met, open, cautious } = occurred;
        println!(
            "{rule:24} met {met:6}, not met {not_met:6}, undetermined {open:6} (decided by plain checks: {cautious})"
        );
    }
    let never = |occurred: &Occurred| occurred.met == 0 || occurred.not_met == 0 || occurred.open == 0;
    let never: Vec<_> = all.iter().filter(|(_, occurred)| never(occurred)).collect();
    assert!(never.is_empty(), "some verdict was never tried: {never:?}");
}

#[test]
fn the_quality_standard_is_judged_as_its_rules_read() {
    agrees("national-quality-2017", rules::quality);
}

#[test]
fn the_basic_standard_is_judged_as_its_rules_read() {
    agrees("national-basic-2012", rules::basic);
}
