//! Measured values that heap on round numbers.

use super::Screened;
use crate::{
    finding::{Fault, Finding, Parameter},
    quantity::Quantity,
};

pub(super) fn check(screened: &Screened<'_>) -> Vec<Finding> {
    let elements = Screened::elements(Parameter::RoundNumbersShare.rule());
    let heaps = elements.filter_map(|element| {
        let money = element.definition().unit_en == "yuan";
        let parameter = if money { Parameter::RoundNumbersMoneyMultiple } else { Parameter::RoundNumbersMultiple };
        let multiple = screened.limits.get(parameter);
        let values: Vec<_> = screened.values(element).filter(|value| *value > Quantity::ZERO).collect();
        let round = |value: &&Quantity| value.as_millionths().checked_rem(multiple.as_millionths()) == Some(0);
        let count = values.iter().filter(round).count();
        let told =
            screened.unusual(count, values.len(), Parameter::RoundNumbersMinSchools, Parameter::RoundNumbersShare);
        let fault = || Fault::RoundNumbers {
            units: values.len().into(),
            element: element.into(),
            count: count.into(),
            multiple: multiple.into(),
        };
        told.then(|| Finding::of(fault(), "schools").of_element(element.id()).found(count.to_string()))
    });
    heaps.collect()
}
