//! Where a page stands: a region, what lies above it, the counties below it.

use std::{collections::BTreeSet, sync::Arc};

use junheng_domain::code::{RegionCode, RegionLevel};
use junheng_runtime::{Caller, Scope};
use junheng_store::{
    Reads,
    regions::{self, Place as Kind, Region},
};

use super::{
    error::{PageError, REGION},
    link::{self, Link},
    period::Period,
};

/// A region.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub(crate) region: Region,
    /// Those above it, province first.
    pub(crate) above: Vec<Region>,
    /// Regions that may be asked about.
    scope: Arc<Scope>,
    /// Whether no other region lies below it.
    pub(crate) lowest: bool,
}

impl Place {
    /// Finds the region of an address, where it is registered and the caller may ask about it.
    pub(crate) async fn find(reads: &impl Reads, caller: &Caller, code: &str) -> Result<Self, PageError> {
        let missing = || PageError::Missing(REGION.to_owned());
        let code: RegionCode = code.parse().map_err(|_| missing())?;
        if !caller.scope.covers(code.as_str()) {
            return Err(missing());
        }
        let (kind, chain) = regions::locate(reads, &code).await?;
        if kind == Kind::Unknown {
            return Err(missing());
        }
        let mut found = regions::find_many(reads, &chain).await?;
        let region = found.remove(&code).ok_or_else(missing)?;
        // A province of which no counties are registered yet is none.
        let lowest = kind == Kind::Lowest && region.level != RegionLevel::Province;
        let above = chain.iter().skip(1).rev().filter_map(|code| found.remove(code)).collect();
        Ok(Self { region, above, scope: Arc::clone(&caller.scope), lowest })
    }

    /// The same for a county: a region without others below it.
    pub(crate) async fn find_county(reads: &impl Reads, caller: &Caller, code: &str) -> Result<Self, PageError> {
        let place = Self::find(reads, caller, code).await?;
        if place.lowest { Ok(place) } else { Err(PageError::Missing("县".to_owned())) }
    }

    /// The way down to the region from the highest that may be asked about, with or without itself, in a month by a standard.
    pub(crate) fn crumbs(&self, with_itself: bool, period: Option<&Period>) -> Vec<Link> {
        let own = with_itself.then_some(&self.region);
        let regions = self.above.iter().filter(|region| self.scope.covers(region.code.as_str())).chain(own);
        regions.map(|region| Link::new(&region.name, link::region(&region.code, period))).collect()
    }

    /// What must be known of the data of the region and of those above it.
    pub(crate) fn notes(&self) -> Vec<String> {
        noted(self.above.iter().chain([&self.region]))
    }

    /// The same with what must be known of the data below it.
    pub(crate) fn notes_with(&self, below: &Territory) -> Vec<String> {
        let new = |region: &&Region| region.code != self.region.code;
        noted(self.above.iter().chain([&self.region]).chain(below.regions.iter().filter(new)))
    }
}

/// The notes of regions, each once with those that it is of: of few one by one, of many their number.
fn noted<'a>(regions: impl Iterator<Item = &'a Region>) -> Vec<String> {
    let mut notes: Vec<(&str, Vec<&Region>)> = vec![];
    for region in regions.filter(|region| !region.data_note.is_empty()) {
        match notes.iter_mut().find(|(note, _)| *note == region.data_note) {
            Some((_, of)) => of.push(region),
            None => notes.push((&region.data_note, vec![region])),
        }
    }
    let told = |(note, of): (&str, Vec<&Region>)| {
        let names: Vec<&str> = of.iter().take(NOTED_ONE_BY_ONE).map(|region| region.name.as_str()).collect();
        let more = if of.len() > names.len() { format!("等{}个地区", of.len()) } else { String::new() };
        format!("{}{more}：{}", names.join("、"), crate::report::shown::sentence(note))
    };
    notes.into_iter().map(told).collect()
}

/// A region and what lies below it, or all regions, as far as the caller may ask about them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Territory {
    /// By code.
    pub(crate) regions: Vec<Region>,
    /// Those without others below them, by code.
    pub(crate) counties: Vec<RegionCode>,
}

/// Names that are told of noted counties one by one; of more their number.
const NOTED_ONE_BY_ONE: usize = 3;

impl Territory {
    pub(crate) async fn read(
        reads: &impl Reads,
        caller: &Caller,
        region: Option<&RegionCode>,
    ) -> Result<Self, PageError> {
        let mut regions = regions::list_within(reads, region).await?;
        regions.retain(|region| caller.scope.covers(region.code.as_str()));
        let parents: BTreeSet<RegionCode> = regions.iter().filter_map(|region| region.parent.clone()).collect();
        let lowest = |region: &&Region| region.level != RegionLevel::Province && !parents.contains(&region.code);
        let counties = regions.iter().filter(lowest).map(|region| region.code.clone()).collect();
        Ok(Self { regions, counties })
    }

    /// The regions that nothing lies above.
    pub(crate) fn tops(&self) -> Vec<RegionCode> {
        let known = |code: &RegionCode| self.find(code).is_some();
        let regions = self.regions.iter().filter(|region| region.parent.as_ref().is_none_or(|parent| !known(parent)));
        regions.map(|region| region.code.clone()).collect()
    }

    pub(crate) fn find(&self, code: &RegionCode) -> Option<&Region> {
        let found = self.regions.binary_search_by(|region| region.code.cmp(code)).ok()?;
        self.regions.get(found)
    }

    /// The name of a region, its code where it is not known.
    pub(crate) fn name(&self, code: &RegionCode) -> String {
        self.find(code).map_or_else(|| code.to_string(), |region| region.name.clone())
    }

    /// What must be known of the data of its regions.
    pub(crate) fn notes(&self) -> Vec<String> {
        noted(self.regions.iter())
    }
}
