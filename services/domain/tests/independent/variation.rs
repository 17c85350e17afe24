//! The pupil-weighted coefficient of variation, exactly: its square, CV² = ΣP · Σ(x²/P) / (Σx)² − 1, has no root.
//!
//! Where amounts are missing, its least and greatest value over all completions: with all but one amount fixed it first falls and then
//! rises in that one, so that the greatest lies at a corner; the least lies where every amount is as near to λ · P as its bounds let
//! it, and only λ remains to be found.

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, Signed, ToPrimitive, Zero};

use crate::{
    county::V,
    schools::{Fraction, Range, Reading},
};

/// The square of a coefficient over all completions.
pub(crate) struct Squares {
    /// None is below this; `None`: the coefficient is undefined in every completion.
    pub(crate) least: Option<BigRational>,
    /// None is above this; `None`: it has no bound, or may be undefined.
    pub(crate) greatest: Option<BigRational>,
    /// All amounts may be zero.
    pub(crate) zero: bool,
}

fn float((numerator, denominator): Fraction) -> f64 {
    numerator as f64 / denominator as f64
}

fn rational((numerator, denominator): Fraction) -> BigRational {
    BigRational::new(numerator.into(), denominator.into())
}

fn square_float(amounts: &[f64], pupils: &[f64]) -> f64 {
    let (total, all): (f64, f64) = (amounts.iter().sum(), pupils.iter().sum());
    let squares: f64 = amounts.iter().zip(pupils).map(|(x, p)| x * x / p).sum();
    if total == 0.0 { f64::INFINITY } else { all * squares / (total * total) - 1.0 }
}

/// CV² of known amounts; `None`: all of them are zero.
fn square(amounts: &[BigRational], pupils: &[i128]) -> Option<BigRational> {
    // Over a common denominator, so that nothing is reduced on the way.
    let common = amounts.iter().fold(BigInt::one(), |common, x| common * x.denom());
    let whole: Vec<BigInt> = amounts.iter().map(|x| x.numer() * (&common / x.denom())).collect();
    let total: BigInt = whole.iter().sum();
    if total.is_zero() {
        return None;
    }
    let product: BigInt = pupils.iter().map(|p| BigInt::from(*p)).product();
    let all: BigInt = pupils.iter().map(|p| BigInt::from(*p)).sum();
    let squares: BigInt = whole.iter().zip(pupils).map(|(x, p)| x * x * (&product / BigInt::from(*p))).sum();
    let mean = product * &total * &total;
    Some(BigRational::new_raw(all * squares - &mean, mean))
}

/// CV² when the amounts of these units outgrow all others, in proportion to their pupils.
fn square_beyond(members: i128, pupils: &[i128]) -> BigRational {
    BigRational::new((pupils.iter().sum::<i128>() - members).into(), members.into())
}

/// The bounds of CV², given what is known of each unit's amount.
pub(crate) fn squares(ranges: &[Range], pupils: &[i128]) -> Squares {
    if ranges.iter().all(|range| range.to.is_some_and(|to| to.0 == 0)) {
        return Squares { least: None, greatest: None, zero: true };
    }
    let known = ranges.iter().all(|range| range.to.is_some_and(|to| range.from.0 * to.1 == to.0 * range.from.1));
    if known {
        let amounts: Vec<_> = ranges.iter().map(|range| rational(range.from)).collect();
        let exact = square(&amounts, pupils);
        return Squares { least: exact.clone(), greatest: exact, zero: false };
    }
    let zero = ranges.iter().all(|range| range.from.0 == 0);
    let greatest = if zero { None } else { Some(greatest(ranges, pupils)) };
    Squares { least: Some(least(ranges, pupils)), greatest, zero }
}

/// The greatest lies at a corner, or where one unbounded amount outgrows all others.
fn greatest(ranges: &[Range], pupils: &[i128]) -> BigRational {
    let floats: Vec<f64> = pupils.iter().map(|p| *p as f64).collect();
    let corner = |bits: usize| -> Vec<Fraction> {
        let pick = |(index, range): (usize, &Range)| match range.to {
            Some(to) if bits >> index & 1 == 1 => to,
            _ => range.from,
        };
        ranges.iter().enumerate().map(pick).collect()
    };
    let at = |bits: &usize| square_float(&corner(*bits).into_iter().map(float).collect::<Vec<_>>(), &floats);
    let corners = 0..1_usize << ranges.len();
    let best = corners.max_by(|a, b| at(a).total_cmp(&at(b))).unwrap();
    let exact = square(&corner(best).into_iter().map(rational).collect::<Vec<_>>(), pupils).unwrap();
    let beyond = ranges.iter().zip(pupils).filter(|(range, _)| range.to.is_none()).map(|(_, p)| *p).min();
    beyond.map(|smallest| square_beyond(smallest, pupils)).into_iter().fold(exact, Ord::max)
}

/// The least lies at amounts λ · P, cut to their bounds, for one λ.
fn least(ranges: &[Range], pupils: &[i128]) -> BigRational {
    let per_pupil = |(n, d): Fraction, p: &i128| (n, d * p);
    let mut breaks: Vec<Fraction> = ranges
        .iter()
        .zip(pupils)
        .flat_map(|(range, p)| [Some(per_pupil(range.from, p)), range.to.map(|to| per_pupil(to, p))])
        .flatten()
        .chain([(0, 1)])
        .collect();
    breaks.sort_by(|a, b| (a.0 * b.1).cmp(&(b.0 * a.1)));
    let mut candidates: Vec<BigRational> = breaks.iter().map(|edge| rational(*edge)).collect();
    for (index, from) in breaks.iter().enumerate() {
        // Between two breaks some amounts are free and the others stay: there d CV²/dλ = 0 at Σ(x²/P) / Σx of those that stay.
        let to = breaks.get(index + 1);
        let (mut squares, mut sum) = (BigRational::zero(), BigRational::zero());
        for (range, p) in ranges.iter().zip(pupils) {
            let reaches = |bound: Fraction, edge: &Fraction| bound.0 * edge.1 >= edge.0 * bound.1;
            let stays = if to.is_some_and(|to| reaches(per_pupil(range.from, p), to)) {
                Some(range.from)
            } else {
                range.to.filter(|bound| reaches(*from, &per_pupil(*bound, p)))
            };
            if let Some(x) = stays.map(rational) {
                squares += &x * &x / BigRational::from_integer((*p).into());
                sum += x;
            }
        }
        if !sum.is_zero() {
            candidates.push(squares / sum);
        }
    }
    let amounts = |lambda: &BigRational| -> Vec<BigRational> {
        let cut = |(range, p): (&Range, &i128)| {
            let wanted = (lambda * BigRational::from_integer((*p).into())).max(rational(range.from));
            range.to.map_or(wanted.clone(), |to| wanted.min(rational(to)))
        };
        ranges.iter().zip(pupils).map(cut).collect()
    };
    let unbounded: i128 = ranges.iter().zip(pupils).filter(|(range, _)| range.to.is_none()).map(|(_, p)| *p).sum();
    let beyond = (unbounded > 0).then(|| square_beyond(unbounded, pupils));
    // λ = 1 stands for any other where nothing is bounded but by zero.
    candidates.push(BigRational::one());
    candidates.iter().filter_map(|lambda| square(&amounts(lambda), pupils)).chain(beyond).min().unwrap()
}

/// The verdict on CV ≤ limit, in hundredths.
///
/// By what is stated, bounds of missing amounts need not tell where they come so near to the limit that only exact ones could, nor where
/// everything known is zero.
pub(crate) fn judge(squares: &Squares, limit: i64, reading: Reading) -> V {
    if reading == Reading::Stated && squares.zero && squares.least.is_some() {
        return V::Open;
    }
    let limit = BigRational::new((limit * limit).into(), 10_000.into());
    let open = squares.least != squares.greatest;
    let near = |bound: &&BigRational| (*bound - &limit).abs() < BigRational::new(1.into(), 1_000_000_000.into());
    let blurred = |bound: &Option<BigRational>| {
        open && reading == Reading::Stated && bound.as_ref().is_some_and(|one| near(&one))
    };
    match (&squares.least, &squares.greatest) {
        (None, _) => V::NotMet,
        (_, Some(greatest)) if *greatest <= limit && !blurred(&squares.greatest) => V::Met,
        (Some(least), _) if *least > limit && !blurred(&squares.least) => V::NotMet,
        _ => V::Open,
    }
}

/// The verdict on the mean of the coefficients ≤ limit, in hundredths; with the same reserves.
pub(crate) fn judge_mean(all: &[Squares], limit: i64, reading: Reading) -> V {
    let open = all.iter().any(|one| one.least != one.greatest);
    let nothing = BigRational::zero();
    let any = |one: &Squares| one.zero && reading == Reading::Stated;
    let least = all.iter().map(|one| one.least.as_ref().map(|least| if any(one) { &nothing } else { least }));
    let Some(least) = least.collect::<Option<Vec<_>>>() else {
        return V::NotMet;
    };
    let greatest = all.iter().map(|one| one.greatest.as_ref()).collect::<Option<Vec<_>>>();
    let [less, more] = if reading == Reading::Stated && open { [-1, 1] } else { [0, 0] };
    if !mean_within(&least, limit, more) {
        V::NotMet
    } else if greatest.is_some_and(|greatest| mean_within(&greatest, limit, less)) {
        V::Met
    } else {
        V::Open
    }
}

/// Whether the mean of the roots of these is at most the limit and so many hundred-millionths: by forty decimals, or exactly where all
/// roots are rational.
fn mean_within(squares: &[&BigRational], limit: i64, more: i64) -> bool {
    let (count, limit) = (BigInt::from(squares.len()), limit * 1_000_000 + more);
    let one = BigInt::from(10).pow(40);
    let least: BigInt = squares.iter().map(|square| (square.numer() * &one * &one / square.denom()).sqrt()).sum();
    let limited = &one * &count * limit / 100_000_000;
    if &least + &count <= limited || least > limited {
        return least <= limited;
    }
    let exact: Option<BigRational> = squares.iter().map(|square| rational_root(square)).sum();
    exact.expect("nearer to the limit than forty decimals tell") * BigInt::from(100_000_000)
        <= BigRational::from(count * limit)
}

fn rational_root(square: &BigRational) -> Option<BigRational> {
    let product = square.numer() * square.denom();
    let root = product.sqrt();
    (&root * &root == product).then(|| BigRational::new(root, square.denom().clone()))
}

mod tests {
    use super::*;
    use crate::random::Random;

    /// Ranges of two to four units, some known, some unbounded.
    fn ranges(random: &mut Random) -> (Vec<Range>, Vec<i128>) {
        let count = random.between(2, 4);
        let unit = |_| {
            let from = i128::from(random.pick(&[0, 5, 40, 100]));
            let to = random.pick(&[Some(0), Some(30), Some(200), None]);
            Range { from: (from, 1), to: to.map(|more| (from + i128::from(more), 1)) }
        };
        let ranges: Vec<_> = (0..count).map(unit).collect();
        let pupils = ranges.iter().map(|_| i128::from(random.pick(&[50, 100, 437]))).collect();
        (ranges, pupils)
    }

    #[test]
    fn no_completion_leaves_the_bounds_and_a_fine_search_comes_near_to_them() {
        for seed in 0..200 {
            let random = &mut Random(seed);
            let (ranges, pupils) = ranges(random);
            let bounds = squares(&ranges, &pupils);
            let Some(lowest) = &bounds.least else { continue };
            let (mut least, mut greatest) = (f64::INFINITY, 0.0_f64);
            for _ in 0..2_000 {
                // At corners, anywhere, and along a line on which all units have nearly the same per pupil.
                let per_pupil = (random.between(0, 1) == 1).then(|| i128::from(random.between(0, 6000)));
                let complete = |(range, p): (&Range, &i128)| {
                    let to = range.to.map_or(range.from.0 + random.pick(&[10, 300, 1_000_000]), |to| to.0);
                    let inner = random.between(0, 1000);
                    let share = i128::from(random.pick(&[0, 0, 1000, 1000, inner]));
                    let anywhere = range.from.0 * 1000 + (to - range.from.0) * share;
                    let amount = per_pupil.map_or(anywhere, |rate| (rate * p).clamp(range.from.0 * 1000, to * 1000));
                    BigRational::new(amount.into(), 1000.into())
                };
                let amounts: Vec<_> = ranges.iter().zip(&pupils).map(complete).collect();
                let Some(found) = square(&amounts, &pupils) else {
                    assert!(bounds.zero, "seed {seed}");
                    continue;
                };
                assert!(found >= *lowest, "seed {seed}");
                assert!(bounds.greatest.as_ref().is_none_or(|highest| found <= *highest), "seed {seed}");
                let found = found.to_f64().unwrap();
                (least, greatest) = (least.min(found), greatest.max(found));
            }
            assert!(least - lowest.to_f64().unwrap() < 0.05, "seed {seed}: {least} {lowest}");
            let near = |highest: &BigRational| highest.to_f64().unwrap() - greatest < 0.05;
            assert!(bounds.greatest.as_ref().is_none_or(near), "seed {seed}: {greatest}");
        }
    }

    #[test]
    fn the_worked_example_of_the_notes_holds() {
        let known = |books| Range { from: (books, 1), to: Some((books, 1)) };
        let ranges = [279, 137, 935, 160, 402].map(known);
        let Squares { least: Some(square), .. } = squares(&ranges, &[45, 37, 89, 76, 55]) else { panic!() };

        assert_eq!(format!("{:.5}", square.to_f64().unwrap().sqrt()), "0.51526");
    }
}
