//! What is known of a school's figures, and what must then hold of those that are missing.

use crate::county::{School, V};

/// An exact fraction, not reduced; the denominator is positive.
pub(crate) type Fraction = (i128, i128);

/// All values that a quantity may have: from, and to where anything bounds it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Range {
    pub(crate) from: Fraction,
    pub(crate) to: Option<Fraction>,
}

impl Range {
    fn known(number: i128) -> Self {
        Self { from: (number, 1), to: Some((number, 1)) }
    }

    fn between(from: i128, to: Option<i128>) -> Self {
        Self { from: (from, 1), to: to.map(|to| (to, 1)) }
    }

    fn times(self, share: Self) -> Self {
        let product = |(a, b): Fraction, (c, d): Fraction| (a * c, b * d);
        let to = self.to.zip(share.to).map(|(to, share)| product(to, share));
        Self { from: product(self.from, share.from), to }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    Primary,
    Junior,
}

impl Stage {
    pub(crate) const BOTH: [Self; 2] = [Self::Primary, Self::Junior];

    pub(crate) fn id(self) -> &'static str {
        match self {
            Self::Primary => "primary",
            Self::Junior => "junior",
        }
    }
}

/// How much is concluded of figures that are missing.
///
/// The notes demand the first; what is determined by it must be determined. Nothing may be determined that is not by the second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reading {
    /// A missing amount lies between nothing and what it is a part of.
    Stated,
    /// Besides, it is held to everything that the plain checks refuse: wholes below their parts, pupils without a class.
    Everything,
}

/// A school as it is read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Seen<'a> {
    pub(crate) school: &'a School,
    pub(crate) reading: Reading,
}

impl Seen<'_> {
    fn of(&self, id: &str) -> Option<i128> {
        self.school.figures.get(id).map(|hundredths| i128::from(*hundredths))
    }

    fn staged(&self, id: &str, stage: Stage) -> Option<i128> {
        self.of(&format!("{id}_{}", stage.id()))
    }

    /// The six types that are judged; all others are outside.
    fn ordinary(&self) -> bool {
        [211, 218, 311, 312, 341, 345].contains(&self.school.kind)
    }

    fn teaches(&self, stage: Stage) -> bool {
        match stage {
            Stage::Primary => [211, 218, 312, 345].contains(&self.school.kind),
            Stage::Junior => [311, 312, 341, 345].contains(&self.school.kind),
        }
    }

    /// Pupils of a stage; nobody where it is not taught.
    fn pupils(&self, stage: Stage) -> Option<i128> {
        if self.teaches(stage) { self.staged("pupils", stage).map(|hundredths| hundredths / 100) } else { Some(0) }
    }

    /// A bound from below that only the plain checks give.
    fn if_everything(&self, bound: Option<i128>) -> i128 {
        bound.filter(|_| self.reading == Reading::Everything).unwrap_or(0)
    }

    /// At least so many pupils: the largest class is not larger than the stage.
    fn pupils_at_least(&self, stage: Stage) -> i128 {
        self.pupils(stage).unwrap_or_else(|| self.if_everything(self.staged("largest_class", stage)) / 100)
    }

    /// Whether it has a unit of the stage; one whose pupils are missing stays a unit.
    fn has_unit(&self, stage: Stage) -> bool {
        let enough = if self.school.kind == 218 { 50 } else { 1 };
        self.teaches(stage) && self.pupils(stage).is_none_or(|pupils| pupils >= enough)
    }

    /// The stage's share of what the school owns as a whole, by weighted pupils: 1 : 1.1 : 1.32, in a 完全中学 1 : 1.2.
    fn share(&self, stage: Stage, pupils: i128) -> Range {
        let senior = self.of("pupils_senior").map(|senior| senior / 100);
        let (primary, junior) = (self.pupils(Stage::Primary), self.pupils(Stage::Junior));
        let (mine, others): (i128, Vec<(i128, Option<i128>, i128)>) = match (self.school.kind, stage) {
            (312, Stage::Primary) => (100, vec![(110, junior, self.pupils_at_least(Stage::Junior))]),
            (312, Stage::Junior) => (110, vec![(100, primary, self.pupils_at_least(Stage::Primary))]),
            (341, _) => (100, vec![(120, senior, 0)]),
            (345, Stage::Primary) => (100, vec![(110, junior, self.pupils_at_least(Stage::Junior)), (132, senior, 0)]),
            (345, Stage::Junior) => (110, vec![(100, primary, self.pupils_at_least(Stage::Primary)), (132, senior, 0)]),
            _ => return Range::known(1),
        };
        let least: i128 = others.iter().map(|(weight, known, least)| weight * known.unwrap_or(*least)).sum();
        let most = (mine * pupils, mine * pupils + least);
        let complete = others.iter().all(|(_, known, _)| known.is_some());
        Range { from: if complete { most } else { (0, 1) }, to: Some(most) }
    }

    /// A part of the stage's teachers: never more than they are.
    fn teachers(&self, part: &str, stage: Stage) -> Range {
        self.staged(part, stage).map_or_else(|| Range::between(0, self.staged("teachers", stage)), Range::known)
    }

    /// What an indicator counts of a unit, in hundredths.
    pub(crate) fn amount(&self, indicator: &str, stage: Stage, pupils: i128) -> Range {
        let whole = |id: &str| self.of(id).map_or_else(|| Range::between(0, None), Range::known);
        let (teaching, indoor, ground) =
            (self.of("teaching_area_m2"), self.of("indoor_sports_area_m2"), self.of("sports_ground_area_m2"));
        let shared = match indicator {
            "L1" | "R7" => return self.teachers("teachers_above_degree", stage),
            "L2" => return self.teachers("backbone_teachers", stage),
            "L3" => return self.teachers("pe_arts_teachers", stage),
            "R8" => return self.teachers("senior_title_teachers", stage),
            "R6" => {
                let parts = ["teachers_above_degree", "backbone_teachers", "pe_arts_teachers", "senior_title_teachers"];
                let least = self.if_everything(parts.iter().filter_map(|part| self.staged(part, stage)).max());
                return self.staged("teachers", stage).map_or_else(|| Range::between(least, None), Range::known);
            }
            // The indoor area is a part of the teaching area.
            "L4" | "R1" => match (teaching, indoor) {
                (Some(teaching), Some(indoor)) => Range::known(teaching - indoor),
                (Some(teaching), None) => Range::between(0, Some(teaching)),
                (None, _) => Range::between(0, None),
            },
            "L5" | "R2" => {
                let least = ground.unwrap_or(0) + indoor.unwrap_or(0);
                Range::between(least, ground.and_then(|ground| Some(ground + indoor.or(teaching)?)))
            }
            "L6" | "R3" => whole("equipment_value_yuan"),
            "L7" => whole("multimedia_rooms"),
            "R4" => whole("computers"),
            "R5" => whole("books"),
            other => panic!("{other}"),
        };
        shared.times(self.share(stage, pupils))
    }
}

/// A unit: one school's one stage.
pub(crate) struct Unit<'a> {
    pub(crate) seen: Seen<'a>,
    pub(crate) stage: Stage,
    pub(crate) pupils: Option<i128>,
}

impl Unit<'_> {
    /// Whether it will stay a unit whatever its missing pupils turn out to be.
    pub(crate) fn certain(&self) -> bool {
        let enough = if self.seen.school.kind == 218 { 50 } else { 1 };
        self.seen.pupils_at_least(self.stage) >= enough
    }
}

/// The units of a stage.
pub(crate) fn units(schools: &[School], stage: Stage, reading: Reading) -> Vec<Unit<'_>> {
    let seen = schools.iter().map(|school| Seen { school, reading }).filter(|seen| seen.has_unit(stage));
    seen.map(|seen| Unit { seen, stage, pupils: seen.pupils(stage) }).collect()
}

/// Whether a test is asked of an institution: yes, no, or that is open.
fn asked(scope: Option<bool>, verdict: V) -> V {
    match (scope, verdict) {
        (Some(false), _) | (_, V::Met) => V::Met,
        (Some(true), verdict) => verdict,
        (None, _) => V::Open,
    }
}

/// Whether an institution has compulsory pupils, and is no teaching point of fewer than 50.
fn in_scope(school: &Seen<'_>) -> Option<bool> {
    let enough = if school.school.kind == 218 { 50 } else { 1 };
    let least: i128 = Stage::BOTH.iter().map(|stage| school.pupils_at_least(*stage)).sum();
    let complete = Stage::BOTH.iter().all(|stage| school.pupils(*stage).is_some());
    if least >= enough {
        Some(true)
    } else if complete {
        Some(false)
    } else {
        None
    }
}

/// The verdict on "at least" or "at most" where the other side is missing: it fails for certain or is open.
fn fails_or_open(fails: bool) -> V {
    if fails { V::NotMet } else { V::Open }
}

fn of(holds: bool) -> V {
    if holds { V::Met } else { V::NotMet }
}

/// G3: a room of each kind for every 12 classes that were begun.
pub(crate) fn rooms(school: &Seen<'_>) -> V {
    let classes = |stage| if school.teaches(stage) { school.staged("classes", stage) } else { Some(0) };
    let known: Vec<_> = Stage::BOTH.iter().map(|stage| classes(*stage).map(|classes| classes / 100)).collect();
    // A stage that has pupils has a class.
    let least: i128 = Stage::BOTH
        .iter()
        .zip(&known)
        .map(|(stage, known)| {
            known.unwrap_or_else(|| school.if_everything(Some(school.pupils_at_least(*stage).min(1))))
        })
        .sum();
    let need = (least + 11) / 12;
    let complete = known.iter().all(Option::is_some);
    let of_kind = |id: &str| match school.of(id).map(|rooms| rooms / 100) {
        Some(rooms) if complete => of(rooms >= need),
        Some(rooms) => fails_or_open(rooms < need),
        None if complete && need == 0 => V::Met,
        None => V::Open,
    };
    asked(in_scope(school), all([of_kind("music_rooms_qualified"), of_kind("art_rooms_qualified")]))
}

/// G4: the size of an institution.
pub(crate) fn size(school: &Seen<'_>, kinds: &[u16], limit: i128) -> V {
    if !kinds.contains(&school.school.kind) {
        return V::Met;
    }
    let least: i128 = Stage::BOTH.iter().map(|stage| school.pupils_at_least(*stage)).sum();
    let complete = Stage::BOTH.iter().all(|stage| school.pupils(*stage).is_some());
    asked(in_scope(school), if complete { of(least <= limit) } else { fails_or_open(least > limit) })
}

/// G5: the largest class, of every institution that has the stage. It is no smaller than the mean class, and no larger than the stage.
pub(crate) fn largest_class(school: &Seen<'_>, stage: Stage, limit: i128) -> V {
    if !school.ordinary() || !school.teaches(stage) {
        return V::Met;
    }
    let pupils = school.pupils(stage);
    let scope = pupils.map(|pupils| pupils > 0).or((school.pupils_at_least(stage) > 0).then_some(true));
    let verdict = match (school.staged("largest_class", stage), pupils, school.staged("classes", stage)) {
        (Some(largest), ..) => of(largest / 100 <= limit),
        (None, Some(pupils), _) if pupils <= limit => V::Met,
        (None, Some(pupils), Some(classes)) => fails_or_open(pupils * 100 > limit * classes),
        (None, ..) => V::Open,
    };
    asked(scope, verdict)
}

/// Q4: 5 % of the public funds for training, which are a part of them.
pub(crate) fn training(school: &Seen<'_>) -> V {
    let verdict = match (school.of("training_budget_yuan"), school.of("public_funds_budget_yuan")) {
        (Some(training), Some(funds)) => of(training * 100 >= funds * 5),
        (None, Some(0)) => V::Met,
        _ => V::Open,
    };
    asked(in_scope(school), verdict)
}

/// The conjunction: not met when any is not, met when all are, else open.
pub(crate) fn all(verdicts: impl IntoIterator<Item = V>) -> V {
    let verdicts: Vec<_> = verdicts.into_iter().collect();
    if verdicts.contains(&V::NotMet) {
        V::NotMet
    } else if verdicts.contains(&V::Open) {
        V::Open
    } else {
        V::Met
    }
}

/// The verdict on every institution that is ordinary.
pub(crate) fn every(schools: &[School], reading: Reading, judge: impl Fn(&Seen<'_>) -> V) -> V {
    let seen = schools.iter().map(|school| Seen { school, reading });
    all(seen.filter(Seen::ordinary).map(|school| judge(&school)))
}
