//! The county items: what was reported of each, and the tests.
//!
//! What was not reported lies between nothing and anything. That it is a part of something else says nothing: the two may come with
//! different months.

use crate::county::{County, V, Value};
use crate::schools::all;

/// Between what an operand or a sum of them lies, in millionths; `None`: without bound on that side.
#[derive(Debug, Clone, Copy)]
struct Between(Option<i128>, Option<i128>);

impl Between {
    fn plus(self, other: Self) -> Self {
        let sum = |a: Option<i128>, b: Option<i128>| Some(a? + b?);
        Self(sum(self.0, other.0), sum(self.1, other.1))
    }

    fn minus(self, other: Self) -> Self {
        self.plus(Self(other.1.map(|to| -to), other.0.map(|from| -from)))
    }
}

/// amount / of >= so many hundredths. `nobody`: the verdict where there is nothing to divide by.
fn share(amount: Between, of: Between, hundredths: i128, nobody: V) -> V {
    if of.0 == Some(0) && of.1 == Some(0) {
        return nobody;
    }
    let reaches = |amount: i128, of: i128| amount * 100 >= of * hundredths;
    let empty = of.0.is_none_or(|fewest| fewest <= 0);
    // The least amount of the greatest whole, and the greatest amount of the least whole.
    let fails = of.1.is_none_or(|most| amount.0.is_none_or(|least| !reaches(least, most)));
    let holds = of.0.is_none_or(|fewest| amount.1.is_none_or(|most| reaches(most, fewest)));
    // Where nobody at all may be there, the test may be met by that, or say nothing.
    match (holds || empty && nobody == V::Met, fails || empty && nobody != V::Met) {
        (true, false) => V::Met,
        (false, _) => V::NotMet,
        (true, true) => V::Open,
    }
}

/// One item of a county.
pub(crate) struct Reported<'a> {
    pub(crate) county: &'a County,
    pub(crate) id: &'static str,
}

impl Reported<'_> {
    /// What was reported at most twelve months ago, and declared no earlier.
    fn value(&self, operand: &str) -> Option<Value> {
        let county = self.county;
        let found = county.items.iter().find(|item| item.of == self.id && item.operand == operand)?;
        let months = |(year, month): (i16, i8)| {
            (i32::from(county.year) - i32::from(year)) * 12 + i32::from(county.month) - i32::from(month)
        };
        let age = found.declared.map_or(found.months_ago, |declared| months(declared).max(found.months_ago));
        (age <= 12).then_some(found.value)
    }

    fn number(&self, operand: &str) -> Option<i128> {
        match self.value(operand) {
            Some(Value::Number(millionths)) => Some(millionths.into()),
            _ => None,
        }
    }

    fn declared(&self, operand: &str, expected: bool) -> V {
        match self.value(operand) {
            Some(Value::Truth(truth)) if truth == expected => V::Met,
            Some(_) => V::NotMet,
            None => V::Open,
        }
    }

    fn between(&self, operand: &str) -> Between {
        self.number(operand).map_or(Between(Some(0), None), |number| Between(Some(number), Some(number)))
    }

    fn rate(&self, part: &str, whole: &str, hundredths: i128) -> V {
        share(self.between(part), self.between(whole), hundredths, V::Met)
    }

    fn survey(&self, satisfied: &str, asked: &str) -> V {
        share(self.between(satisfied), self.between(asked), 85, V::Open)
    }

    /// The part is the whole.
    fn all(&self, part: &str, whole: &str) -> V {
        match (self.number(part), self.number(whole)) {
            (Some(part), Some(whole)) if part == whole => V::Met,
            (Some(_), Some(_)) => V::NotMet,
            (None, Some(0)) => V::Met,
            _ => V::Open,
        }
    }

    /// Three years before the month's end, or earlier.
    fn three_years(&self) -> V {
        let Some(Value::Day(year, month, day)) = self.value("basic_recognised_on") else { return V::Open };
        let (of, at) = (self.county.year, self.county.month);
        let leap = of % 4 == 0 && (of % 100 != 0 || of % 400 == 0);
        let last = match at {
            2 if leap => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        };
        if (year + 3, month, day) <= (of, at, last) { V::Met } else { V::NotMet }
    }

    /// Every subject that was supplied: level Ⅲ or above, and a difference below 0.15.
    fn monitoring(&self) -> V {
        let operands = self.county.items.iter().filter(|item| item.of == self.id);
        let mut subjects: Vec<&str> =
            operands.filter_map(|item| self.value(&item.operand).and(item.operand.split('.').next())).collect();
        subjects.sort_unstable();
        subjects.dedup();
        if subjects.is_empty() {
            return V::Open;
        }
        let judged = |operand: String, holds: fn(i128) -> bool| match self.number(&operand) {
            Some(number) if holds(number) => V::Met,
            Some(_) => V::NotMet,
            None => V::Open,
        };
        all(subjects.into_iter().map(|subject| {
            let level = judged(format!("{subject}.level"), |level| level >= 3_000_000);
            all([level, judged(format!("{subject}.difference_rate"), |difference| difference < 150_000)])
        }))
    }

    /// 85 of 100 points: as the total says, else as the sum of the 17 does.
    fn score(&self) -> V {
        let points = SCORED.map(|operand| self.number(operand));
        let (least, complete) = (points.iter().flatten().sum::<i128>(), points.iter().all(Option::is_some));
        let (from, to) = match self.number("score_total") {
            Some(total) => (total, total),
            None if complete => (least, least),
            None => (least, 100_000_000),
        };
        let pass = 85_000_000;
        if from >= pass {
            V::Met
        } else if to < pass {
            V::NotMet
        } else {
            V::Open
        }
    }

    /// The tests of the item that are about operands, in the order of the standard.
    pub(crate) fn tests(&self) -> Vec<V> {
        match self.id {
            "P1" => vec![self.three_years()],
            "P2" => vec![self.declared("monitoring_kept", true)],
            "G1" | "G10" | "Q3" | "Q5" | "Q6" | "Q7" | "Q8" => vec![self.declared("declared_met", true)],
            "G2" => UNIFIED.map(|operand| self.declared(operand, true)).to_vec(),
            "G6" => vec![self.all("small_schools_funded_as_100", "small_schools")],
            "G7" => vec![self.rate("special_education_funds_yuan", "special_education_pupils", 600_000)],
            "G8" => vec![
                self.rate("teachers_mean_pay_yuan", "civil_servants_mean_pay_yuan", 100),
                self.declared("performance_pay_granted_in_full", true),
            ],
            "G9" => vec![self.all("teachers_trained_360_hours", "teachers_due_training")],
            "G11" => vec![
                self.rate("rotation_actual", "rotation_eligible", 10),
                self.rate("rotation_actual_backbone", "rotation_actual", 20),
            ],
            "G12" => vec![self.all("teachers_certified", "teachers")],
            "G13" => vec![
                self.all("primary_enrolled_nearby", "primary_enrolled"),
                self.rate("junior_enrolled_nearby", "junior_enrolled", 95),
            ],
            "G14" => {
                vec![self.rate("quota_allocated", "quota_total", 50), self.declared("tilted_to_rural_schools", true)]
            }
            "G15" => {
                let placed = self
                    .between("migrant_children_in_public_schools")
                    .plus(self.between("migrant_children_in_purchased_places"));
                vec![
                    self.declared("left_behind_care_in_place", true),
                    share(placed, self.between("migrant_children_eligible"), 85, V::Met),
                ]
            }
            "Q1" => {
                let stayed = self
                    .between("graduates")
                    .minus(self.between("transferred_in"))
                    .plus(self.between("transferred_out"));
                let entered = self.between("entrants_three_years_ago").minus(self.between("deceased"));
                vec![share(stayed, entered, 95, V::Met)]
            }
            "Q2" => vec![self.rate("disabled_children_enrolled", "disabled_children", 95)],
            "Q9" => vec![self.monitoring()],
            "S1" => vec![
                self.survey("questionnaires_satisfied", "questionnaires_valid"),
                self.survey("visited_satisfied", "visited"),
            ],
            "V1" | "V2" | "V3" | "V4" | "V5" | "V6" => vec![self.declared("found", false)],
            "B1" => vec![self.all("schools_at_standard", "schools")],
            "B2" => vec![self.score()],
            "B3" => vec![self.survey("questionnaires_satisfied", "questionnaires_valid")],
            other => panic!("{other}"),
        }
    }
}

pub(crate) const UNIFIED: [&str; 4] =
    ["building_standard_unified", "staffing_standard_unified", "per_pupil_funds_unified", "equipment_standard_unified"];

/// The 17 items of government work.
pub(crate) const SCORED: [&str; 17] = [
    "access_migrant_children",
    "access_left_behind_children",
    "access_disabled_children",
    "access_senior_quota",
    "support_accountability",
    "support_funds_growth",
    "support_weak_schools",
    "support_transfer_payments",
    "teachers_performance_pay",
    "teachers_staffing",
    "teachers_rotation",
    "teachers_training",
    "quality_curriculum",
    "quality_retention",
    "quality_fitness",
    "quality_no_key_schools",
    "quality_workload",
];
