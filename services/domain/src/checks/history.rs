//! What contradicts the histories of schools, as findings.

use crate::{
    code::{RegionCode, SchoolCode},
    finding::{Fault, Finding, Term},
    history::Contradiction,
};

/// The finding that something written at `path` contradicts what is held of a school.
#[must_use]
pub fn contradicts(path: &str, code: &SchoolCode, contradiction: &Contradiction) -> Finding {
    let school = Term::from(code);
    let fault = match contradiction {
        Contradiction::Unknown(other) => Fault::SchoolRegistered { school: other.into() },
        Contradiction::NotOpen(other) => Fault::EventSchoolOpen { school: other.into() },
        Contradiction::AlreadyOpen => Fault::EventAlreadyOpen { school },
        Contradiction::ClosesLater(day) => Fault::EventClosesLater { school, day: day.to_string().into() },
        Contradiction::ChangesLater(day) => Fault::EventChangesLater { school, day: day.to_string().into() },
        Contradiction::Unchanged => Fault::EventUnchanged { school },
        Contradiction::NoGroup => Fault::EventNoGroup { school },
        Contradiction::Itself => Fault::EventItself { school },
        Contradiction::Parts => Fault::EventParts { school },
        Contradiction::NotFirstOfMonth => Fault::EventFirstOfMonth { school },
        Contradiction::Overlap => Fault::DateOverlap { school },
    };
    Finding::of(fault, path).of_school(code)
}

/// The finding that a school would be open in a month in which it is open in another county.
#[must_use]
pub fn held_elsewhere(path: &str, school: &SchoolCode, county: &RegionCode) -> Finding {
    let fault = Fault::SchoolInCountyRegistered { school: school.into(), county: county.into() };
    Finding::of(fault, path).of_school(school).found(school.as_str())
}

/// The finding that a school would move to what is no registered county.
#[must_use]
pub fn no_county(path: &str, school: &SchoolCode, county: &RegionCode) -> Finding {
    Finding::of(Fault::EventCounty { county: county.into() }, path).of_school(school).found(county.as_str())
}
