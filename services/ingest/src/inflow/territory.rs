//! A region, or the nation, and the counties that are expected to report under it: by registered parents, not by codes.

use std::collections::{BTreeMap, BTreeSet};

use junheng_domain::code::{RegionCode, RegionLevel};
use junheng_store::{Reads, regions, regions::Region};
use junheng_wire::{name, status::RpcError};

/// What the nation is called.
const NATION_NAME: &str = "全国";

/// A region, or the nation, and everything registered below it.
#[derive(Debug)]
pub(crate) struct Territory {
    region: Option<RegionCode>,
    /// By code, the region itself included.
    all: BTreeMap<RegionCode, Region>,
    counties: BTreeSet<RegionCode>,
}

impl Territory {
    /// Reads a region, or the nation, and what is below it.
    pub(crate) async fn read(reads: &impl Reads, region: Option<&RegionCode>) -> Result<Self, RpcError> {
        let all = regions::list_within(reads, region).await?;
        match region {
            Some(region) if all.is_empty() => Err(RpcError::Missing { resource: name::region(region) }),
            _ => Ok(Self::new(region.cloned(), all)),
        }
    }

    fn new(region: Option<RegionCode>, all: Vec<Region>) -> Self {
        let parents: BTreeSet<&RegionCode> = all.iter().filter_map(|region| region.parent.as_ref()).collect();
        let leaf = |found: &&Region| found.level != RegionLevel::Province && !parents.contains(&found.code);
        let counties = all.iter().filter(leaf).map(|found| found.code.clone()).collect();
        Self { region, counties, all: all.into_iter().map(|region| (region.code.clone(), region)).collect() }
    }

    /// The counties, by code: what has nothing below it, whatever its code (a city without counties, 东莞, is one), but no provinces.
    pub(crate) const fn counties(&self) -> &BTreeSet<RegionCode> {
        &self.counties
    }

    /// The name for people of a region within.
    pub(crate) fn title_of(&self, region: &RegionCode) -> String {
        self.all.get(region).map(|region| region.name.clone()).unwrap_or_default()
    }

    /// The region above one within; `None`: there is none.
    pub(crate) fn parent_of(&self, region: &RegionCode) -> Option<&RegionCode> {
        self.all.get(region)?.parent.as_ref()
    }

    /// What is counted together, each with its resource name, its name for people and its counties: the region asked about first, then
    /// those below it that have counties, by code.
    pub(crate) fn groups(&self) -> Vec<(String, String, BTreeSet<&RegionCode>)> {
        let top = match &self.region {
            Some(region) => (name::region(region), self.title_of(region)),
            None => (name::NATION.to_owned(), NATION_NAME.to_owned()),
        };
        let mut below: BTreeMap<&RegionCode, BTreeSet<&RegionCode>> = BTreeMap::new();
        for county in &self.counties {
            let mut seen = BTreeSet::from([county]);
            let mut next = self.parent_of(county);
            // Parents that go in a circle end here.
            while let Some(above) = next.filter(|above| self.all.contains_key(above) && seen.insert(above)) {
                below.entry(above).or_default().insert(county);
                next = self.parent_of(above);
            }
        }
        let of_below = below.into_iter().filter(|(above, _)| self.region.as_ref() != Some(above));
        let of_below = of_below.map(|(above, counties)| (name::region(above), self.title_of(above), counties));
        std::iter::once((top.0, top.1, self.counties.iter().collect())).chain(of_below).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> RegionCode {
        text.parse().unwrap()
    }

    fn territory(region: Option<&str>, all: &[(&str, Option<&str>)]) -> Territory {
        let all = all.iter().map(|(own, parent)| Region {
            code: code(own),
            name: format!("区划{own}"),
            level: code(own).level(),
            parent: parent.map(code),
            data_note: String::new(),
        });
        Territory::new(region.map(code), all.collect())
    }

    #[test]
    fn counties_are_counted_under_every_region_above_them() {
        let province = territory(
            Some("210000"),
            &[
                ("210000", None),
                ("210900", Some("210000")),
                ("210922", Some("210900")),
                ("210971", Some("211900")),
                ("211900", Some("210000")),
                ("219001", Some("210000")),
            ],
        );

        let groups: Vec<_> = province.groups().into_iter().map(|(name, _, counties)| (name, counties.len())).collect();

        let wanted = [("regions/210000", 3), ("regions/210900", 1), ("regions/211900", 1)];
        assert_eq!(groups, wanted.map(|(name, count)| (name.to_owned(), count)));
    }

    #[test]
    fn a_county_alone_is_its_own_group_and_a_circle_ends() {
        let county = territory(Some("210922"), &[("210922", Some("210900"))]);
        let circle =
            territory(None, &[("229900", Some("229800")), ("229800", Some("229900")), ("229901", Some("229900"))]);

        assert_eq!(county.groups()[0].2.len(), 1);
        assert_eq!(county.groups().len(), 1);
        assert_eq!(circle.groups().len(), 3);
    }
}
