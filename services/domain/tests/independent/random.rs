//! Random counties whose values crowd at every line that the standards draw: on it, and one smallest unit to either side.

use crate::{
    county::{County, School},
    random_items::items,
};

/// A small generator of random numbers (SplitMix64): the same numbers for the same seed, everywhere.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// From `low` to `high`, both of them too.
    pub(crate) fn between(&mut self, low: i64, high: i64) -> i64 {
        low + i64::try_from(self.next() % u64::try_from(high - low + 1).unwrap()).unwrap()
    }

    pub(crate) fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[usize::try_from(self.next() % from.len() as u64).unwrap()]
    }

    /// One time in so many.
    pub(crate) fn one_in(&mut self, times: i64) -> bool {
        self.between(1, times) == 1
    }
}

/// How the figures of a county are drawn.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mood {
    /// Everything reaches, much of it exactly; then a figure or two are changed.
    Good,
    /// Every figure by itself, near its lines.
    Wild,
    /// Two units whose coefficients of variation lie exactly on a limit, or one smallest unit beside it.
    Spread,
}

const KINDS: [u16; 8] = [211, 218, 311, 312, 341, 345, 345, 512];
const STAGES: [&str; 2] = ["primary", "junior"];
/// Element, threshold in hundredths by stage, and so many pupils that it is for.
const TEACHERS: [(&str, [i64; 2], i64); 3] = [
    ("teachers_above_degree", [420, 530], 100),
    ("backbone_teachers", [100, 100], 100),
    ("pe_arts_teachers", [90, 90], 100),
];
/// Element, threshold in hundredths by stage, so many pupils that it is for, and the smallest step in hundredths.
const OWNED: [(&str, [i64; 2], i64, i64); 6] = [
    ("teaching_area_m2", [450, 580], 1, 1),
    ("sports_ground_area_m2", [750, 1020], 1, 1),
    ("equipment_value_yuan", [200_000, 250_000], 1, 1),
    ("multimedia_rooms", [230, 240], 100, 100),
    ("computers", [600, 1000], 100, 100),
    ("books", [1500, 2500], 1, 100),
];

pub(crate) fn county(random: &mut Random) -> County {
    let mood = random.pick(&[Mood::Good, Mood::Good, Mood::Wild, Mood::Spread]);
    let (year, month) = random.pick(&[(2024, 12), (2024, 2), (2023, 2), (2025, 4), (2024, 8)]);
    let mut schools: Vec<School> = if mood == Mood::Spread {
        spread(random)
    } else {
        let count = random.pick(&[1, 1, 2, 2, 2, 3, 3, 4, 5, 8]);
        (0..count).map(|index| school(random, mood, index)).collect()
    };
    let mut items = items(random, mood == Mood::Wild, (year, month));
    // Most counties lack nothing, or little; some lack much, and some a whole school.
    let blanks = random.pick(&[0, 0, 0, 0, 1, 1, 1, 2, 3, 8]);
    for _ in 0..blanks {
        let index = usize::try_from(random.next() % schools.len() as u64).unwrap();
        let school = &mut schools[index];
        if random.one_in(8) {
            school.figures.clear();
        } else if !school.figures.is_empty() {
            let nth = usize::try_from(random.next() % school.figures.len() as u64).unwrap();
            let id = school.figures.keys().nth(nth).unwrap().clone();
            school.figures.remove(&id);
        }
    }
    for _ in 0..random.pick(&[0, 0, 0, 1, 1, 2, 6]) {
        let index = usize::try_from(random.next() % items.len() as u64).unwrap();
        if random.one_in(2) {
            items.remove(index);
        } else {
            items[index].months_ago = random.pick(&[1, 12, 13, 14]);
            if random.one_in(3) {
                items[index].declared = Some(random.pick(&[(2022, 6), (2023, 11), (2023, 12), (2024, 2)]));
            }
        }
    }
    County { year, month, schools, items }
}

fn teaches(kind: u16, stage: usize) -> bool {
    match stage {
        0 => [211, 218, 312, 345, 512].contains(&kind),
        _ => [311, 312, 341, 345, 512].contains(&kind),
    }
}

/// The smallest figure of so many steps that reaches `share` hundredths of `threshold · pupils / per`, and how it is shared out.
fn near(random: &mut Random, good: bool, exact: (i64, i64), step: i64) -> i64 {
    let (percent, less) = if good {
        (random.pick(&[100, 100, 103, 110]), 0)
    } else {
        random.pick(&[(100, 0), (100, 0), (100, 1), (85, 0), (85, 1), (100, -1), (0, 0), (120, 0), (60, 0), (300, 0)])
    };
    let (numerator, denominator) = (i128::from(exact.0) * percent, i128::from(exact.1) * 100);
    let steps = (numerator + denominator * i128::from(step) - 1) / (denominator * i128::from(step));
    i64::try_from((steps - less).max(0)).unwrap() * step
}

fn school(random: &mut Random, mood: Mood, index: i64) -> School {
    let kind = random.pick(&KINDS);
    let good = mood == Mood::Good;
    let mut figures = std::collections::BTreeMap::new();
    let mut pupils = [0, 0, 0];
    for stage in 0..2 {
        if !teaches(kind, stage) {
            // A stage that is not taught is left out, or filled with zeros.
            if random.one_in(2) {
                figures.insert(format!("pupils_{}", STAGES[stage]), 0);
            }
            continue;
        }
        pupils[stage] = if kind == 218 {
            random.pick(&[49, 50, 50, 51, 80])
        } else if good {
            random.pick(&[100, 200, 400, 1000, 437, 100, 1000])
        } else {
            random.pick(&[0, 1, 45, 46, 50, 51, 100, 200, 1000, 1500, 2000, 2001, 500, 501, 2500, 2501, 333])
        };
        let (pupils, id) = (pupils[stage], STAGES[stage]);
        let limit = [45, 50][stage];
        let classes = if pupils == 0 { 0 } else { (pupils + 39) / 40 + if good { 0 } else { random.pick(&[0, 0, 1]) } };
        let classes = if good || pupils == 0 {
            classes
        } else {
            random.pick(&[classes, classes, (pupils + limit - 1) / limit, 12.min(pupils)])
        };
        let mean = if classes == 0 { 0 } else { (pupils + classes - 1) / classes };
        let largest = if good { mean } else { random.pick(&[mean, mean, limit, limit + 1]) };
        let teachers =
            if good || !random.one_in(4) { pupils / 8 + 2 } else { random.pick(&[0, pupils / 25, pupils / 19]) };
        let mut set = |element: &str, value: i64| figures.insert(format!("{element}_{id}"), value * 100);
        set("pupils", pupils);
        set("classes", classes);
        set("largest_class", largest.max(mean).min(pupils));
        set("teachers", teachers);
        set("senior_title_teachers", if good { teachers / 2 } else { random.between(0, teachers) });
        for (element, thresholds, per) in TEACHERS {
            let value = near(random, good, (thresholds[stage] * pupils, per), 100) / 100;
            figures.insert(format!("{element}_{id}"), value.min(teachers) * 100);
        }
    }
    if [341, 345].contains(&kind) {
        pupils[2] = random.pick(&[0, 100, 300, 1000]);
        figures.insert("pupils_senior".to_owned(), pupils[2] * 100);
    }
    let weights = [100, if kind == 341 { 100 } else { 110 }, if kind == 341 { 120 } else { 132 }];
    let weighted: i64 = pupils.iter().zip(weights).map(|(pupils, weight)| pupils * weight).sum();
    // What the institution owns reaches for one of its stages, or, in a good county, for both.
    let aim = random.pick(&[0, 1]);
    for (element, thresholds, per, step) in OWNED {
        let needed = |stage: usize| (thresholds[stage] * weighted, per * weights[stage]);
        let taught: Vec<usize> = (0..2).filter(|stage| pupils[*stage] > 0).collect();
        let value = if good {
            taught.iter().map(|stage| near(random, true, needed(*stage), step)).max().unwrap_or(0)
        } else {
            taught.get(aim).or(taught.first()).map_or(0, |stage| near(random, false, needed(*stage), step))
        };
        figures.insert(element.to_owned(), value);
    }
    let indoor = random.pick(&[0, 0, 12_345, 50_000]);
    *figures.get_mut("teaching_area_m2").unwrap() += indoor;
    let ground = figures["sports_ground_area_m2"];
    figures.insert("sports_ground_area_m2".to_owned(), (ground - indoor).max(0));
    figures.insert("indoor_sports_area_m2".to_owned(), indoor);
    institution(random, good, &mut figures);
    // One figure of a good school is spoilt now and then.
    if good && random.one_in(6) {
        spoil(random, &mut figures);
    }
    let code = format!("{kind}{index:07}");
    School { code, kind, figures }
}

fn institution(random: &mut Random, good: bool, figures: &mut std::collections::BTreeMap<String, i64>) {
    let classes: i64 = STAGES.iter().filter_map(|stage| figures.get(&format!("classes_{stage}"))).sum::<i64>() / 100;
    let need = (classes + 11) / 12;
    for id in ["music_rooms_qualified", "art_rooms_qualified"] {
        let rooms = if good { need } else { (need + random.pick(&[0, 0, -1, 1])).max(0) };
        figures.insert(id.to_owned(), rooms * 100);
    }
    let funds = random.pick(&[0, 100_000, 12_345_679, 200_000]);
    let least = (funds + 19) / 20;
    let training = if good { least } else { random.pick(&[least, least, least - 1, 0, funds]).clamp(0, funds) };
    figures.insert("public_funds_budget_yuan".to_owned(), funds);
    figures.insert("training_budget_yuan".to_owned(), training);
}

/// Makes one figure worse, by the smallest step or by much.
fn spoil(random: &mut Random, figures: &mut std::collections::BTreeMap<String, i64>) {
    let ids: Vec<String> = figures
        .keys()
        .filter(|id| {
            !["pupils_", "classes_", "largest_", "teachers_p", "teachers_j", "indoor", "teaching", "public"]
                .iter()
                .any(|other| id.starts_with(other))
        })
        .cloned()
        .collect();
    let Some(id) = ids.get(usize::try_from(random.next() % ids.len().max(1) as u64).unwrap()) else { return };
    let areas = ["teaching_area_m2", "sports_ground_area_m2", "equipment_value_yuan", "training_budget_yuan"];
    let step = if areas.contains(&id.as_str()) { 1 } else { 100 };
    let value = figures[id];
    let worse = random.pick(&[value - step, value * 9 / 10 / step * step, value / 2 / step * step, 0]);
    figures.insert(id.clone(), worse.max(0));
}

/// Two units of P and 4P pupils with X = m (1 + 2c) and X = m (1 − c / 2): their weighted mean is m and their coefficient c.
fn spread(random: &mut Random) -> Vec<School> {
    let kind = random.pick(&[211, 311]);
    let stage = STAGES[usize::from(kind == 311)];
    let limits = if kind == 211 { [50, 65] } else { [45, 55] };
    let (quality, basic) = (limits[0], limits[1]);
    let mut schools = [400, 1600].map(|pupils| {
        let mut figures = std::collections::BTreeMap::from([("pupils_senior".to_owned(), 0)]);
        let classes = pupils / 40;
        let staged = [("pupils", pupils), ("classes", classes), ("largest_class", 40)];
        figures.extend(staged.map(|(id, value)| (format!("{id}_{stage}"), value * 100)));
        institution(random, true, &mut figures);
        School { code: format!("{kind}{pupils:07}"), kind, figures }
    });
    // Beside the limit of single coefficients, or such that the mean of eight is the limit of the composite one.
    let beside = random.one_in(2);
    let mut figures = |id: &str, scale: i64, c: i64| {
        // Nobody shares with anybody; areas are whole square metres, so that their step is a hundredth.
        let amounts = [40 * scale * (100 + 2 * c) / 100, 160 * scale * (200 - c) / 200];
        for (school, amount) in schools.iter_mut().zip(amounts) {
            school.figures.insert(id.to_owned(), amount * 100);
        }
    };
    let pairs = [[0, 0], [10, -10], [5, -5], [20, -20]];
    let staged = |id: &str| format!("{id}_{stage}");
    let ids = [
        staged("teachers"),
        staged("teachers_above_degree"),
        staged("senior_title_teachers"),
        "teaching_area_m2".to_owned(),
        "sports_ground_area_m2".to_owned(),
        "equipment_value_yuan".to_owned(),
        "computers".to_owned(),
        "books".to_owned(),
    ];
    let scales = [100, 10, 10, 100, 200, 30_000, 10, 200];
    for (pair, scales) in ids.chunks(2).zip(scales.chunks(2)) {
        let deviations = if beside { [0, 0] } else { random.pick(&pairs) };
        for ((id, scale), deviation) in pair.iter().zip(scales).zip(deviations) {
            figures(id, *scale, if beside { quality } else { basic + deviation });
        }
    }
    for id in [staged("backbone_teachers"), staged("pe_arts_teachers"), "multimedia_rooms".to_owned()] {
        figures(&id, 20, if beside { quality } else { random.pick(&[quality, 30, 60]) });
    }
    for school in &mut schools {
        school.figures.insert("indoor_sports_area_m2".to_owned(), 0);
    }
    // One smallest step to either side, or nothing.
    for _ in 0..random.pick(&[0, 0, 1, 1, 2]) {
        let id = random.pick(&[1, 2, 3, 4, 5, 6, 7]);
        let step = if (3..=5).contains(&id) { 1 } else { 100 };
        let value = schools[0].figures.get_mut(&ids[id]).unwrap();
        *value += random.pick(&[step, -step]);
    }
    if random.one_in(3) {
        schools.swap(0, 1);
    }
    let mut schools = schools.to_vec();
    if random.one_in(6) {
        schools.push(school(random, Mood::Good, 7));
    }
    schools
}
