//! A region, or the nation, and everything registered below it, by parents and not by codes.

use std::collections::{BTreeMap, BTreeSet};

use junheng_domain::code::{RegionCode, RegionLevel};
use junheng_store::{Reads, regions, regions::Region};
use junheng_wire::{name, status::RpcError};

/// Parents that are followed at most: county, city, province, and some to spare.
const DEPTH: usize = 8;

/// A region as people know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Code; `None`: the nation.
    pub code: Option<RegionCode>,
    /// Name for people; the code where nobody named it.
    pub name: String,
    /// What a reader must know of its figures, in Chinese. Usually empty.
    pub note: String,
}

/// A region and what lies around it.
#[derive(Debug, Clone)]
pub struct Territory {
    /// The region itself.
    pub region: Place,
    /// The regions above it, nearest first.
    pub above: Vec<Place>,
    /// By code, the region itself included.
    all: BTreeMap<RegionCode, Region>,
    parents: BTreeSet<RegionCode>,
}

impl Place {
    fn of(region: &Region) -> Self {
        let name = if region.name.is_empty() { region.code.to_string() } else { region.name.clone() };
        Self { code: Some(region.code.clone()), name, note: region.data_note.clone() }
    }
}

impl Territory {
    /// Reads a region, `None`: the nation, and what lies below and above it.
    ///
    /// # Errors
    ///
    /// [`RpcError::Missing`] when nobody registered it.
    pub async fn read(reads: &impl Reads, region: Option<&RegionCode>) -> Result<Self, RpcError> {
        let all = regions::list_within(reads, region).await?;
        let parents = all.iter().filter_map(|region| region.parent.clone()).collect();
        let all: BTreeMap<_, _> = all.into_iter().map(|region| (region.code.clone(), region)).collect();
        let Some(code) = region else {
            let region = Place { code: None, name: "全国".to_owned(), note: String::new() };
            return Ok(Self { region, above: vec![], all, parents });
        };
        let own = all.get(code).ok_or_else(|| RpcError::Missing { resource: name::region(code) })?;
        let region = Place::of(own);
        let chain = regions::list_above(reads, std::slice::from_ref(code)).await?.pop().unwrap_or_default();
        let known = regions::find_many(reads, chain.get(1..).unwrap_or_default()).await?;
        let above = chain.iter().skip(1).filter_map(|code| known.get(code)).map(Place::of).collect();
        Ok(Self { region, above, all, parents })
    }

    /// The counties, by code: what has no region below it and is no province. A city without counties (东莞) is one.
    #[must_use]
    pub fn counties(&self) -> Vec<RegionCode> {
        let lowest = |region: &&Region| region.level != RegionLevel::Province && !self.parents.contains(&region.code);
        self.all.values().filter(lowest).map(|region| region.code.clone()).collect()
    }

    /// The regions directly below, by code.
    #[must_use]
    pub fn children(&self) -> Vec<Place> {
        self.all.values().filter(|region| self.top(region)).map(Place::of).collect()
    }

    /// A region within as people know it; one that is not within by its code alone.
    #[must_use]
    pub fn place(&self, code: &RegionCode) -> Place {
        let unknown = || Place { code: Some(code.clone()), name: code.to_string(), note: String::new() };
        self.all.get(code).map_or_else(unknown, Place::of)
    }

    /// The region directly below that one within lies in; itself where it is that.
    #[must_use]
    pub fn child_of(&self, code: &RegionCode) -> Option<RegionCode> {
        let mut found = self.all.get(code)?;
        for _ in 0..DEPTH {
            if self.top(found) {
                return Some(found.code.clone());
            }
            found = self.all.get(found.parent.as_ref()?)?;
        }
        None
    }

    /// A region within and those above it, nearest first: who may set its reporting calendar.
    #[must_use]
    pub fn chain(&self, code: &RegionCode) -> Vec<RegionCode> {
        let mut chain = vec![];
        let mut next = self.all.get(code);
        while let Some(region) = next.filter(|region| !chain.contains(&region.code)) {
            chain.push(region.code.clone());
            next = region.parent.as_ref().and_then(|parent| self.all.get(parent));
        }
        chain.extend(self.above.iter().filter_map(|place| place.code.clone()));
        chain
    }

    fn top(&self, region: &Region) -> bool {
        match &self.region.code {
            Some(above) => region.parent.as_ref() == Some(above),
            None => region.parent.as_ref().is_none_or(|parent| !self.all.contains_key(parent)),
        }
    }
}
