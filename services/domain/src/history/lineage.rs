//! Lineage: what a school came from and what became of it, followed through splits, mergers and moves between counties.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use super::{Change, SchoolEvent};
use crate::code::{RegionCode, SchoolCode};

/// A school of a county. One that moved is another one there, with the same code.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SchoolRef {
    /// County.
    pub county: RegionCode,
    /// Code.
    pub school: SchoolCode,
}

/// How one school became another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LinkKind {
    /// It moved to another county.
    Moved,
    /// The other one is a part of it.
    Split,
    /// It was merged into the other one.
    Merged,
}

/// That one school became another, or a part of it did, on a day.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Link {
    /// The day.
    pub day: Date,
    /// The school of before.
    pub from: SchoolRef,
    /// The school of after.
    pub to: SchoolRef,
    /// How.
    pub kind: LinkKind,
}

/// The links that events of one county's schools make. A move is told by both counties, by the same link.
#[must_use]
pub fn links<'a>(county: &RegionCode, events: impl IntoIterator<Item = &'a SchoolEvent>) -> Vec<Link> {
    let mut links = Vec::new();
    for SchoolEvent { school, day, change, .. } in events {
        let of =
            |county: &RegionCode, school: &SchoolCode| SchoolRef { county: county.clone(), school: school.clone() };
        let own = of(county, school);
        let mut add = |from: SchoolRef, to: SchoolRef, kind| links.push(Link { day: *day, from, to, kind });
        match change {
            Change::Split(parts) => {
                for part in parts.iter().filter(|part| *part != school) {
                    add(own.clone(), of(county, part), LinkKind::Split);
                }
            }
            Change::Merged(into) => add(own, of(county, into), LinkKind::Merged),
            Change::MovedTo(other) => add(own, of(other, school), LinkKind::Moved),
            Change::MovedFrom(other) => add(of(other, school), own, LinkKind::Moved),
            _ => {}
        }
    }
    links
}

/// The links from a school to all that came of it, through any number of schools, oldest first. What became of a school before
/// it took part is none of its doing.
#[must_use]
pub fn successors(links: &[Link], school: &SchoolRef) -> Vec<Link> {
    follow(links, school, Direction::Forward)
}

/// The links to a school from all that it came from, through any number of schools, oldest first. It is the reverse of
/// [`successors`]: a school is among the one's predecessors where the one is among its successors.
#[must_use]
pub fn predecessors(links: &[Link], school: &SchoolRef) -> Vec<Link> {
    follow(links, school, Direction::Back)
}

#[derive(Clone, Copy)]
enum Direction {
    Forward,
    Back,
}

fn follow(links: &[Link], start: &SchoolRef, direction: Direction) -> Vec<Link> {
    let mut found: BTreeSet<&Link> = BTreeSet::new();
    // The day on which each school is reached first of all in the direction that is followed.
    let mut reached: BTreeMap<&SchoolRef, Date> = BTreeMap::new();
    loop {
        let before = (found.len(), reached.clone());
        for link in links {
            let (near, far) = match direction {
                Direction::Forward => (&link.from, &link.to),
                Direction::Back => (&link.to, &link.from),
            };
            let sooner = |one: Date, other: Date| match direction {
                Direction::Forward => one <= other,
                Direction::Back => one >= other,
            };
            if near == start || reached.get(near).is_some_and(|day| sooner(*day, link.day)) {
                found.insert(link);
                let day = reached.entry(far).or_insert(link.day);
                if sooner(link.day, *day) {
                    *day = link.day;
                }
            }
        }
        if before == (found.len(), reached.clone()) {
            return found.into_iter().cloned().collect();
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn school(number: u32) -> SchoolRef {
        let county = format!("2109{:02}", 20 + number % 3);
        SchoolRef { county: county.parse().unwrap(), school: format!("21210{number:05}").parse().unwrap() }
    }

    fn link(day: &str, from: u32, to: u32) -> Link {
        Link { day: day.parse().unwrap(), from: school(from), to: school(to), kind: LinkKind::Merged }
    }

    #[test]
    fn lineage_is_followed_through_any_number_of_schools_in_the_order_of_time() {
        // 1 split into 2 and 3, 4 was merged into 3 later, 3 and 2 into 5; before 1 was split, 6 was merged into it, and after that 7.
        let all = [
            link("2012-09-01", 6, 1),
            link("2015-09-01", 1, 2),
            link("2015-09-01", 1, 3),
            link("2016-09-01", 7, 1),
            link("2018-09-01", 4, 3),
            link("2020-09-01", 3, 5),
            link("2020-09-01", 2, 5),
        ];
        let after =
            |number| -> Vec<SchoolRef> { successors(&all, &school(number)).into_iter().map(|one| one.to).collect() };
        let before = |number| -> Vec<SchoolRef> {
            predecessors(&all, &school(number)).into_iter().map(|one| one.from).collect()
        };

        // By county within a day.
        assert_eq!(after(6), [1, 3, 2, 5, 5].map(school));
        assert_eq!(after(7), [1].map(school), "it came after the split");
        assert_eq!(before(5), [6, 1, 1, 4, 3, 2].map(school));
        assert_eq!(before(2), [6, 1].map(school));
        assert_eq!(before(6), []);
    }

    #[test]
    fn a_school_that_moved_away_and_back_ends() {
        let (here, there) = (school(1), SchoolRef { county: "210999".parse().unwrap(), ..school(1) });
        let moved = |day: &str, from: &SchoolRef, to: &SchoolRef| Link {
            day: day.parse().unwrap(),
            from: from.clone(),
            to: to.clone(),
            kind: LinkKind::Moved,
        };
        let all = [moved("2020-09-01", &here, &there), moved("2022-09-01", &there, &here)];

        assert_eq!(successors(&all, &here), all);
        assert_eq!(successors(&all, &there), all[1..]);
        assert_eq!(predecessors(&all, &here), all);
    }

    proptest! {
        #[test]
        fn lineage_is_the_same_from_both_ends(ends in prop::collection::vec((0_u32..6, 0_u32..6, 0_i32..8), 0..12)) {
            let day = |year: i32| format!("{}-09-01", 2010 + year);
            let all: Vec<Link> = ends.into_iter().map(|(from, to, year)| link(&day(year), from, to)).collect();
            for (one, other) in (0..6).flat_map(|one| (0..6).map(move |other| (one, other))) {
                let after = successors(&all, &school(one)).iter().any(|link| link.to == school(other));
                let before = predecessors(&all, &school(other)).iter().any(|link| link.from == school(one));
                prop_assert_eq!(after, before, "{} {}", one, other);
            }
        }
    }
}
