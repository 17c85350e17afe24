//! What is written to the registry, and what it touches.

mod arrive;
mod county;
mod reparent;

pub(crate) use self::{
    arrive::{arrive, destinations},
    county::{County, all_months},
    reparent::mark_below,
};
