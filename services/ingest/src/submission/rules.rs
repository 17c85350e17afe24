//! What a submission is checked by: what is registered and set, whatever the county reported.

use std::sync::Arc;

use junheng_domain::{
    checks::Limits,
    code::{Month, RegionCode},
    standard::Standard,
};
use junheng_store::{
    Reads, StoreError,
    in_force_entries::{self, StandardInForce},
    regions::Place,
    rules::{self, Ruled},
    standards::Loaded,
};
use junheng_wire::status::RpcError;

use crate::{limits, rpc::lowest};

/// The rules for a county.
pub(crate) struct Rules {
    /// All standards.
    pub(super) standards: Vec<Arc<Standard>>,
    pub(super) limits: Limits,
    place: Place,
    chain: Vec<RegionCode>,
    entries: Vec<StandardInForce>,
}

impl Rules {
    /// Reads the rules for a county. They are read for every request: others set them, too.
    pub(crate) async fn read(reads: &impl Reads, standards: &Loaded, county: &RegionCode) -> Result<Self, StoreError> {
        Ok(rules::read_for(reads, standards, county).await?.into())
    }

    /// What is no county has no submissions; a fault is told of `field`.
    pub(crate) fn require_county(&self, county: &RegionCode, field: &str) -> Result<(), RpcError> {
        lowest(self.place, county, field)
    }

    /// The standards that judge the county in a month.
    pub(super) fn judging(&self, month: Month) -> Vec<Arc<Standard>> {
        let ids = in_force_entries::nearest(&self.chain, &self.entries, month);
        self.standards.iter().filter(|standard| ids.contains(standard.id.as_str())).cloned().collect()
    }
}

impl From<Ruled> for Rules {
    fn from(Ruled { place, chain, rules }: Ruled) -> Self {
        Self {
            standards: rules.standards.into_iter().map(|registered| registered.standard).collect(),
            limits: limits::in_effect(rules.limits),
            entries: rules.entries,
            place,
            chain,
        }
    }
}
