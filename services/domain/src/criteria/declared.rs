//! What was declared for one county item.

use super::{MissingOperand, OperandValue};
use crate::{
    code::Month,
    facts::{DatedItem, ItemValue},
    interval::Interval,
    quantity::Quantity,
    standard::Item,
};

/// What was declared for one county item, and which of it still counts.
#[derive(Debug, Clone, Copy)]
pub struct Declared<'a> {
    month: Month,
    item: &'a Item,
    valid_months: u16,
    /// Its operands, by id.
    values: &'a [&'a DatedItem],
}

impl<'a> Declared<'a> {
    /// What was declared for `item`, to judge `month`: `values` are its operands by id. One that is older than `valid_months`, or of a
    /// later month, does not count.
    #[must_use]
    pub const fn new(month: Month, item: &'a Item, valid_months: u16, values: &'a [&'a DatedItem]) -> Self {
        Self { month, item, valid_months, values }
    }

    /// The same item with other values, by id.
    #[must_use]
    pub(crate) const fn with<'b>(&self, values: &'b [&'b DatedItem]) -> Declared<'b>
    where
        'a: 'b,
    {
        Declared { month: self.month, item: self.item, valid_months: self.valid_months, values }
    }

    /// The month that is judged.
    #[must_use]
    pub const fn month(&self) -> Month {
        self.month
    }

    /// The ids of the operands that were declared and count.
    pub fn ids(&self) -> impl Iterator<Item = &'a str> {
        self.values.iter().filter(|dated| self.counts(dated)).map(|dated| dated.item.operand.as_str())
    }

    /// The value of an operand that counts.
    #[must_use]
    pub fn value(&self, id: &str) -> Option<ItemValue> {
        self.find(id).filter(|dated| self.counts(dated)).map(|dated| dated.item.value)
    }

    /// The value of an operand as a number.
    #[must_use]
    pub fn quantity(&self, id: &str) -> Option<Quantity> {
        match self.value(id)? {
            ItemValue::Quantity(quantity) => Some(quantity),
            ItemValue::Declaration(_) | ItemValue::Date(_) => None,
        }
    }

    /// All the values that an operand may have: the reported one, or anything from zero to what the standard bounds it by. That
    /// one operand is part of another bounds nothing: they may come with different months, and only those of one submission are
    /// held against each other.
    #[must_use]
    pub fn bounds(&self, id: &str) -> Interval {
        self.quantity(id).map_or_else(
            || {
                let at_most = self.item.operand_rule(id).and_then(|operand| operand.at_most);
                Interval { high: at_most.map(Quantity::as_millionths), ..Interval::MISSING }
            },
            Interval::known,
        )
    }

    /// An operand that is missing.
    #[must_use]
    pub fn missing(&self, id: &str) -> MissingOperand {
        MissingOperand { school: None, operand: id.to_owned(), title: self.title(id) }
    }

    /// An operand as an explanation shows it.
    #[must_use]
    pub fn operand(&self, id: &str) -> OperandValue {
        let declared = self.find(id).filter(|dated| dated.month <= self.month).cloned();
        OperandValue { id: id.to_owned(), title: self.title(id), value: self.value(id), declared }
    }

    fn find(&self, id: &str) -> Option<&'a DatedItem> {
        let found = self.values.binary_search_by(|dated| dated.item.operand.as_str().cmp(id)).ok()?;
        self.values.get(found).copied()
    }

    fn counts(&self, dated: &DatedItem) -> bool {
        (..=i32::from(self.valid_months)).contains(&dated.age_months(self.month)) && dated.month <= self.month
    }

    fn title(&self, id: &str) -> String {
        self.item.operand_rule(id).map(|operand| operand.title.clone()).unwrap_or_default()
    }
}
