//! Counting the counties under a region.

use std::collections::{BTreeMap, BTreeSet};

use junheng_domain::{
    code::{Month, RegionCode},
    standard::Standard,
};
use junheng_proto::{
    common::v1::{Stage, Verdict},
    evaluation::v1 as proto,
};
use junheng_wire::{name, territory::Territory};

const STAGES: [Stage; 2] = [Stage::Primary, Stage::Junior];

/// The counts so far.
pub(super) struct ProvinceCounts<'a> {
    territory: &'a Territory,
    standard: &'a Standard,
    all: Counted,
    children: BTreeMap<RegionCode, Counted>,
    /// By part.
    parts: BTreeMap<String, Verdicts>,
    /// By stage and indicator.
    indicators: BTreeMap<(i32, String), Beyond>,
    unevaluated: BTreeSet<RegionCode>,
    notes: Vec<proto::RegionNote>,
}

/// Counties and units of a region.
#[derive(Debug, Clone, Copy, Default)]
struct Counted {
    counties: u32,
    reported: u32,
    verdicts: Verdicts,
    stages: [Units; 2],
}

#[derive(Debug, Clone, Copy, Default)]
struct Verdicts {
    met: u32,
    not_met: u32,
    undetermined: u32,
}

#[derive(Debug, Clone, Copy, Default)]
struct Units {
    counties: u32,
    all: u32,
    met: u32,
    undetermined: u32,
}

#[derive(Debug, Clone, Copy, Default)]
struct Beyond {
    exceeded: u32,
    undetermined: u32,
}

impl<'a> ProvinceCounts<'a> {
    /// Begins with the counties and those that reported.
    pub(super) fn new(
        territory: &'a Territory,
        counties: &[RegionCode],
        reported: &BTreeSet<RegionCode>,
        standard: &'a Standard,
    ) -> Self {
        let mut counts = Self {
            territory,
            standard,
            all: Counted::default(),
            children: territory.children().into_iter().map(|child| (child, Counted::default())).collect(),
            parts: BTreeMap::new(),
            indicators: BTreeMap::new(),
            unevaluated: counties.iter().cloned().collect(),
            notes: vec![],
        };
        for county in counties {
            counts.each(county, |counted| {
                counted.counties += 1;
                counted.reported += u32::from(reported.contains(county));
            });
        }
        counts
    }

    /// Adds an evaluated county, by code.
    pub(super) fn add(&mut self, county: &RegionCode, summary: &proto::EvaluationSummary) {
        self.unevaluated.remove(county);
        if !summary.region_data_note.is_empty() {
            self.notes.push(proto::RegionNote {
                region: summary.region.clone(),
                region_display_name: summary.region_display_name.clone(),
                data_note: summary.region_data_note.clone(),
            });
        }
        self.each(county, |counted| {
            counted.verdicts.add(summary.verdict());
            for (stage, units) in STAGES.iter().zip(&mut counted.stages) {
                for of_stage in summary.stages.iter().filter(|one| one.stage() == *stage) {
                    units.add(of_stage);
                }
            }
        });
        for part in &summary.parts {
            self.parts.entry(part.id.clone()).or_default().add(part.verdict());
        }
        for stage in &summary.stages {
            for id in &stage.exceeded_indicators {
                self.indicators.entry((stage.stage, id.clone())).or_default().exceeded += 1;
            }
            for id in &stage.undetermined_indicators {
                self.indicators.entry((stage.stage, id.clone())).or_default().undetermined += 1;
            }
        }
    }

    /// The counties that were not added, by code.
    pub(super) fn unevaluated(&self) -> Vec<RegionCode> {
        self.unevaluated.iter().cloned().collect()
    }

    /// Encodes what was counted.
    pub(super) fn encode(&self, month: Month) -> proto::ProvinceSummary {
        proto::ProvinceSummary {
            region: self.territory.name(),
            region_display_name: self.territory.title(),
            month: month.to_string(),
            standard: name::standard(&self.standard.id),
            standard_title: self.standard.title.clone(),
            counties: Some(self.all.encode()),
            parts: self.parts(),
            stages: self.all.encode_stages(),
            indicators: STAGES.into_iter().flat_map(|stage| self.indicators(stage)).collect(),
            children: self.children.iter().map(|(region, counted)| self.child(region, counted)).collect(),
            unevaluated_counties: vec![],
            notes: self.notes.clone(),
        }
    }

    fn each(&mut self, county: &RegionCode, count: impl Fn(&mut Counted)) {
        count(&mut self.all);
        if let Some(child) = self.territory.child_of(county).and_then(|child| self.children.get_mut(child)) {
            count(child);
        }
    }

    fn parts(&self) -> Vec<proto::PartCounts> {
        let encode = |part: &junheng_domain::standard::Part| {
            let verdicts = self.parts.get(&part.id).copied().unwrap_or_default();
            proto::PartCounts {
                id: part.id.clone(),
                title: part.title.clone(),
                met_county_count: Some(verdicts.met),
                not_met_county_count: Some(verdicts.not_met),
                undetermined_county_count: Some(verdicts.undetermined),
            }
        };
        self.standard.parts.iter().map(encode).collect()
    }

    fn indicators(&self, stage: Stage) -> impl Iterator<Item = proto::IndicatorCounts> {
        self.standard.resources.indicators.iter().map(move |indicator| {
            let key = (stage.into(), indicator.id.clone());
            let beyond = self.indicators.get(&key).copied().unwrap_or_default();
            proto::IndicatorCounts {
                id: indicator.id.clone(),
                title: indicator.title.clone(),
                stage: stage.into(),
                exceeded_county_count: Some(beyond.exceeded),
                undetermined_county_count: Some(beyond.undetermined),
            }
        })
    }

    fn child(&self, region: &RegionCode, counted: &Counted) -> proto::RegionSummary {
        proto::RegionSummary {
            region: name::region(region),
            region_display_name: self.territory.title_of(region),
            counties: Some(counted.encode()),
            stages: counted.encode_stages(),
        }
    }
}

impl Counted {
    fn encode(&self) -> proto::CountyCounts {
        let Verdicts { met, not_met, undetermined } = self.verdicts;
        proto::CountyCounts {
            county_count: Some(self.counties),
            reported_county_count: Some(self.reported),
            evaluated_county_count: Some(met + not_met + undetermined),
            met_county_count: Some(met),
            not_met_county_count: Some(not_met),
            undetermined_county_count: Some(undetermined),
        }
    }

    fn encode_stages(&self) -> Vec<proto::StageTotals> {
        let encode = |(stage, units): (Stage, &Units)| proto::StageTotals {
            stage: stage.into(),
            county_count: Some(units.counties),
            unit_count: Some(units.all),
            met_unit_count: Some(units.met),
            undetermined_unit_count: Some(units.undetermined),
        };
        STAGES.into_iter().zip(&self.stages).map(encode).collect()
    }
}

impl Verdicts {
    fn add(&mut self, verdict: Verdict) {
        match verdict {
            Verdict::Met => self.met += 1,
            Verdict::NotMet => self.not_met += 1,
            Verdict::Undetermined | Verdict::Unspecified => self.undetermined += 1,
        }
    }
}

impl Units {
    fn add(&mut self, stage: &proto::StageSummary) {
        let units = stage.unit_count.unwrap_or_default();
        self.counties += u32::from(units > 0);
        self.all += units;
        self.met += stage.met_unit_count.unwrap_or_default();
        self.undetermined += stage.undetermined_unit_count.unwrap_or_default();
    }
}
