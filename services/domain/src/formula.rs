//! Sums and differences of named operands, as standards write them: `a + b - c`.

use crate::interval::Interval;

/// A sum of operands, each with its sign. Operands are elements of schools, or operands of county items.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sum<T> {
    terms: Vec<(Sign, T)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sign {
    Plus,
    Minus,
}

/// What is wrong with a text that should be a sum.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FormulaError {
    /// Not operands joined by `+` and `-`.
    #[error("{text:?} is not operands joined by + and -")]
    Malformed {
        /// The text.
        text: String,
    },
    /// An operand that is not known.
    #[error("{operand:?} is not a known operand")]
    UnknownOperand {
        /// The operand.
        operand: String,
    },
}

impl<T> Sum<T> {
    /// Reads a sum, naming each operand by `find`.
    ///
    /// # Errors
    ///
    /// [`FormulaError`] when it is malformed or names an operand that `find` does not know.
    pub fn parse(text: &str, find: impl Fn(&str) -> Option<T>) -> Result<Self, FormulaError> {
        let malformed = || FormulaError::Malformed { text: text.to_owned() };
        let mut words = text.split_whitespace();
        let mut terms = Vec::new();
        let mut sign = Sign::Plus;
        loop {
            let operand = words.next().ok_or_else(malformed)?;
            let found = find(operand).ok_or_else(|| FormulaError::UnknownOperand { operand: operand.to_owned() })?;
            terms.push((sign, found));
            sign = match words.next() {
                None => return Ok(Self { terms }),
                Some("+") => Sign::Plus,
                Some("-") => Sign::Minus,
                Some(_) => return Err(malformed()),
            };
        }
    }

    /// The operands, in the order in which they stand.
    pub fn operands(&self) -> impl Iterator<Item = &T> {
        self.terms.iter().map(|(_, operand)| operand)
    }

    /// The sum as people read it, naming each operand by `title`: `a + b − c`.
    pub fn written(&self, title: impl Fn(&T) -> String) -> String {
        let mut text = String::new();
        for (sign, term) in &self.terms {
            if *sign == Sign::Minus {
                text.push_str(" − ");
            } else if !text.is_empty() {
                text.push_str(" + ");
            }
            text.push_str(&title(term));
        }
        text
    }

    /// The sum of known operands; `None` when one is missing, or a machine word cannot hold it.
    pub fn value(&self, operand: impl Fn(&T) -> Option<i64>) -> Option<i64> {
        let mut sum = 0_i64;
        for (sign, term) in &self.terms {
            let value = operand(term)?;
            sum = match sign {
                Sign::Plus => sum.checked_add(value)?,
                Sign::Minus => sum.checked_sub(value)?,
            };
        }
        Some(sum)
    }

    /// All the values that the sum may have, given those of its operands.
    pub fn bounds(&self, operand: impl Fn(&T) -> Interval) -> Interval {
        self.terms.iter().fold(Interval::ZERO, |sum, (sign, term)| match sign {
            Sign::Plus => sum.plus(&operand(term)),
            Sign::Minus => sum.minus(&operand(term)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(name: &str) -> Option<usize> {
        ["a", "b"].iter().position(|known| *known == name)
    }

    #[test]
    fn a_sum_is_operands_joined_by_signs() {
        let sum = Sum::parse("a - b + a", find).unwrap();

        let values = [7, 3];
        let result = sum.bounds(|index| Interval { low: Some(values[*index]), high: Some(values[*index]) });

        assert_eq!(result.value(), Some(11));
    }

    #[test]
    fn anything_else_is_refused() {
        for text in ["", "a +", "a b", "+ a", "a * b"] {
            assert!(Sum::parse(text, find).is_err(), "{text:?}");
        }
        assert_eq!(Sum::parse("a + c", find), Err(FormulaError::UnknownOperand { operand: "c".into() }));
    }
}
