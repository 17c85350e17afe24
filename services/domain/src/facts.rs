//! Facts: what a county reported for one month.

use jiff::civil::Date;

use crate::{
    code::{Month, SchoolCode},
    element::Element,
    quantity::Quantity,
    school::{School, Stage},
    waiver::Waiver,
};

/// The elements that one school reported for one month. What is not there is missing, never zero.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SchoolFacts {
    /// The school.
    pub school: SchoolCode,
    values: [Option<Quantity>; Element::COUNT],
}

impl SchoolFacts {
    /// A school that reported nothing: every element is missing.
    #[must_use]
    pub const fn missing(school: SchoolCode) -> Self {
        Self { school, values: [None; Element::COUNT] }
    }

    /// The value of an element; `None` when it is missing.
    #[must_use]
    pub const fn get(&self, element: Element) -> Option<Quantity> {
        self.values[element.index()]
    }

    /// Sets an element, or makes it missing.
    pub const fn set(&mut self, element: Element, value: Option<Quantity>) {
        self.values[element.index()] = value;
    }

    /// The pupils of a stage; `None` when they are missing.
    #[must_use]
    pub const fn pupils(&self, stage: Stage) -> Option<Quantity> {
        self.get(Element::pupils(stage))
    }
}

/// Value of an operand of a county item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ItemValue {
    /// A count, an amount or a rate.
    Quantity(Quantity),
    /// A declaration.
    Declaration(bool),
    /// A date.
    Date(Date),
}

/// One operand of a county item, as reported or declared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CountyItem {
    /// Item of the standard: `G7`.
    pub item: String,
    /// Operand of the item.
    pub operand: String,
    /// Its value.
    pub value: ItemValue,
    /// When it was declared.
    pub declared_on: Option<Date>,
    /// Who declared it; empty when not said.
    pub declared_by: String,
    /// On what evidence; empty when not said.
    pub evidence: String,
}

/// A county item with the month of the submission that brought it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatedItem {
    /// The operand.
    pub item: CountyItem,
    /// Month of its submission.
    pub month: Month,
}

impl DatedItem {
    /// Age in months at a later month: since the submission's month, or since the month of the declaration where that is earlier.
    #[must_use]
    pub fn age_months(&self, at: Month) -> i32 {
        let ordinal = |day: Date| i32::from(day.year()) * 12 + i32::from(day.month()) - 1;
        let declared = self.item.declared_on.map_or(self.month.ordinal(), ordinal);
        at.ordinal() - declared.min(self.month.ordinal())
    }
}

/// All that a county's month is judged on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CountyFacts {
    /// The month.
    pub month: Month,
    /// Every school that the registry holds as open in the month, by code.
    pub schools: Vec<School>,
    /// What the schools reported; a school without an entry has all elements missing.
    pub school_facts: Vec<SchoolFacts>,
    /// The latest accepted value of each operand.
    pub items: Vec<DatedItem>,
    /// The waivers that were granted to schools of the county, whatever months they are for and whatever the standard says of them.
    pub waivers: Vec<Waiver>,
}
