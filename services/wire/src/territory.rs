//! What the region that a question names stands for: itself and everything registered below it, by parents and not by codes. A development zone
//! may stand under another region than its code says.

use std::collections::{BTreeMap, BTreeSet};

use junheng_domain::code::{RegionCode, RegionLevel};
use junheng_store::{Reads, regions, regions::Region};

use crate::{name, status::RpcError};

/// Parents that are followed at most: county, city, province, and some to spare.
const DEPTH: usize = 8;
/// What the nation is called.
const NATION_NAME: &str = "全国";

/// A region, or the nation, and everything registered below it.
#[derive(Debug)]
pub struct Territory {
    region: Option<RegionCode>,
    /// By code, the region itself included.
    all: BTreeMap<RegionCode, Region>,
    /// Those that have others below them.
    parents: BTreeSet<RegionCode>,
    counties: Vec<RegionCode>,
}

impl Territory {
    /// Reads a region, `None`: the nation, and what is below it.
    ///
    /// # Errors
    ///
    /// [`RpcError::Missing`] when nobody registered it, [`RpcError::Store`] when it cannot be read.
    pub async fn read(reads: &impl Reads, region: Option<&RegionCode>) -> Result<Self, RpcError> {
        let all = regions::list_within(reads, region).await?;
        match region {
            Some(region) if all.is_empty() => Err(RpcError::Missing { resource: name::region(region) }),
            _ => Ok(Self::new(region.cloned(), all)),
        }
    }

    fn new(region: Option<RegionCode>, all: Vec<Region>) -> Self {
        let parents: BTreeSet<_> = all.iter().filter_map(|region| region.parent.clone()).collect();
        let all: BTreeMap<_, _> = all.into_iter().map(|region| (region.code.clone(), region)).collect();
        let lowest = |region: &&Region| region.level != RegionLevel::Province && !parents.contains(&region.code);
        let counties = all.values().filter(lowest).map(|region| region.code.clone()).collect();
        Self { region, all, parents, counties }
    }

    /// The resource name.
    #[must_use]
    pub fn name(&self) -> String {
        self.region.as_ref().map_or_else(|| name::NATION.to_owned(), name::region)
    }

    /// The name for people.
    #[must_use]
    pub fn title(&self) -> String {
        self.region.as_ref().map_or_else(|| NATION_NAME.to_owned(), |region| self.title_of(region))
    }

    /// The name for people of a region within; empty where it is none.
    #[must_use]
    pub fn title_of(&self, region: &RegionCode) -> String {
        self.all.get(region).map(|region| region.name.clone()).unwrap_or_default()
    }

    /// What a reader must know of the figures of a region within; usually empty.
    #[must_use]
    pub fn note_of(&self, region: &RegionCode) -> String {
        self.all.get(region).map(|region| region.data_note.clone()).unwrap_or_default()
    }

    /// Whether it is one region with nothing below it.
    #[must_use]
    pub fn single(&self) -> bool {
        self.region.as_ref().is_some_and(|region| !self.parents.contains(region))
    }

    /// The codes of all regions within, in order.
    #[must_use]
    pub fn codes(&self) -> Vec<RegionCode> {
        self.all.keys().cloned().collect()
    }

    /// The counties, by code: regions without others below them, whatever their codes (a city without counties, 东莞, is one), but no
    /// provinces.
    #[must_use]
    pub fn counties(&self) -> &[RegionCode] {
        &self.counties
    }

    /// The regions directly below, by code.
    #[must_use]
    pub fn children(&self) -> Vec<RegionCode> {
        self.all.values().filter(|region| self.top(region)).map(|region| region.code.clone()).collect()
    }

    /// The region directly below that a region lies in; itself where it is one.
    #[must_use]
    pub fn child_of(&self, region: &RegionCode) -> Option<&RegionCode> {
        let mut found = self.all.get(region)?;
        for _ in 0..DEPTH {
            if self.top(found) {
                return Some(&found.code);
            }
            found = self.all.get(found.parent.as_ref()?)?;
        }
        None
    }

    /// The region above one within; `None`: there is none.
    #[must_use]
    pub fn parent_of(&self, region: &RegionCode) -> Option<&RegionCode> {
        self.all.get(region)?.parent.as_ref()
    }

    /// What is counted together, each with its resource name, its name for people and its counties: the region asked about first, then
    /// those below it that have counties, by code.
    #[must_use]
    pub fn groups(&self) -> Vec<(String, String, BTreeSet<&RegionCode>)> {
        let top = (self.name(), self.title());
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

    /// Whether a region lies directly below.
    fn top(&self, region: &Region) -> bool {
        match &self.region {
            Some(above) => region.parent.as_ref() == Some(above),
            None => region.parent.as_ref().is_none_or(|parent| !self.all.contains_key(parent)),
        }
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

    const PROVINCE: [(&str, Option<&str>); 6] = [
        ("210000", None),
        ("210900", Some("210000")),
        ("210922", Some("210900")),
        ("210971", Some("211900")),
        ("211900", Some("210000")),
        ("219001", Some("210000")),
    ];

    #[test]
    fn counties_are_what_has_nothing_below_it() {
        let counties = |region: Option<&str>, all: &[_]| territory(region, all).counties().to_vec();

        assert_eq!(counties(Some("210000"), &PROVINCE), ["210922", "210971", "219001"].map(code));
        // A city without counties is one; a province without anything is none.
        assert_eq!(counties(None, &[("440000", None), ("441900", Some("440000")), ("450000", None)]), [code("441900")]);
        assert_eq!(counties(Some("210922"), &[("210922", Some("210900"))]), [code("210922")]);
    }

    #[test]
    fn every_county_lies_in_one_child() {
        let province = territory(Some("210000"), &PROVINCE);
        let nation = territory(None, &PROVINCE);
        let county = territory(Some("210922"), &[("210922", Some("210900"))]);

        assert_eq!(province.children(), ["210900", "211900", "219001"].map(code));
        let lies_in = |county: &str| province.child_of(&code(county)).cloned();
        assert_eq!(
            ["210922", "210971", "219001"].map(lies_in),
            ["210900", "211900", "219001"].map(|text| Some(code(text)))
        );
        assert_eq!(nation.children(), [code("210000")]);
        assert_eq!(nation.child_of(&code("210971")), Some(&code("210000")));
        assert_eq!(county.children(), []);
        assert_eq!((county.single(), province.single(), nation.single()), (true, false, false));
        assert_eq!((nation.name().as_str(), nation.title().as_str()), ("regions/-", "全国"));
        assert_eq!((province.name().as_str(), province.title().as_str()), ("regions/210000", "区划210000"));
    }

    #[test]
    fn parents_that_go_in_a_circle_end() {
        let nation =
            territory(None, &[("229900", Some("229800")), ("229800", Some("229900")), ("229901", Some("229900"))]);

        assert_eq!(nation.child_of(&code("229901")), None);
        assert_eq!(nation.counties(), [code("229901")]);
    }

    #[test]
    fn counties_are_counted_under_every_region_above_them() {
        let province = territory(Some("210000"), &PROVINCE);

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
