//! Ranking of counties.

use std::cmp::Ordering;

use super::{County, Overview, Undecided};

/// What counties are ranked by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RankBy {
    /// 单元达标率: share of the evaluation units that are met, both stages together, highest first.
    MetShare,
    /// 与限值的距离: the worst coefficient of variation as a part of its limit, lowest first. At or below 1 all are within.
    Line,
}

/// A county in a ranking.
#[derive(Debug, Clone, Copy)]
pub struct Ranked<'a> {
    /// Its place, from 1; those alike share one, and the next is as many lower as they are (1, 2, 2, 4).
    pub rank: Result<u32, Undecided>,
    /// The county.
    pub county: &'a County,
}

impl Overview {
    /// The counties by rank; those alike by code; last those that have no place, by code.
    #[must_use]
    pub fn ranking(&self, by: RankBy) -> Vec<Ranked<'_>> {
        let compare = |one: &&County, other: &&County| match by {
            RankBy::MetShare => share(other).cmp(&share(one)),
            RankBy::Line => {
                let none = f64::INFINITY;
                line(one).unwrap_or(none).total_cmp(&line(other).unwrap_or(none))
            }
        };
        let has_place = |county: &&County| match by {
            RankBy::MetShare => share(county).is_some(),
            RankBy::Line => line(county).is_some(),
        };
        let (mut placed, others): (Vec<&County>, Vec<&County>) = self.counties.iter().partition(has_place);
        placed.sort_by(compare);
        let ranks = ranks(&placed, compare);
        let ranked = placed.into_iter().zip(ranks).map(|(county, rank)| Ranked { rank: Ok(rank), county });
        let undecided = |county: &&County| match county.judged {
            None => Undecided::Gap(county.gap()),
            Some(_) => Undecided::Open,
        };
        let others = others.into_iter().map(|county| Ranked { rank: Err(undecided(&county)), county });
        ranked.chain(others).collect()
    }
}

/// The places of what is in order already: those alike share one (1, 2, 2, 4).
pub fn ranks<T>(ordered: &[T], compare: impl Fn(&T, &T) -> Ordering) -> Vec<u32> {
    let mut places: Vec<u32> = Vec::with_capacity(ordered.len());
    for (index, (number, one)) in (1..).zip(ordered).enumerate() {
        let before = index.checked_sub(1).and_then(|before| ordered.get(before)).zip(places.last());
        let place = match before {
            Some((other, place)) if compare(other, one) == Ordering::Equal => *place,
            _ => number,
        };
        places.push(place);
    }
    places
}

fn share(county: &County) -> Option<super::Share> {
    county.judged.as_ref()?.share()
}

fn line(county: &County) -> Option<f64> {
    county.judged.as_ref()?.line().map(|line| line.ratio)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn those_alike_share_a_place_and_the_next_is_lower() {
        assert_eq!(ranks(&[9, 7, 7, 3], Ord::cmp), [1, 2, 2, 4]);
        assert_eq!(ranks(&[5, 5, 5], Ord::cmp), [1, 1, 1]);
        assert_eq!(ranks::<u32>(&[], Ord::cmp), Vec::<u32>::new());
    }
}
