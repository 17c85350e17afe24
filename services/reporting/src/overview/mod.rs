//! How the counties under a province, a city or the nation stand in a month: plain values, read from what is stored.
//!
//! [`Overview::read`] takes a dozen statements whatever the number of counties, and reads summaries, not whole evaluations. Everything
//! else is pure: ranking, matrix, changes, targets, counts. Nothing here judges: every figure and verdict is the stored evaluation's.

mod change;
mod comparison;
mod county;
mod failing;
mod gap;
mod matrix;
mod ranking;
mod read;
pub mod series;
mod tables;
mod target;
mod territory;

use std::{collections::BTreeMap, sync::Arc};

use jiff::Timestamp;
use junheng_domain::{
    code::{Month, RegionCode},
    inflow::Standing,
    school::Stage,
    standard::Standard,
    verdict::Verdict,
};
use junheng_wire::summary::COMPOSITE;

pub(crate) use change::VETOES;
pub use change::{Changes, PartChange, ShareChange, VariationChange};
pub use comparison::{Compared, Figure};
pub use county::{County, Inflow, Judged, Line, PartVerdict, Share, Spread, StageStanding, Undecided};
pub use gap::Gap;
pub use matrix::{Column, Heat, Matrix, Row, Shade};
pub use ranking::{RankBy, Ranked, ranks};
pub use read::Question;
pub(crate) use read::{MonthsInflow, judged};
pub(crate) use tables::local;
pub use tables::{link_title, standing_title};
pub use target::{Target, TargetProgress, Targets, TargetsError};
pub use territory::{Place, Territory};

/// How the counties under a region stand in a month under a standard.
#[derive(Debug, Clone)]
pub struct Overview {
    /// The region that was asked about, the nation included.
    pub region: Place,
    /// The regions above it, nearest first: the way back up.
    pub above: Vec<Place>,
    /// The month.
    pub month: Month,
    /// The standard that the counties are held against.
    pub standard: Arc<Standard>,
    /// When it was read: whether something is overdue is said as of it.
    pub at: Timestamp,
    /// The counties, by code.
    pub counties: Vec<County>,
    /// The regions directly below, by code: cities of a province, counties of a city. Empty for a county.
    pub children: Vec<Place>,
}

/// Counties of a region, counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// All of them.
    pub counties: u32,
    /// Those that are expected to report: all but those whose duty to report began later.
    pub expected: u32,
    /// Those whose report of the month counts, on time or late.
    pub reported: u32,
    /// Those that reported late.
    pub late: u32,
    /// Those expected that have not reported though the due day has passed, whatever was refused or is held.
    pub overdue: u32,
    /// Those with an evaluation of the month: met, not met and undetermined together.
    pub evaluated: u32,
    /// Those that are met.
    pub met: u32,
    /// Those that are not met.
    pub not_met: u32,
    /// Those that are undetermined.
    pub undetermined: u32,
    /// Evaluation units of the evaluated counties.
    pub units: u32,
    /// Of them met.
    pub met_units: u32,
    /// Of them undetermined.
    pub open_units: u32,
}

impl Counts {
    /// Units that are certainly not met.
    #[must_use]
    pub const fn not_met_units(&self) -> u32 {
        self.units.saturating_sub(self.met_units + self.open_units)
    }

    /// Counts counties.
    #[must_use]
    pub fn of<'a>(counties: impl IntoIterator<Item = &'a County>) -> Self {
        let mut counts = Self::default();
        for county in counties {
            counts.counties += 1;
            counts.expected += u32::from(county.inflow.standing.expected());
            counts.reported += u32::from(county.inflow.standing.reported());
            counts.late += u32::from(county.inflow.standing == Standing::Late);
            counts.overdue += u32::from(county.inflow.overdue);
            let Some(judged) = &county.judged else { continue };
            counts.evaluated += 1;
            match judged.verdict {
                Verdict::Met => counts.met += 1,
                Verdict::NotMet => counts.not_met += 1,
                Verdict::Undetermined => counts.undetermined += 1,
            }
            if let Some(share) = judged.share() {
                counts.units += share.units;
                counts.met_units += share.met;
                counts.open_units += judged.open_units();
            }
        }
        counts
    }
}

impl Overview {
    /// All counties, counted.
    #[must_use]
    pub fn counts(&self) -> Counts {
        Counts::of(&self.counties)
    }

    /// The regions directly below with their counties counted, by code.
    #[must_use]
    pub fn children_counts(&self) -> Vec<(&Place, Counts)> {
        self.children.iter().map(|child| (child, Counts::of(self.counties_of(child)))).collect()
    }

    /// The counties under one of the regions directly below.
    pub fn counties_of<'a>(&'a self, child: &'a Place) -> impl Iterator<Item = &'a County> {
        self.counties.iter().filter(|county| county.child == child.code)
    }

    /// How many evaluated counties there are of each verdict by part, in the standard's order: met, not met, undetermined.
    #[must_use]
    pub fn parts(&self) -> Vec<(&str, [u32; 3])> {
        let mut counted: BTreeMap<&str, [u32; 3]> = BTreeMap::new();
        for part in self.counties.iter().filter_map(|county| county.judged.as_ref()).flat_map(|judged| &judged.parts) {
            let place = match part.verdict {
                Verdict::Met => 0,
                Verdict::NotMet => 1,
                Verdict::Undetermined => 2,
            };
            counted.entry(&part.id).or_default()[place] += 1;
        }
        let parts = self.standard.parts.iter();
        parts.map(|part| (part.title.as_str(), counted.get(part.id.as_str()).copied().unwrap_or_default())).collect()
    }

    /// The county of a code.
    #[must_use]
    pub fn county(&self, code: &RegionCode) -> Option<&County> {
        self.counties.iter().find(|county| county.code == *code)
    }

    /// The official title of an indicator of the standard, 综合差异系数 for `composite`, the id of what it does not have.
    #[must_use]
    pub fn indicator_title<'a>(&'a self, id: &'a str) -> &'a str {
        indicator_title(&self.standard, id)
    }

    /// The official title of a county item, its id where the standard does not have it.
    #[must_use]
    pub fn item_title<'a>(&'a self, id: &'a str) -> &'a str {
        self.standard.item(id).map_or(id, |item| item.title.as_str())
    }
}

/// The official title of an indicator of a standard; the id of what it does not have.
#[must_use]
pub fn indicator_title<'a>(standard: &'a Standard, id: &'a str) -> &'a str {
    if id == COMPOSITE {
        return "综合差异系数";
    }
    let found = standard.resources.indicators.iter().find(|indicator| indicator.id == id);
    found.map_or(id, |indicator| indicator.title.as_str())
}

/// The stage of a protobuf message; `None` where it says none or one that is not compulsory.
pub(crate) const fn stage(stage: junheng_proto::common::v1::Stage) -> Option<Stage> {
    match stage {
        junheng_proto::common::v1::Stage::Primary => Some(Stage::Primary),
        junheng_proto::common::v1::Stage::Junior => Some(Stage::Junior),
        junheng_proto::common::v1::Stage::Unspecified => None,
    }
}

/// The verdict of a protobuf message; `None` where it says none.
pub(crate) const fn verdict(verdict: junheng_proto::common::v1::Verdict) -> Option<Verdict> {
    match verdict {
        junheng_proto::common::v1::Verdict::Met => Some(Verdict::Met),
        junheng_proto::common::v1::Verdict::NotMet => Some(Verdict::NotMet),
        junheng_proto::common::v1::Verdict::Undetermined => Some(Verdict::Undetermined),
        junheng_proto::common::v1::Verdict::Unspecified => None,
    }
}
