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
    rules,
    standards::Loaded,
};

use crate::limits;

/// The rules for a county.
pub(crate) struct Rules {
    /// All standards.
    pub(super) standards: Vec<Arc<Standard>>,
    pub(super) limits: Limits,
    chain: Vec<RegionCode>,
    entries: Vec<StandardInForce>,
}

impl Rules {
    /// Reads the rules for the first region of a chain that goes upwards. They are read for every request: others set them, too.
    pub(crate) async fn read(reads: &impl Reads, standards: &Loaded, chain: &[RegionCode]) -> Result<Self, StoreError> {
        let read = rules::read(reads, standards, chain).await?;
        Ok(Self {
            standards: read.standards.into_iter().map(|registered| registered.standard).collect(),
            limits: limits::in_effect(read.limits),
            entries: read.entries,
            chain: chain.to_vec(),
        })
    }

    /// The standards that judge the county in a month.
    pub(super) fn judging(&self, month: Month) -> Vec<Arc<Standard>> {
        let ids = in_force_entries::nearest(&self.chain, &self.entries, month);
        self.standards.iter().filter(|standard| ids.contains(standard.id.as_str())).cloned().collect()
    }
}
